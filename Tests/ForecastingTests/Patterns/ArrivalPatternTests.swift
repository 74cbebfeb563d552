import Testing

@testable import Forecasting

@Suite("Arrival pattern")
struct ArrivalPatternTests {
    private func times(gaps: [Int64]) -> [Int64] { gaps.reduce(into: [0]) { $0.append($0[$0.count - 1] + $1) } }

    @Test("A grid is found with its jitter and its missed beats")
    func grid() throws {
        var noise = Noise(seed: 1)
        let gaps = (0..<400).map { _ in
            Int64((noise.uniform() < 0.1 ? 2 : 1) * 60_000_000 + 1_000_000 * (noise.uniform() - 0.5))
        }
        let grid = try #require(ArrivalPattern(times: times(gaps: gaps))?.grid)
        #expect(abs(grid.stepMicroseconds - 60_000_000) < 200_000)
        #expect(grid.share > 0.99)
        #expect(abs(grid.missedShare - 0.1) < 0.05)
        #expect(grid.jitterMicroseconds > 100_000 && grid.jitterMicroseconds < 500_000)
    }

    @Test("Exponential gaps are no grid", arguments: 1...50 as ClosedRange<UInt64>)
    func poisson(seed: UInt64) {
        var noise = Noise(seed: seed)
        let gaps = (0..<200).map { _ in Int64(1e6 * noise.exponential()) }
        #expect(ArrivalPattern(times: times(gaps: gaps))?.grid == nil)
    }

    @Test("Few events, and events at one time, have no grid")
    func few() {
        #expect(ArrivalPattern(times: [1, 2, 3, 4]) == nil)
        let tied = ArrivalPattern(times: [Int64](repeating: 5, count: 100))
        #expect(tied?.grid == nil && tied?.tiedShare == 1)
    }
}
