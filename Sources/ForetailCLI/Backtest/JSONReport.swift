import FieldExtraction
import Foretail

/// The report as one JSON object; its names are in docs/backtest.md and stay.
struct JSONReport {
    private let report: BacktestReport

    init(_ report: BacktestReport) { self.report = report }

    /// The object's text.
    var bytes: [UInt8] {
        var output: [UInt8] = []
        value.append(to: &output)
        return output
    }

    /// The object.
    var value: ReportValue {
        .object([
            ("version", .integer(1)), ("filter", ReportValue(report.filter)),
            ("all", .object(Self.members(report.all, severalFiles: report.files.count > 1))),
            ("files", .list(report.files.map(Self.file))),
        ])
    }

    private static func file(_ file: FileResult) -> ReportValue {
        let head: [(String, ReportValue)] = [
            ("file", .text(file.path)), ("from", ReportValue(file.from?.description)),
            ("to", ReportValue(file.to?.description)),
        ]
        let tail: [(String, ReportValue)] = [
            ("remarks", .list(file.remarks.map(ReportValue.text))),
            (
                "series",
                .list(
                    file.series.prefix(BacktestLimits.seriesInJSON).map {
                        .object([("key", .text($0.name))] + members($0.figures, isSeries: true))
                    })
            ),
            ("seriesOmitted", .integer(file.omittedSeries + max(0, file.series.count - BacktestLimits.seriesInJSON))),
            ("overTime", overTime(file.timeline)),
        ]
        return .object(head + members(file.figures) + tail)
    }

    /// The figures of a key, of a file, or of all.
    private static func members(
        _ figures: Figures, isSeries: Bool = false, severalFiles: Bool = false
    ) -> [(String, ReportValue)] {
        let tally = figures.tally
        let counts = tally.counts
        var members: [(String, ReportValue)] = []
        if !isSeries {
            let verdict = Verdict(figures)
            members += [
                ("verdict", .text(verdict.answer.rawValue)), ("verdictText", .text(verdict.text)),
                ("keys", .integer(figures.account.keys)), ("keysScored", .integer(figures.account.scoredKeys)),
            ]
        }
        members += [
            ("events", .integer(tally.events)), ("matched", .integer(tally.matched)),
            ("hits", .integer(tally.hitEvents)), ("hitRatio", ReportValue(tally.hitRatio)),
            ("announced", .integer(counts.announced)), ("judged", .integer(counts.judged)),
            ("right", .integer(counts.hits)), ("wrong", .integer(counts.wrong)),
            ("expired", .integer(counts.expired)), ("withdrawn", .integer(counts.withdrawn)),
            ("trivial", .integer(counts.trivial)), ("precision", ReportValue(counts.precision)),
            ("leadMedianSeconds", ReportValue(figures.leadMicroseconds.map { Double($0) / 1e6 })),
            ("meanConfidence", ReportValue(tally.calibration.meanConfidence)),
            ("ece", ReportValue(figures.calibrationError)), ("skill", ReportValue(figures.skill)),
            ("skillTypical", ReportValue(figures.skillTypical)),
            ("skillSeasonalNaive", ReportValue(figures.skillSeasonal)), ("coverage", ReportValue(figures.coverage)),
            ("windowCoverage", ReportValue(figures.windowCoverage)),
            ("skillCategories", ReportValue(figures.account.categorySkill)),
            ("gaps", .integer(figures.account.gaps.gaps)),
            ("gapPinball", ReportValue(figures.gapPinball)),
            ("gapPinballEmpirical", ReportValue(figures.gapPinballEmpirical)),
            ("beatSeconds", ReportValue(figures.account.gridMicroseconds.map { Double($0) / 1e6 })),
        ]
        if !isSeries {
            members += [
                ("microsecondsPerEvent", ReportValue(figures.microsecondsPerEvent)),
                ("modelBytes", .integer(figures.account.modelBytes)),
                ("bufferPeakBytes", .integer(figures.account.bufferBytes)),
            ]
        }
        if !isSeries, let lookups = figures.account.lookups { members.append(("lookups", Self.lookups(lookups))) }
        if !isSeries { members.append(("categories", categories(figures, severalFiles: severalFiles))) }
        return members + [
            ("calibration", calibration(tally.calibration)), ("fields", fields(figures, severalFiles: severalFiles)),
            ("windows", windows(figures)), ("steps", steps(figures)),
        ]
    }

    static func calibration(_ calibration: CalibrationBins) -> ReportValue {
        .list(
            calibration.bins.enumerated().map { place, bin in
                .object([
                    ("from", ReportValue(Double(place) / 10)), ("to", ReportValue(Double(place + 1) / 10)),
                    ("count", .integer(bin.count)), ("meanConfidence", ReportValue(bin.meanConfidence)),
                    ("hitRate", ReportValue(bin.hitRate)),
                ])
            })
    }

    private static func lookups(_ lookups: LookupStatistics) -> ReportValue {
        .object([
            ("staged", .integer(lookups.staged)), ("fetched", .integer(lookups.fetched)),
            ("timeouts", .integer(lookups.timeouts)), ("none", .integer(lookups.none)),
            ("demandFetches", .integer(lookups.demandFetches)), ("prefetches", .integer(lookups.prefetches)),
            ("useful", .integer(lookups.useful)), ("late", .integer(lookups.late)),
            ("wasted", .integer(lookups.wasted)), ("refused", .integer(lookups.refused)),
            ("precision", ReportValue(lookups.precision)), ("trafficFactor", ReportValue(lookups.trafficFactor)),
            ("plainHits", .integer(lookups.plainHits)), ("polluted", .integer(lookups.polluted)),
            ("savedSeconds", ReportValue(Double(lookups.savedMicroseconds) / 1e6)),
        ])
    }

    private static func fields(_ figures: Figures, severalFiles: Bool) -> ReportValue {
        .list(
            figures.account.fields.map { field in
                let file: [(String, ReportValue)] = severalFiles ? [("fileNumber", .integer(field.file))] : []
                let steps = field.scores.map { score in
                    ReportValue.object([
                        ("step", .integer(score.step)), ("origins", .integer(score.origins)),
                        ("mae", ReportValue(score.mae)), ("maeNaive", ReportValue(score.maeNaive)),
                        ("skill", ReportValue(score.skill)),
                        ("maeTypical", ReportValue(score.maeTypical)),
                        ("skillTypical", ReportValue(score.skillTypical)),
                        ("seasonalOrigins", .integer(score.seasonalOrigins)),
                        ("maeSeasonalNaive", ReportValue(score.maeSeasonalNaive)),
                        ("skillSeasonalNaive", ReportValue(score.skillSeasonal)),
                        ("coverage", ReportValue(score.coverage)),
                    ])
                }
                return .object(
                    file + [
                        ("name", .text(field.name)), ("season", ReportValue(field.season)), ("steps", .list(steps)),
                    ])
            })
    }

    private static func windows(_ figures: Figures) -> ReportValue {
        .list(
            figures.account.windows.map {
                .object([
                    ("step", .integer($0.step)), ("events", .integer($0.events)),
                    ("coverage", ReportValue($0.coverage)),
                ])
            })
    }

    private static func steps(_ figures: Figures) -> ReportValue {
        .list(
            figures.account.steps.map { step, counts in
                .object([
                    ("step", .integer(step)), ("announced", .integer(counts.announced)),
                    ("right", .integer(counts.hits)), ("wrong", .integer(counts.wrong)),
                    ("expired", .integer(counts.expired)), ("trivial", .integer(counts.trivial)),
                    ("precision", ReportValue(counts.precision)),
                ])
            })
    }

    private static func overTime(_ timeline: Timeline) -> ReportValue {
        .list(
            timeline.points.map { point in
                let weights = timeline.models.indices.map { place in
                    (timeline.models[place], ReportValue(timeline.weight(place, at: point)))
                }.filter { if case .number(let weight) = $0.1 { weight > 0 } else { false } }
                return .object([
                    ("time", ReportValue(point.time?.description)), ("events", .integer(point.events)),
                    ("matched", .integer(point.matched)), ("hits", .integer(point.hits)),
                    ("judged", .integer(point.judged)), ("right", .integer(point.right)),
                    ("bitsPerEvent", ReportValue(point.priced > 0 ? point.bits / Double(point.priced) : nil)),
                    (
                        "frequencyBitsPerEvent",
                        ReportValue(point.priced > 0 ? point.bitsByFrequency / Double(point.priced) : nil)
                    ),
                    ("bufferSize", ReportValue(point.bufferSize)), ("bufferBytes", ReportValue(point.bufferBytes)),
                    ("weights", .object(weights)),
                ])
            })
    }
}
