/// Columns for eyes: the first to the left, the others to the right, two blanks between.
struct TextTable {
    private var rows: [[String]] = []

    /// Creates a table with a head.
    init(_ head: [String]) { rows = [head] }

    /// Adds a row.
    mutating func add(_ row: [String]) { rows.append(row) }

    /// Whether it has rows beside its head.
    var isEmpty: Bool { rows.count < 2 }

    /// Appends the table, its head dim.
    func append(_ style: TerminalStyle, to output: inout [UInt8]) {
        let columns = rows.map(\.count).max() ?? 0
        let cells = (0..<columns).map { column in
            rows.map { column < $0.count ? TerminalText.cells($0[column]) : 0 }.max() ?? 0
        }
        for (number, row) in rows.enumerated() {
            var line = "  "
            for (column, text) in row.enumerated() {
                let blanks = String(repeating: " ", count: cells[column] - TerminalText.cells(text))
                line += column == 0 ? text + blanks : "  " + blanks + text
            }
            while line.hasSuffix(" ") { line.removeLast() }
            style.append(line, number == 0 ? .dim : nil, to: &output)
            output.append(UInt8(ascii: "\n"))
        }
    }
}

/// A row of small bars: `▁▂▅▇`.
enum Sparkline {
    private static let bars: [Character] = ["▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"]

    /// The bars of some values, a blank where there is none, from 0 to `limit` or the largest.
    static func text(_ values: [Double?], limit: Double? = nil) -> String {
        let top = limit ?? values.compactMap(\.self).max() ?? 0
        return String(
            values.map { value -> Character in
                guard let value, value.isFinite else { return " " }
                guard top > 0 else { return bars[0] }
                return bars[min(max(Int(value / top * 8), 0), 7)]
            })
    }
}
