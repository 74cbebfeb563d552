/// A report of templates as a person reads it: a line each with number, count, share and text, then parameters and examples.
///
///        1   9,952  > 99 %  "GET <*>" <*> <*>
///                   values  1,024 texts or more; 200 … 500; 30 … 69,192,717
///                   first   83.149.9.216 - - [17/May/2015:10:05:03 +0000] "GET /…
struct TemplateText {
    private let style: TerminalStyle
    private var output: [UInt8] = []

    init(style: TerminalStyle) { self.style = style }

    /// The report, of at most `top` templates.
    func text(_ report: TemplateReport, top: Int) -> String {
        var copy = self
        copy.write(report, top: top)
        return String(decoding: copy.output, as: UTF8.self)
    }

    private mutating func write(_ report: TemplateReport, top: Int) {
        line("── \(TerminalText.harmless(report.source)) ──", .bold)
        var head = [
            "\(Readable.count(report.lines)) \(report.lines == 1 ? "line" : "lines")",
            "\(Readable.count(report.entries.count)) \(report.entries.count == 1 ? "template" : "templates")",
        ]
        if report.bad > 0 { head.append("\(Readable.count(report.bad)) bad skipped") }
        line(head.joined(separator: ", "))
        for entry in report.entries.prefix(top) { write(entry, of: report.lines) }
        let hidden = report.entries.dropFirst(top).reduce(report.others) { $0 + $1.count }
        if hidden > 0 { line("\(Readable.count(hidden)) lines of other templates; --top shows more", .dim) }
    }

    private mutating func write(_ entry: TemplateReport.Entry, of lines: Int) {
        let share = PatternFigures.share(Double(entry.count) / Double(max(1, lines)))
        let head =
            Self.right("\(entry.number)", 5) + Self.right(Readable.count(entry.count), 10) + Self.right(share, 8) + "  "
        style.append(head, .green, to: &output)
        line(Self.shown(entry.text, 160), .bold)
        if entry.name != entry.text { row("named", Self.shown(entry.name, 160)) }
        if !entry.parameters.isEmpty { row("values", entry.parameters.map(Self.range).joined(separator: "; ")) }
        row("first", Self.shown(entry.first, 120))
        if entry.count > 1 { row("last", Self.shown(entry.last, 120)) }
    }

    private static func range(_ profile: ParameterProfile) -> String {
        var parts: [String] = []
        if profile.numbers > 0 {
            let low = PatternFigures.value(profile.low)
            parts.append(profile.low == profile.high ? low : "\(low) … \(PatternFigures.value(profile.high))")
        }
        if profile.texts > 0 {
            let count = Readable.count(profile.distinct)
            parts.append(
                profile.isBeyondLimit ? "\(count) texts or more" : profile.distinct == 1 ? "1 text" : "\(count) texts")
        }
        return parts.isEmpty ? "none" : parts.joined(separator: " and ")
    }

    private static func shown(_ bytes: [UInt8], _ cells: Int) -> String {
        TerminalText.cut(TerminalText.harmless(String(decoding: bytes, as: UTF8.self)), cells: cells)
    }

    private static func right(_ text: String, _ width: Int) -> String {
        String(repeating: " ", count: max(0, width - text.count)) + text
    }

    private mutating func row(_ label: String, _ text: String) {
        style.append(String(repeating: " ", count: 25) + TerminalText.padded(label, cells: 8), .dim, to: &output)
        line(text)
    }

    private mutating func line(_ text: String, _ look: TerminalStyle.Look? = nil) {
        style.append(text, look, to: &output)
        while output.last == UInt8(ascii: " ") { output.removeLast() }
        output.append(UInt8(ascii: "\n"))
    }
}
