#if Postgres
import FieldExtraction
import Foretail

/// What a change notice says: `{"table":"customers","key":"42"}`, or without a key that anything may have changed.
enum NoticePayload {
    /// Reads a payload. One that cannot be understood tells of a change all the same.
    static func notice(_ payload: UnsafePointer<CChar>) -> ReferenceNotice {
        let bytes = Array(UnsafeRawBufferPointer(start: payload, count: strlenOf(payload)))
        guard let value = try? JSONValue(parsing: bytes) else { return .everything }
        switch value["key"] {
        case .string(let key)?: return .key(key)
        case let key?:
            var text: [UInt8] = []
            key.append(to: &text)
            return NumberText.isKey(text) ? .key(String(decoding: text, as: UTF8.self)) : .everything
        case nil: return .everything
        }
    }

    private static func strlenOf(_ text: UnsafePointer<CChar>) -> Int {
        var length = 0
        while text[length] != 0 { length += 1 }
        return length
    }
}

extension NumberText {
    /// Whether a value without quotes can be a key: a number.
    fileprivate static func isKey(_ text: [UInt8]) -> Bool { text.withUnsafeBufferPointer { isNumber($0) } }
}
#endif
