#if Server
import FieldExtraction
import Foretail
import HTTPTypes

/// Bodies that are one JSON text: an object, an array of objects, a CloudEvent or an array of these.
enum WholeBody {
    /// Frames the events of a body.
    ///
    /// - Parameter events: The most events a body may have.
    /// - Throws: ``Problem`` (400) when the body is no JSON at all, (413) when it has too many events.
    static func frame(
        _ body: [UInt8], into batch: inout EventBatch, rejections: inout Rejections, limits: ScanLimits,
        events: Int = .max
    ) throws(Problem) {
        var whole = limits
        whole.line = max(body.count, limits.line)
        whole.fields = .max
        let result = JSONScanner.validate(body, limits: whole)
        guard result.isValid else {
            throw .invalid(
                "body", "\(result)",
                remedy: "send a JSON object, an array of objects, or NDJSON as application/x-ndjson")
        }
        batch.bytes = body
        guard body.first(where: { $0 > 0x20 }) == UInt8(ascii: "[") else {
            batch.frames.append(EventBatch.Frame(body: 0..<body.count, raw: 0..<body.count, line: 1))
            return
        }
        var line = 0
        body.withUnsafeBufferPointer { bytes in
            var reader = JSONReader(bytes)
            reader.enter()
            while line <= events, reader.hasNext() {
                line += 1
                let slot = reader.value()
                guard slot.kind == .object else {
                    rejections.add(line: line, "expected a JSON object")
                    continue
                }
                let text = slot.text
                let start = text.baseAddress! - bytes.baseAddress!
                batch.frames.append(
                    EventBatch.Frame(body: start..<start + text.count, raw: start..<start + text.count, line: line))
            }
        }
        guard line <= events else {
            throw Problem(
                .contentTooLarge, "too-large", "the body has more than \(events) events",
                remedy: "send it in parts, or as lines (application/x-ndjson)")
        }
    }

    /// Puts a CloudEvent in binary mode, its attributes in headers, into the JSON it stands for.
    ///
    /// Source: CloudEvents 1.0, HTTP protocol binding 3.1 and JSON event format 3.1.
    static func cloudEvent(headers: HTTPFields, body: [UInt8], limits: ScanLimits) -> [UInt8] {
        var output: [UInt8] = [UInt8(ascii: "{")]
        var isFirst = true
        func name(_ key: String) {
            if !isFirst { output.append(UInt8(ascii: ",")) }
            isFirst = false
            JSONString.append(key, to: &output)
            output.append(UInt8(ascii: ":"))
        }
        for header in headers where header.name.canonicalName.hasPrefix("ce-") {
            name(String(header.name.canonicalName.dropFirst(3)))
            // What is not encoded as it should be stands for itself.
            JSONString.append(PercentText.decoded(header.value[...]) ?? header.value, to: &output)
        }
        let type = headers[.contentType] ?? ""
        if !type.isEmpty {
            name("datacontenttype")
            JSONString.append(type, to: &output)
        }
        if !body.isEmpty {
            let isJSON = type.isEmpty || type.contains("json")
            if isJSON, JSONScanner.validate(body, limits: limits).isValid {
                name("data")
                output.append(contentsOf: body)
            } else if let text = String(validating: body, as: UTF8.self) {
                name("data")
                JSONString.append(text, to: &output)
            } else {
                name("data_base64")
                JSONString.append(base64(body), to: &output)
            }
        }
        output.append(UInt8(ascii: "}"))
        return output
    }

    private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)

    /// Base 64 (RFC 4648).
    private static func base64(_ bytes: [UInt8]) -> String {
        var text: [UInt8] = []
        var place = 0
        while place < bytes.count {
            let count = min(3, bytes.count - place)
            var group = 0
            for offset in 0..<3 { group = group << 8 | (offset < count ? Int(bytes[place + offset]) : 0) }
            for digit in 0..<4 {
                text.append(
                    digit <= count ? alphabet[group >> (18 - 6 * digit) & 63] : UInt8(ascii: "="))
            }
            place += 3
        }
        return String(decoding: text, as: UTF8.self)
    }
}
#endif
