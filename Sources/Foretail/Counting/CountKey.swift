import FieldExtraction

/// The key that an event is counted under: the fields it is counted by, apart for every combination of values.
///
/// `identity` tells keys apart: a number and the text of the same digits are one key, a missing field and `null` are one.
struct CountKey {
    /// The bytes that tell keys apart.
    private(set) var identity: [UInt8] = []
    /// Whether all fields are missing.
    private(set) var isMissing = true
    /// Values that were cut.
    private(set) var cuts = 0

    /// Ends a value, and stands for a missing one: neither is a byte of UTF-8.
    private static let end: UInt8 = 0xFF
    private static let missing: UInt8 = 0xFE

    /// Reads the key of the event in a row.
    ///
    /// - Parameters:
    ///   - slots: The key fields' slots in the row.
    ///   - limit: The bytes that a value may have; a longer one is cut, and counted with all that begin as it does.
    mutating func read(_ row: FieldRow, slots: [Int], limit: Int) {
        identity.removeAll(keepingCapacity: true)
        isMissing = !slots.isEmpty
        cuts = 0
        for slot in slots {
            let field = row[slot]
            switch field.kind {
            case .missing, .null: identity.append(Self.missing)
            default:
                isMissing = false
                if Self.append(field, limit: limit, to: &identity) { cuts += 1 }
            }
            identity.append(Self.end)
        }
    }

    /// The key fields of the event in a row as members of a JSON object, with a comma before each: `,"path":"/a"`. Dotted
    /// paths become objects within objects. Missing fields are left out.
    static func members(_ row: FieldRow, slots: [Int], paths: [FieldPath], limit: Int) -> [UInt8] {
        var entries: [Entry] = []
        for (path, slot) in zip(paths, slots) {
            let field = row[slot]
            guard field.kind != .missing, field.kind != .null else { continue }
            var text: [UInt8] = []
            if append(field, limit: limit, to: &text) || field.kind == .string {
                var quoted: [UInt8] = []
                JSONString.append(text, to: &quoted)
                text = quoted
            }
            entries.append(Entry(keys: path.keys[...], value: text))
        }
        var output: [UInt8] = []
        append(entries, separator: true, to: &output)
        return output
    }

    /// Appends the text of a value: a string's characters, anything else as it stands.
    ///
    /// - Returns: Whether it was cut.
    private static func append(_ field: FieldSlot, limit: Int, to output: inout [UInt8]) -> Bool {
        let start = output.count
        switch field.kind {
        case .string: JSONString.decode(field, into: &output)
        case .boolean: output.append(contentsOf: field.bits == 1 ? Array("true".utf8) : Array("false".utf8))
        default: unsafe output.append(contentsOf: field.text)
        }
        guard output.count - start > limit else { return false }
        var end = start + limit
        // Not within a character.
        while end > start, output[end] & 0xC0 == 0x80 { end -= 1 }
        output.removeLast(output.count - end)
        return true
    }

    /// A value and the rest of its path.
    private struct Entry {
        var keys: ArraySlice<String>
        var value: [UInt8]

        func begins(with name: String) -> Bool { keys.first.map { $0.utf8.elementsEqual(name.utf8) } ?? false }
    }

    private static func append(_ entries: [Entry], separator: Bool, to output: inout [UInt8]) {
        var rest = entries
        var needsComma = separator
        while let first = rest.first, let name = first.keys.first {
            if needsComma { output.append(UInt8(ascii: ",")) }
            needsComma = true
            JSONString.append(name, to: &output)
            output.append(UInt8(ascii: ":"))
            if first.keys.count == 1 {
                output.append(contentsOf: first.value)
            } else {
                var inner: [Entry] = []
                for entry in rest where entry.begins(with: name) {
                    inner.append(Entry(keys: entry.keys.dropFirst(), value: entry.value))
                }
                output.append(UInt8(ascii: "{"))
                append(inner, separator: false, to: &output)
                output.append(UInt8(ascii: "}"))
            }
            rest.removeAll { $0.begins(with: name) }
        }
    }
}
