#if Server
/// Labels and what stands behind them, below each other, as in a summary.
struct FactLines {
    private var output: [UInt8] = []
    private let style: TerminalStyle
    private let cells: Int

    /// Begins with no line; labels are padded to `cells`.
    init(style: TerminalStyle, cells: Int = 15) {
        self.style = style
        self.cells = cells
    }

    /// Adds a line where there is a value.
    mutating func add(_ label: String, _ value: String?) {
        guard let value, !value.isEmpty else { return }
        style.append(TerminalText.padded(label, cells: cells), .dim, to: &output)
        output.append(contentsOf: (TerminalText.harmless(value) + "\n").utf8)
    }

    /// Adds a table below.
    mutating func add(_ table: TextTable) {
        if !table.isEmpty { table.append(style, to: &output) }
    }

    /// The lines.
    var bytes: [UInt8] { output }
}
#endif
