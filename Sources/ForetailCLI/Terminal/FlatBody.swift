import FieldExtraction

/// An event's body on one line: `cpu=41.9 host=web-1`, or the message itself where there is nothing else or that is a plain line.
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
        // Of a plain line the line says it all.
        if isMessage, leaves.count == 1 || all.contains(where: { $0.path.name == "template" }) {
            return TerminalText.harmless(JSONString.string(leaves[0].slot))
        }
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
