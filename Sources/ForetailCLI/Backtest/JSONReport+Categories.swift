extension JSONReport {
    /// The figures of categorical fields.
    static func categories(_ figures: Figures, severalFiles: Bool) -> ReportValue {
        .list(
            figures.account.categories.map { field in
                let score = field.score
                var members: [(String, ReportValue)] = severalFiles ? [("fileNumber", .integer(field.file))] : []
                members += [
                    ("name", .text(field.name)), ("events", .integer(score.events)), ("untold", .integer(score.untold)),
                    ("values", .integer(score.values)), ("bits", ReportValue(score.bits)),
                    ("bitsByFrequency", ReportValue(score.bitsByFrequency)), ("bitsSaved", ReportValue(score.saved)),
                ]
                for (place, rank) in CategoryScore.ranks.enumerated() {
                    members.append(("top\(rank)", ReportValue(score.accuracy[place])))
                    members.append(("top\(rank)ByFrequency", ReportValue(score.accuracyByFrequency[place])))
                }
                for (place, threshold) in CategoryScore.thresholds.enumerated() {
                    let percent = Int(threshold * 100)
                    members.append(("coverage\(percent)", ReportValue(score.coverage[place])))
                    members.append(("precision\(percent)", ReportValue(score.precision[place])))
                }
                members += [
                    ("ece", ReportValue(score.reliability.expectedError)),
                    ("leadMedianSeconds", ReportValue(score.leads.median.map { Double($0) / 1e6 })),
                    ("reliability", calibration(score.reliability)),
                ]
                return .object(members)
            })
    }
}
