/// The running frequencies of a field's values: what is known of the next one by whoever looks at nothing else.
///
/// It stays small on endless values: beyond ``BacktestLimits/values`` distinct ones new ones are not counted.
struct CategoryFrequencies: Sendable {
    /// The most frequent values that are kept in order.
    static let leaders = 9

    /// Values seen, repetitions included.
    private(set) var count = 0
    private var places: [Double: Int] = [:]
    private var counts: [Int] = []
    /// The places of the most frequent values, falling; of equally frequent ones, the one seen first.
    private var ranking: [Int] = []

    /// Distinct values seen.
    var distinct: Int { counts.count }

    /// How often a value was seen before, and its rank among the most frequent; nil beyond ``leaders``.
    func standing(of tag: Double) -> (count: Int, rank: Int?) {
        guard let place = places[tag] else { return (0, nil) }
        return (counts[place], ranking.firstIndex(of: place))
    }

    /// Counts a value.
    mutating func learn(_ tag: Double) {
        count += 1
        guard let place = place(of: tag) else { return }
        counts[place] += 1
        var rank = ranking.firstIndex(of: place) ?? ranking.count
        if rank == ranking.count { ranking.append(place) }
        while rank > 0, precedes(place, ranking[rank - 1]) {
            ranking.swapAt(rank, rank - 1)
            rank -= 1
        }
        if ranking.count > Self.leaders { ranking.removeLast() }
    }

    private func precedes(_ place: Int, _ other: Int) -> Bool {
        counts[place] > counts[other] || counts[place] == counts[other] && place < other
    }

    private mutating func place(of tag: Double) -> Int? {
        if let place = places[tag] { return place }
        guard counts.count < BacktestLimits.values else { return nil }
        places[tag] = counts.count
        counts.append(0)
        return counts.count - 1
    }
}
