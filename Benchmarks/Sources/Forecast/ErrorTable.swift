import Forecasting

/// Error and coverage per series, as `eval/forecast.py` prints them.
enum ErrorTable {
    static func print(_ all: [RegularSeries], configuration: ForecastConfiguration) {
        let isDense = CommandLine.arguments.contains("--dense")
        let scores = all.map { series in
            let steps = isDense ? Array(1...12) + [series.season] : [1, 12, series.season]
            let scores = Protocol.run(series, steps: steps, configuration: configuration)
            return isDense ? [scores[0], scores[11], scores[12]] : scores
        }
        for (series, scores) in zip(all, scores) {
            let cells = scores.map { score in
                let bound = 1.02 * min(score.naiveError, 1)
                return "\(fixed(score.error))\(score.error > bound ? "!" : " ")(\(fixed(score.coverage)))"
            }
            Swift.print(padded(series.name, 18), cells.joined(separator: "  "))
        }
        Swift.print(padded("geometric mean", 18), summary(scores).joined(separator: "  "))
    }

    private static func summary(_ scores: [[StepScore]]) -> [String] {
        (0..<3).map { step in
            let error = Protocol.geometricMean(scores.map { $0[step].error })
            let coverage = scores.reduce(0) { $0 + $1[step].coverage } / Double(scores.count)
            return "\(fixed(error)) (\(fixed(coverage)))"
        }
    }

    /// A number with four digits after its point.
    static func fixed(_ value: Double) -> String {
        let digits = String(Int((abs(value) * 10_000).rounded()) % 10_000)
        return "\(value < 0 ? "-" : "")\(Int((abs(value) * 10_000).rounded()) / 10_000)."
            + String(repeating: "0", count: 4 - digits.count) + digits
    }

    static func padded(_ text: String, _ width: Int) -> String {
        text + String(repeating: " ", count: max(width - text.count, 0))
    }
}
