#if Server
import FieldExtraction

/// Dead letters for eyes.
enum DeadLetterText {
    private static let reasonCells = 60

    /// A line for each.
    static func table(_ letters: [JSONValue], style: TerminalStyle) -> [UInt8] {
        guard !letters.isEmpty else { return Array("no dead letters\n".utf8) }
        var output: [UInt8] = []
        var rows = [["id", "request", "records", "tried", "last", "reason"]]
        rows += letters.map { letter in
            let isQueued = letter["queued"]?.flag == true
            return [
                letter["id"]?.text ?? "", letter["request"]?.text ?? "", "\(letter["records"]?.whole ?? 0)",
                isQueued ? "waits" : "\(letter["attempts"]?.whole ?? 0)", letter["ended"]?.text ?? "",
                letter["reason"]?.text ?? "",
            ].map(TerminalText.harmless)
        }
        let widths = (0..<5).map { column in rows.map { TerminalText.cells($0[column]) }.max() ?? 0 }
        for (number, row) in rows.enumerated() {
            var line = ""
            for (column, text) in row.prefix(5).enumerated() {
                line += TerminalText.padded(text, cells: widths[column]) + "  "
            }
            line += number == 0 ? row[5] : TerminalText.cut(row[5], cells: reasonCells)
            style.append(line, number == 0 ? .dim : nil, to: &output)
            output.append(UInt8(ascii: "\n"))
        }
        return output
    }
}
#endif
