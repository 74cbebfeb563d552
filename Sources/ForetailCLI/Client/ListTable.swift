#if Server
/// Things in columns for eyes: a dim head, cells padded on the right, the last column cut.
struct ListTable {
    private var rows: [[String]]
    private let lastCells: Int

    /// Creates a table with a head; of the last column `lastCells` are shown.
    init(_ head: [String], lastCells: Int) {
        rows = [head]
        self.lastCells = lastCells
    }

    /// Adds a row with as many cells as the head; what a terminal would obey is made harmless.
    mutating func add(_ row: [String]) { rows.append(row.map(TerminalText.harmless)) }

    /// The lines; `none` where there is no row.
    func bytes(style: TerminalStyle, none: String) -> [UInt8] {
        guard rows.count > 1, let last = rows[0].indices.last else { return Array("\(none)\n".utf8) }
        var output: [UInt8] = []
        let widths = (0..<last).map { column in rows.map { TerminalText.cells($0[column]) }.max() ?? 0 }
        for (number, row) in rows.enumerated() {
            var line = ""
            for (text, cells) in zip(row, widths) { line += TerminalText.padded(text, cells: cells) + "  " }
            line += number == 0 ? row[last] : TerminalText.cut(row[last], cells: lastCells)
            style.append(line, number == 0 ? .dim : nil, to: &output)
            output.append(UInt8(ascii: "\n"))
        }
        return output
    }
}
#endif
