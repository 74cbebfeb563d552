/// How often each symbol came in all, with the most frequent ones at hand.
///
/// Symbols are dense numbers, so counts lie in an array; numbers beyond 65,535 are only counted together.
///
/// ```swift
/// var frequencies = SymbolFrequencies()
/// frequencies.add(3)
/// ```
///
/// Source: counts with absolute discounting; the discounted mass is that of symbols never seen.
struct SymbolFrequencies: Sendable {
    private static let most = 65_536
    private static let leading = 16

    private var counts: [UInt32] = []
    private var total = 0
    private var distinct = 0
    private var leaders: [Int32] = []

    var bytes: Int { counts.count * 4 }

    mutating func add(_ symbol: Int32) {
        total += 1
        let index = Int(symbol)
        guard index < SymbolFrequencies.most else { return }
        if index >= counts.count { counts += Array(repeating: 0, count: index + 1 - counts.count) }
        if counts[index] == 0 { distinct += 1 }
        counts[index] += 1
        if leaders.contains(symbol) { return }
        if leaders.count < SymbolFrequencies.leading {
            leaders.append(symbol)
            return
        }
        var least = 0
        for place in leaders.indices where counts[Int(leaders[place])] < counts[Int(leaders[least])] { least = place }
        if counts[Int(leaders[least])] < counts[index] { leaders[least] = symbol }
    }

    /// Gives the symbols that are listed, and the leading ones, their part of `share`.
    func add(share: Double, to forecast: inout CategoryForecast) {
        guard total > 0 else { return }
        for index in forecast.entries.indices {
            let symbol = Int(forecast.entries[index].symbol)
            if symbol < counts.count { forecast.entries[index].probability += share * probability(symbol) }
        }
        let listed = forecast.entries.count
        for leader in leaders where !forecast.entries[..<listed].contains(where: { $0.symbol == leader }) {
            forecast.entries.append(.init(symbol: leader, probability: share * probability(Int(leader))))
        }
    }

    private func probability(_ symbol: Int) -> Double { max(Double(counts[symbol]) - 0.5, 0) / Double(total) }
}

extension SymbolFrequencies {
    /// Writes the state, or reads it back; symbols lie below a limit.
    mutating func pass(through coder: inout SnapshotCoder, symbols: Int) throws(SnapshotError) {
        try coder.pass(list: &counts, upTo: min(SymbolFrequencies.most, symbols), empty: 0)
        try coder.check(counts.allSatisfy { $0 < .max / 2 }, "a symbol is counted too often")
        try coder.pass(&total)
        try coder.pass(&distinct)
        try coder.pass(list: &leaders, upTo: SymbolFrequencies.leading, empty: 0)
        let known = counts.count
        try coder.check(leaders.allSatisfy { $0 >= 0 && $0 < known }, "a leading symbol is not counted")
    }
}
