import FieldExtraction

/// The report as text.
struct TextReport {
    private let report: BacktestReport
    /// The cells of what is drawn over time.
    private static let cells = 48

    init(_ report: BacktestReport) { self.report = report }

    /// The lines, each with its newline.
    func text(style: TerminalStyle = .plain) -> String {
        var output: [UInt8] = []
        for (number, file) in report.files.enumerated() {
            if number > 0 { output.append(UInt8(ascii: "\n")) }
            append(file, style, to: &output)
        }
        if report.files.count > 1 {
            output.append(UInt8(ascii: "\n"))
            heading("all \(report.files.count) files", nil, style, to: &output)
            verdict(report.all, style, to: &output)
            facts(report.all, style, to: &output)
            append(perFile, style, to: &output)
        }
        return String(decoding: output, as: UTF8.self)
    }

    private func append(_ file: FileResult, _ style: TerminalStyle, to output: inout [UInt8]) {
        var span: String?
        if let from = file.from, let to = file.to {
            let clock = ClockText(zone: .utc)
            span = "\(clock.date(from)) \(clock.time(from)) to \(clock.date(to)) \(clock.time(to))"
        }
        heading(file.name, span, style, to: &output)
        verdict(file.figures, style, to: &output)
        facts(file.figures, style, to: &output)
        overTime(file, style, to: &output)
        append(forecasts(file.figures), style, to: &output)
        for table in CategoryTables(file.figures).tables { append(table, style, to: &output) }
        append(predictions(file.figures), style, to: &output)
        append(calibration(file.figures), style, to: &output)
        append(keys(file), style, to: &output)
        let further = file.series.count + file.omittedSeries - BacktestLimits.seriesInText
        if !file.series.isEmpty, further > 0 {
            style.append("  and \(Readable.count(further)) more keys\n", .dim, to: &output)
        }
        for remark in file.remarks {
            style.append("! \(TerminalText.harmless(remark))\n", .yellow, to: &output)
        }
    }

    private func append(_ table: TextTable, _ style: TerminalStyle, to output: inout [UInt8]) {
        guard !table.isEmpty else { return }
        output.append(UInt8(ascii: "\n"))
        table.append(style, to: &output)
    }

    private func heading(_ name: String, _ span: String?, _ style: TerminalStyle, to output: inout [UInt8]) {
        style.append("── \(TerminalText.harmless(name)) ──", .bold, to: &output)
        if let span { style.append("  \(span)", .dim, to: &output) }
        output.append(UInt8(ascii: "\n"))
    }

    private func verdict(_ figures: Figures, _ style: TerminalStyle, to output: inout [UInt8]) {
        let verdict = Verdict(figures)
        let text = TerminalText.harmless(verdict.text)
        let look: TerminalStyle.Look? =
            switch verdict.answer {
            case .yes: .green
            case .partly: .yellow
            case .hardly: .faintRed
            case .short, .nothing: .dim
            }
        for (number, line) in Self.wrapped(text, cells: min(style.columns ?? 100, 100)).enumerated() {
            style.append(line, number == 0 ? look : nil, to: &output)
            output.append(UInt8(ascii: "\n"))
        }
        output.append(UInt8(ascii: "\n"))
    }

    /// The text in lines of at most so many cells, broken at blanks.
    static func wrapped(_ text: String, cells: Int) -> [String] {
        var lines: [String] = []
        var line = ""
        for word in words(text) {
            if !line.isEmpty, TerminalText.cells(line) + 1 + TerminalText.cells(word) > cells {
                lines.append(line)
                line = ""
            }
            line += line.isEmpty ? word : " \(word)"
        }
        return line.isEmpty ? lines : lines + [line]
    }

    /// The words, each with the units that follow it.
    private static func words(_ text: String) -> [String] {
        var words: [String] = []
        for word in text.split(separator: " ") {
            let isUnit = ["%", "µs", "ms", "B", "kB", "MB", "GB"].contains {
                word.hasPrefix($0) && word.utf8.count <= $0.utf8.count + 1
            }
            if isUnit, let last = words.popLast() {
                words.append("\(last) \(word)")
            } else {
                words.append(String(word))
            }
        }
        return words
    }

    private func facts(_ figures: Figures, _ style: TerminalStyle, to output: inout [UInt8]) {
        for (label, value, note) in ReportFacts.facts(figures) {
            style.append("  " + TerminalText.padded(label, cells: 14), .dim, to: &output)
            output += Array(TerminalText.padded(value, cells: note.isEmpty ? 0 : 9).utf8)
            if !note.isEmpty { style.append("  " + note, .dim, to: &output) }
            output.append(UInt8(ascii: "\n"))
        }
    }

    private func overTime(_ file: FileResult, _ style: TerminalStyle, to output: inout [UInt8]) {
        let points = file.timeline.coarse(Self.cells)
        guard points.count > 1 else { return }
        func row(_ label: String, _ bars: String, _ note: String) {
            style.append("  " + TerminalText.padded(label, cells: 23), .dim, to: &output)
            output += Array("\(bars)  \(note)\n".utf8)
        }
        output.append(UInt8(ascii: "\n"))
        row(
            "over time: hit ratio",
            Sparkline.text(points.map { $0.matched > 0 ? Double($0.hits) / Double($0.matched) : nil }, limit: 1),
            "of 100 %")
        let most = file.timeline.points.map(\.bufferSize).max() ?? 0
        row(
            "buffer", Sparkline.text(points.map(\.bufferSize)),
            "at most \(Readable.count(Int(most))) \(most == 1 ? "slot" : "slots")")
        let bits = points.map { $0.priced > 0 ? $0.bits / Double($0.priced) : nil }
        let usual = points.map { $0.priced > 0 ? $0.bitsByFrequency / Double($0.priced) : nil }
        if let top = (bits + usual).compactMap(\.self).max() {
            row("bits per event", Sparkline.text(bits, limit: top), "up to \(Readable.fixed(top, decimals: 1))")
            row("  by frequency", Sparkline.text(usual, limit: top), "on the same scale")
        }
        let models = file.timeline.ranking.prefix(5).filter { $0.mean >= 0.01 }
        let shares = models.map { model in points.map { file.timeline.weight(model.place, at: $0) } }
        let top = shares.joined().max() ?? 1
        for (model, shares) in zip(models, shares) {
            row(model.name, Sparkline.text(shares, limit: top), "\(Readable.percent(model.mean)) of the weight")
        }
    }

    private func forecasts(_ figures: Figures) -> TextTable {
        var table = TextTable([
            "forecasts", "step", "MAE", "last", "skill", "usual", "skill", "season", "skill", "events", "in 90 %",
        ])
        for field in figures.account.fields.prefix(8) {
            for score in ReportFacts.spread(field.scores) where score.origins > 0 {
                table.add([
                    TerminalText.cut(TerminalText.harmless(field.name), cells: 24), "\(score.step)",
                    ReportFacts.number(score.mae), ReportFacts.number(score.maeNaive), Readable.percent(score.skill),
                    ReportFacts.number(score.maeTypical), Readable.percent(score.skillTypical),
                    ReportFacts.number(score.maeSeasonalNaive), Readable.percent(score.skillSeasonal),
                    field.season.map { "\($0)" } ?? "–", Readable.percent(score.coverage),
                ])
            }
        }
        return table
    }

    private func predictions(_ figures: Figures) -> TextTable {
        var table = TextTable([
            "predictions", "step", "announced", "right", "wrong", "expired", "precision", "in window",
        ])
        for (step, counts) in ReportFacts.spread(figures.account.steps) {
            let window = figures.account.windows.first { $0.step == step }?.coverage
            table.add([
                "", "\(step)", Readable.count(counts.announced), Readable.count(counts.hits),
                Readable.count(counts.wrong), Readable.count(counts.expired), Readable.percent(counts.precision),
                Readable.percent(window),
            ])
        }
        return table
    }

    private func calibration(_ figures: Figures) -> TextTable {
        var table = TextTable(["calibration", "said", "came true", "predictions"])
        for bin in figures.tally.calibration.bins where bin.count > 0 {
            table.add([
                "", Readable.percent(bin.meanConfidence), Readable.percent(bin.hitRate), Readable.count(bin.count),
            ])
        }
        return table
    }

    private func keys(_ file: FileResult) -> TextTable {
        var table = TextTable(["key", "events", "matched", "hit ratio", "precision", "lead", "skill", "gap loss"])
        for (name, figures) in file.series.prefix(BacktestLimits.seriesInText) { table.add(Self.row(name, figures)) }
        return table
    }

    private var perFile: TextTable {
        var table = TextTable(["file", "events", "matched", "hit ratio", "precision", "lead", "skill", "gap loss"])
        for file in report.files { table.add(Self.row(file.name, file.figures)) }
        return table
    }

    private static func row(_ name: String, _ figures: Figures) -> [String] {
        [
            TerminalText.cut(TerminalText.harmless(name), cells: 32), Readable.count(figures.tally.events),
            Readable.count(figures.tally.matched), Readable.percent(figures.hitRatio),
            Readable.percent(figures.precision),
            figures.leadMicroseconds.map { Readable.shortDuration(microseconds: $0) } ?? "–",
            Readable.percent(figures.skill), figures.gapRatio.map { Readable.fixed($0, decimals: 2) } ?? "–",
        ]
    }
}
