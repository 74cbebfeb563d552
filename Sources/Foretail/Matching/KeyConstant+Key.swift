internal import FilterLanguage

extension KeyConstant {
    /// The form and the bytes that are hashed and compared.
    var key: (form: UInt8, bytes: [UInt8], bits: UInt64) {
        switch self {
        case .text(let text): (ValueForm.text, text, 0)
        case .number(let value): (ValueForm.number, KeyConstant.bytes(value.bitPattern), value.bitPattern)
        case .bool(let value): (ValueForm.bool, KeyConstant.bytes(value ? 1 : 0), value ? 1 : 0)
        case .null: (ValueForm.null, KeyConstant.bytes(0), 0)
        }
    }

    /// Eight bytes in the order of memory.
    private static func bytes(_ bits: UInt64) -> [UInt8] {
        (0..<8).map { UInt8(truncatingIfNeeded: UInt64(littleEndian: bits) >> UInt64(8 * $0)) }
    }

    /// The hash that an event's value of this constant has.
    func hash(_ hash: KeyHash) -> UInt64 {
        let key = self.key
        if key.form != ValueForm.text { return hash.bits(key.bits, form: key.form) }
        return unsafe key.bytes.withUnsafeBufferPointer { bytes in
            guard let start = bytes.baseAddress else {
                var nothing: UInt8 = 0
                return unsafe hash.bytes(&nothing, 0)
            }
            return unsafe hash.bytes(start, bytes.count)
        }
    }
}
