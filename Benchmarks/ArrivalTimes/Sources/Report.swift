import Forecasting
import Foundation

/// What one pass over a series' gaps shows.
struct Report {
    private static let steps = Array(1...12)

    private let pinball: Double
    private let empirical: Double
    private let coverage: [Double]
    private let stated: [Double]
    private let shares: [Double]
    private let nanoseconds: [Double]

    /// The loss next to the empirical quantiles'.
    var ratio: Double { empirical > 0 ? pinball / empirical : 1 }

    init(gaps: [Int64], resolution: Double) {
        let warmUp = max(Int((0.3 * Double(gaps.count)).rounded(.up)), 350)
        var forecaster = ArrivalForecaster(steps: Report.steps)
        var account = GapPinball(warmUp: warmUp, resolutionMicroseconds: resolution)
        var times: [Int64] = [0]
        for gap in gaps { times.append(times[times.count - 1] + gap) }
        var inside = [Double](repeating: 0, count: Report.steps.count)
        var promised = inside
        var judged = inside
        var models = [Double](repeating: 0, count: ArrivalModel.allCases.count)
        for (index, gap) in gaps.enumerated() {
            account.add(gapMicroseconds: gap, quantiles: index == 0 ? nil : forecaster.quantiles(of: 0))
            if index >= warmUp {
                models[forecaster.model(of: 0).rawValue] += 1
                for (place, step) in Report.steps.enumerated() where index + step <= gaps.count {
                    let elapsed = times[index + step] - times[index]
                    let forecast = forecaster.forecast(stepIndex: place)
                    inside[place] += forecast.low <= elapsed && elapsed <= forecast.high ? 1 : 0
                    promised[place] += forecast.probability
                    judged[place] += 1
                }
            }
            forecaster.learn(gapMicroseconds: gap)
        }
        pinball = account.gapPinball ?? 0
        empirical = account.gapPinballEmpirical ?? 0
        coverage = zip(inside, judged).map { $0 / max($1, 1) }
        stated = zip(promised, judged).map { $0 / max($1, 1) }
        shares = models.map { $0 / max(judged[0], 1) }
        nanoseconds = [Report.time(gaps, steps: [1]), Report.time(gaps, steps: Report.steps)]
    }

    func line(named name: String) -> String {
        let names = ArrivalModel.allCases.map { "\($0)" }
        let chosen = zip(names, shares).filter { $1 >= 0.005 }.map { "\($0) \(String(format: "%.2f", $1))" }
        return [
            name.padding(toLength: 20, withPad: " ", startingAt: 0), String(format: "%.4f", pinball),
            String(format: "%.4f", empirical), digits(ratio), "|",
            coverage.map { String(format: "%.2f", $0) }.joined(separator: " "), "| stated",
            String(format: "%.2f %.2f", stated[0], stated[stated.count - 1]), "|", chosen.joined(separator: " "), "|",
            nanoseconds.map { String(format: "%.0f", $0) }.joined(separator: " "),
        ].joined(separator: " ")
    }

    /// Nanoseconds per event, the best of five passes.
    private static func time(_ gaps: [Int64], steps: [Int]) -> Double {
        var best = Double.infinity
        for _ in 0..<5 {
            var forecaster = ArrivalForecaster(steps: steps)
            var sum: Int64 = 0
            let start = ContinuousClock.now
            for gap in gaps {
                forecaster.learn(gapMicroseconds: gap)
                sum &+= forecaster.forecast(stepIndex: 0).high
            }
            let spent = ContinuousClock.now - start
            precondition(sum != .min, "the passes are not left out")
            best = min(best, Double(spent.components.attoseconds) / 1e9 / Double(gaps.count))
        }
        return best
    }
}
