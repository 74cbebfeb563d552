import Forecasting

/// A report as a person reads it: a head, then for each series its arrivals, and for each field a label and a sentence a line.
///
///     value  count    8 … 30,373
///            daily    every 48 events; explains 63 % of the variance, since 2014-11-30 12:00
///            shift    −10,158 (14,737 → 4,580) from 2015-01-26 14:30 to 2015-01-27 22:00
struct PatternText {
    private let style: TerminalStyle
    private var output: [UInt8] = []

    init(style: TerminalStyle) { self.style = style }

    /// The whole report.
    func text(_ report: PatternReport) -> String {
        var copy = self
        copy.write(report)
        return String(decoding: copy.output, as: UTF8.self)
    }

    private mutating func write(_ report: PatternReport) {
        line("── \(TerminalText.harmless(report.source)) ──", .bold)
        var head: [String] = []
        if report.hasKey || report.series.isEmpty {
            head.append("\(Readable.count(report.events)) \(report.events == 1 ? "event" : "events")")
        }
        if report.hasKey {
            head.append("\(Readable.count(report.keyCount)) \(report.keyCount == 1 ? "key" : "keys")")
        }
        if report.bad > 0 {
            head.append("\(Readable.count(report.bad)) bad \(report.bad == 1 ? "line" : "lines") skipped")
        }
        if report.timeField == nil, report.events > 0 { head.append("without time: taken event by event") }
        if !head.isEmpty { line(head.joined(separator: ", ")) }
        if report.hasKey, report.keyCount > report.series.count {
            line("the \(report.series.count) busiest keys; --keys shows more", .dim)
        }
        for series in report.series {
            if report.hasKey || !head.isEmpty { line("") }
            write(series, hasKey: report.hasKey)
        }
    }

    private mutating func write(_ series: SeriesPatterns, hasKey: Bool) {
        if hasKey {
            let name = series.key.isEmpty ? "(without key)" : TerminalText.harmless(series.key)
            line(TerminalText.cut(name, cells: 100), .bold)
        }
        let names = series.fields.map { TerminalText.cut(TerminalText.harmless($0.name), cells: 32) }
        let width = max(names.map(TerminalText.cells).max() ?? 0, 7)
        row("events", "", width, Self.extent(series))
        if let arrival = series.arrival {
            row("arrival", arrival.grid == nil ? "uneven" : "grid", width, PatternSentences.arrival(arrival))
        }
        for (name, field) in zip(names, series.fields) {
            let sentences = PatternSentences.lines(field, span: series.span)
            row(name, field.summary.kind.rawValue, width, PatternSentences.values(field.summary))
            for (label, sentence) in sentences { row("", label, width, sentence) }
        }
    }

    private static func extent(_ series: SeriesPatterns) -> String {
        var text = Readable.count(series.eventCount)
        if let first = series.firstMicroseconds, let last = series.lastMicroseconds {
            text += ", \(PatternFigures.instant(first)) to \(PatternFigures.instant(last))"
            if last > first { text += " (\(PatternFigures.duration(last - first)))" }
        }
        return text
    }

    private mutating func row(_ name: String, _ label: String, _ width: Int, _ sentence: String) {
        style.append(TerminalText.padded(name, cells: width + 2), .bold, to: &output)
        let padded = TerminalText.padded(label, cells: 13)
        style.append(padded, label == "–" ? .dim : .green, to: &output)
        line(sentence)
    }

    private mutating func line(_ text: String, _ look: TerminalStyle.Look? = nil) {
        style.append(text, look, to: &output)
        // No blanks at a line's end.
        while output.last == UInt8(ascii: " ") { output.removeLast() }
        output.append(UInt8(ascii: "\n"))
    }
}
