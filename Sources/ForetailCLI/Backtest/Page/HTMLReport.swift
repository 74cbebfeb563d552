import FieldExtraction

/// The report as one page that needs nothing beside itself: its style and its drawings are in it, and no script.
struct HTMLReport {
    private let report: BacktestReport

    init(_ report: BacktestReport) { self.report = report }

    /// The page.
    var text: String {
        let isSingle = report.files.count == 1
        let title = isSingle ? report.files[0].name : "\(report.files.count) files"
        var page = """
            <!doctype html>
            <html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
            <title>foretail backtest: \(Markup.escape(title))</title>
            <style>
            \(PageStyle.text)
            </style></head><body><main>
            <h1>Would foretail have helped on \(Markup.escape(title))?</h1>

            """
        if let filter = report.filter { page += "<p class=\"sub\">events with \(Markup.escape(filter))</p>\n" }
        if !isSingle {
            page += verdict(report.all) + facts(report.all)
            page += Markup.table(
                ["file", "events", "hit ratio", "precision", "lead", "skill", "verdict"],
                report.files.map { [$0.name] + Self.row($0.figures) + [Verdict($0.figures).answer.words] })
            if let chart = CalibrationChart(report.all.tally.calibration).svg { page += calibration(chart, report.all) }
        }
        for file in report.files {
            if !isSingle { page += "<h2>\(Markup.escape(file.name))</h2>\n" }
            page += section(file)
        }
        return page + """
            <footer>One pass; every prediction was made before its event. A hit is an event that a prediction had announced, in its
            window and with its value; what the past alone makes likely does not count.</footer>
            </main></body></html>

            """
    }

    private func section(_ file: FileResult) -> String {
        var text = ""
        if let from = file.from, let to = file.to {
            let clock = ClockText(zone: .utc)
            text +=
                "<p class=\"sub\">\(clock.date(from)) \(clock.time(from)) to \(clock.date(to)) \(clock.time(to))</p>\n"
        }
        text += verdict(file.figures) + facts(file.figures)
        let history = HistoryChart(file.showcase)
        if let chart = history.svg {
            let field = file.showcaseField.map { " of \($0)" } ?? ""
            let key = file.showcaseKey.map { ", key \($0)" } ?? ""
            text += figure(
                "The last events\(field)\(key)",
                file.showcaseField == nil
                    ? "Events and predictions over time."
                    : "What came, on top of what had been said of it. Violet: all that was said at one moment, and what is said of the events to come.",
                history.legend + chart)
        }
        let charts = TimelineCharts(file.timeline)
        if !charts.isEmpty {
            text += figure(
                "Hits over the whole file", "Each bar holds equally many events.",
                Markup.legend([
                    ("hit", "announced"), ("missed", "not announced"), ("precision", "announcements that came true"),
                ]) + charts.hits)
        }
        if let chart = CalibrationChart(file.figures.tally.calibration).svg { text += calibration(chart, file.figures) }
        text += categories(file, charts)
        if !charts.isEmpty {
            text += figure("Buffer", "Expected events with live predictions, over the whole file.", charts.buffer)
            if let weights = charts.weights {
                text += figure(
                    "Models", "The parts of the models in the forecasts, over the whole file.",
                    charts.weightsLegend + weights)
            }
        }
        return text + tables(file)
    }

    private func verdict(_ figures: Figures) -> String {
        let verdict = Verdict(figures)
        let first = verdict.reasons.first.map { ": \($0)" } ?? "."
        let rest = ([first] + verdict.reasons.dropFirst()).joined(separator: " ")
        return
            "<p class=\"verdict \(verdict.answer.rawValue)\"><b>\(verdict.answer.words)</b>\(Markup.escape(rest))</p>\n"
    }

    private func facts(_ figures: Figures) -> String {
        "<dl class=\"facts\">"
            + ReportFacts.facts(figures).map {
                "<div><dt>\(Markup.escape($0.label))</dt><dd>\(Markup.escape($0.value))<small>\(Markup.escape($0.note))</small></dd></div>\n"
            }.joined() + "</dl>\n"
    }

    private func figure(_ title: String, _ note: String, _ content: String) -> String {
        "<figure><h3>\(Markup.escape(title))</h3><p>\(Markup.escape(note))</p>\(content)</figure>\n"
    }

    private func calibration(_ chart: String, _ figures: Figures) -> String {
        let error = figures.calibrationError.map { Readable.fixed($0, decimals: 3) } ?? "–"
        return figure(
            "Calibration",
            "Across: what was said. Up: what came true. On the dashed line a word is worth its face. Mean distance \(error).",
            "<div class=\"side\">\(chart)"
                + Markup.table(
                    ["said", "came true", "predictions"],
                    figures.tally.calibration.bins.filter { $0.count > 0 }.map { bin in
                        [
                            Readable.percent(bin.meanConfidence), Readable.percent(bin.hitRate),
                            Readable.count(bin.count),
                        ]
                    }) + "</div>")
    }

    /// What was told of categories: accuracy, reliance, the reliability of the best field, bits over the file.
    private func categories(_ file: FileResult, _ charts: TimelineCharts) -> String {
        let fields = file.figures.account.categories
        guard let best = fields.max(by: { ($0.score.saved ?? 0) < ($1.score.saved ?? 0) }) else { return "" }
        let tables = CategoryTables(file.figures)
        var content = ""
        for (head, rows) in [tables.accuracyRows, tables.relianceRows] { content += Markup.table(head, rows) }
        if let chart = CalibrationChart(best.score.reliability).svg { content += chart }
        var text = figure(
            "What comes next",
            "Categories at the next event, next to running frequencies, whatever the confidence. The curve: what the most probable value of \(best.name) was said to have, against how often it came.",
            content)
        if let bits = charts.bits {
            text += figure(
                "Bits per event", "Over all categorical fields; fewer are better.",
                Markup.legend([("areaLine", "models"), ("diagonal", "running frequencies")]) + bits)
        }
        return text
    }

    private func tables(_ file: FileResult) -> String {
        let figures = file.figures
        var text = ""
        let forecasts = figures.account.fields.flatMap { field in
            field.scores.filter { $0.origins > 0 }.map { score in
                [
                    field.name, "\(score.step)", ReportFacts.number(score.mae), ReportFacts.number(score.maeNaive),
                    Readable.percent(score.skill), ReportFacts.number(score.maeTypical),
                    Readable.percent(score.skillTypical), ReportFacts.number(score.maeSeasonalNaive),
                    Readable.percent(score.skillSeasonal), field.season.map { "\($0)" } ?? "–",
                    Readable.percent(score.coverage),
                ]
            }
        }
        text += details(
            "Forecasts",
            ["field", "step", "MAE", "last", "skill", "usual", "skill", "season", "skill", "events", "in 90 %"],
            forecasts)
        text += details(
            "Predictions",
            ["step", "announced", "right", "wrong", "expired", "precision", "in window"],
            figures.account.steps.map { step, counts in
                [
                    "\(step)", Readable.count(counts.announced), Readable.count(counts.hits),
                    Readable.count(counts.wrong), Readable.count(counts.expired), Readable.percent(counts.precision),
                    Readable.percent(figures.account.windows.first { $0.step == step }?.coverage),
                ]
            })
        text += details(
            "Keys", ["key", "events", "hit ratio", "precision", "lead", "skill"],
            file.series.prefix(BacktestLimits.seriesOnPage).map { [$0.name] + Self.row($0.figures) })
        let remarks = file.remarks.map { "<p>\(Markup.escape($0))</p>" }.joined()
        return remarks.isEmpty ? text : text + "<details open><summary>Remarks</summary>\(remarks)</details>\n"
    }

    private func details(_ title: String, _ head: [String], _ rows: [[String]]) -> String {
        rows.isEmpty
            ? "" : "<details><summary>\(Markup.escape(title))</summary>\(Markup.table(head, rows))</details>\n"
    }

    private static func row(_ figures: Figures) -> [String] {
        [
            Readable.count(figures.tally.events), Readable.percent(figures.hitRatio),
            Readable.percent(figures.precision),
            figures.leadMicroseconds.map { Readable.shortDuration(microseconds: $0) } ?? "–",
            Readable.percent(figures.skill),
        ]
    }
}
