import FieldExtraction
import FuzzSupport

// A text of lines, as one stream's reader takes them: whatever they are, events come out that are JSON, and the same twice.

/// The events of lines, by one reader.
func events(_ lines: [ArraySlice<UInt8>], detail: LogLineReader.Detail) -> [[UInt8]] {
    let reader = LogLineReader(detail: detail)
    var events: [[UInt8]] = []
    for line in lines {
        var output: [UInt8] = []
        Array(line).withUnsafeBufferPointer { reader.append($0, to: &output) }
        events.append(output)
    }
    claim(reader.byteCount < 4_000_000, "its tables hold \(reader.byteCount) bytes")
    return events
}

/// The text that an event's field holds, or nil.
func text(_ name: String, of event: [UInt8]) -> [UInt8]? {
    event.withUnsafeBufferPointer { bytes in
        let leaf = JSONFieldLister.leaves(of: bytes).first { $0.path.keys == [name] }
        guard let leaf, leaf.slot.kind == .string else { return nil }
        var text: [UInt8] = []
        JSONString.decode(leaf.slot, into: &text)
        return text
    }
}

Fuzzer.run { bytes in
    let lines = Array(bytes).split(separator: 0x0A, omittingEmptySubsequences: false)
    let full = events(lines, detail: .templates)
    claim(full == events(lines, detail: .templates), "a second reader says something else")
    let fields = events(lines, detail: .fields)
    for (line, event) in zip(lines, full) {
        claim(JSONScanner.validate(event).isValid, "no JSON: \(String(decoding: event, as: UTF8.self))")
        guard event.starts(with: Array(#"{"message":"#.utf8)), line.first != UInt8(ascii: "{") else { continue }
        var message: [UInt8] = []
        JSONString.append(Array(line), to: &message)
        let whole = Array(#"{"message":"#.utf8) + message
        claim(event.starts(with: whole) || text("template", of: event) == nil, "the message is not the line")
        if let time = text("time", of: event) {
            var parser = TimestampParser()
            let isOwn = line.contains(UInt8(ascii: "="))
            let value = time.withUnsafeBufferPointer { parser.parse($0) }
            claim(isOwn || value != nil, "a time that does not read back")
        }
    }
    for event in fields { claim(JSONScanner.validate(event).isValid, "no JSON without templates") }
}
