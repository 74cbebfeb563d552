import FieldExtraction

/// An event's body on one line: `cpu=41.9 host=web-1`, or the message itself where there is nothing else. Of a plain line its fields,
/// then what it says behind them: `app=sshd pid=7  Accepted password for ann`.
enum FlatBody {
    /// The flattened body.
    ///
    /// - Parameters:
    ///   - bytes: The event's JSON text.
    ///   - hidden: Names of fields left out, as those that have columns of their own.
    static func text(_ bytes: UnsafeBufferPointer<UInt8>, hiding hidden: Set<String> = []) -> String {
        let all = JSONFieldLister.leaves(of: bytes)
        guard !all.isEmpty else { return TerminalText.harmless(String(decoding: bytes, as: UTF8.self)) }
        let leaves = all.filter { !hidden.contains($0.path.name) }
        let isMessage = leaves.first?.path.name == "message" && leaves[0].slot.kind == .string
        if isMessage, leaves.count == 1 { return TerminalText.harmless(JSONString.string(leaves[0].slot)) }
        if isMessage, all.contains(where: { $0.path.name == "template" }) { return line(leaves) }
        return pairs(leaves)
    }

    /// A plain line: template, parameters and numbers are in what it says.
    private static func line(_ leaves: [(path: FieldPath, slot: FieldSlot)]) -> String {
        let learned: Set<String> = ["message", "template", "parameters", "numbers"]
        let fields = pairs(leaves.filter { !learned.contains($0.path.keys[0]) })
        var message: [UInt8] = []
        JSONString.decode(leaves[0].slot, into: &message)
        let content = unsafe message.withUnsafeBufferPointer { unsafe LogLineContent($0) }
        if content.isSaidByFields { return fields }
        let text = TerminalText.harmless(String(decoding: message[content.range], as: UTF8.self))
        return fields.isEmpty ? text : text.isEmpty ? fields : "\(fields)  \(text)"
    }

    private static func pairs(_ leaves: [(path: FieldPath, slot: FieldSlot)]) -> String {
        var result = ""
        for (path, slot) in leaves {
            if !result.isEmpty { result += " " }
            result += TerminalText.harmless(path.name)
            result += "="
            result += value(slot)
        }
        return result
    }

    private static func value(_ slot: FieldSlot) -> String {
        switch slot.kind {
        case .missing, .null: "null"
        case .boolean: slot.bits == 1 ? "true" : "false"
        case .string: quoted(JSONString.string(slot))
        default: TerminalText.harmless(String(decoding: slot.text, as: UTF8.self))
        }
    }

    /// The text, in quotes where it would not read as one word.
    private static func quoted(_ text: String) -> String {
        let harmless = TerminalText.harmless(text)
        let isWord =
            !harmless.isEmpty && !harmless.utf8.contains { $0 == 0x20 || $0 == 0x22 || $0 == UInt8(ascii: "=") }
        if isWord { return harmless }
        return "\"" + harmless.split(separator: "\"", omittingEmptySubsequences: false).joined(separator: "\\\"") + "\""
    }
}
