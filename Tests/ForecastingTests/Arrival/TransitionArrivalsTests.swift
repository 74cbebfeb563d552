import Testing

@testable import Forecasting

@Suite("Arrivals by transition")
struct TransitionArrivalsTests {
    /// Runs a stream in which symbols 0, 1, 2 follow each other, with the gaps that `gap` says, beside a series that knows no
    /// symbols; the expected symbol is right but for one time in ten.
    private static func run(
        _ gap: (Int32, inout Noise) -> Double
    ) -> (arrivals: TransitionArrivals, met: Int, stated: Int) {
        var noise = Noise(seed: 21)
        var arrivals = TransitionArrivals()
        var series = ArrivalForecaster(steps: [1])
        var (met, stated) = (0, 0)
        var symbol: Int32 = 0
        var told: TransitionArrivals.Statement?
        for _ in 0..<5_000 {
            let expected = (symbol + 1) % 3
            let next = noise.uniform() < 0.1 ? (symbol + 2) % 3 : expected
            let micros = Int64(1e6 * gap(next, &noise))
            if let told {
                arrivals.judge(told, other: series.quantiles(of: 0), symbol: next, gapMicroseconds: micros)
                if next == told.symbol {
                    stated += 1
                    if micros >= told.forecast.low, micros <= told.forecast.high { met += 1 }
                }
            }
            arrivals.learn(from: symbol, to: next, gapMicroseconds: micros)
            series.learn(gapMicroseconds: micros)
            symbol = next
            told = arrivals.statement(from: symbol, to: (symbol + 1) % 3)
        }
        return (arrivals, met, stated)
    }

    @Test("Where the time depends on what comes, transitions speak, and nine windows in ten are met")
    func dependent() throws {
        let result = Self.run { symbol, noise in
            [1, 10, 100][Int(symbol)] * Double(exponential(0.2 * Float(noise.normal())))
        }
        #expect(result.arrivals.speaks)
        #expect(try #require(result.arrivals.relativeLoss) < 0.8)
        let share = Double(result.met) / Double(result.stated)
        #expect(share > 0.86 && share < 0.95, "\(share)")
    }

    @Test("Where it does not, the series keeps the word")
    func independent() throws {
        let result = Self.run { _, noise in noise.exponential() }
        #expect(!result.arrivals.speaks)
        #expect(try #require(result.arrivals.relativeLoss) > 0.98)
    }
}
