import Testing

@testable import Forecasting

@Suite("Symbol statistics")
struct SymbolStatisticsTests {
    @Test("The leaders are the most frequent, falling")
    func leaders() {
        var statistics = SymbolStatistics()
        var noise = Noise(seed: 2)
        var counts: [Int32: UInt32] = [:]
        for _ in 0..<5_000 {
            let symbol = Int32(50 * noise.uniform() * noise.uniform() * noise.uniform())
            statistics.add(symbol)
            counts[symbol, default: 0] += 1
        }
        let leaders = statistics.leaders.map { counts[$0] ?? 0 }
        #expect(leaders == Array(counts.values.sorted(by: >).prefix(64)))
        #expect(counts.allSatisfy { statistics.count(of: $0.key) == $0.value })
        #expect(statistics.total == 5_000 && statistics.distinct == counts.count)
    }

    @Test("A number that takes another's place makes it forgotten")
    func recycled() {
        var statistics = SymbolStatistics()
        for _ in 0..<10 { statistics.add(5) }
        statistics.add(6)
        statistics.add(5 | 1 << 16)
        #expect(statistics.count(of: 5) == 0)
        #expect(statistics.count(of: 5 | 1 << 16) == 1)
        #expect(!statistics.leaders.contains(5))
        #expect(statistics.total == 2)
    }

    @Test("Decayed shares sum to one and follow what came lately")
    func decay() {
        var statistics = SymbolStatistics()
        for _ in 0..<1_000 { statistics.add(1) }
        for _ in 0..<200 { statistics.add(2) }
        #expect(statistics.share(of: 2) > 0.9)
        #expect(abs(statistics.share(of: 1) + statistics.share(of: 2) - 1) < 0.01)
        for _ in 0..<5_000 { statistics.add(3) }
        #expect(abs(statistics.share(of: 3) - 1) < 0.01)
    }
}
