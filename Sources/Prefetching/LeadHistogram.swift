/// A histogram of distances: exact to 63, four bins a doubling beyond. Memory: 1 KB.
struct LeadHistogram: Sendable, Equatable {
    private static let exact = 64
    private var bins = [Int](repeating: 0, count: exact + 64)
    private var count = 0

    /// Counts a distance.
    mutating func add(_ distance: Int) {
        count += 1
        guard distance >= Self.exact else {
            bins[max(0, distance)] += 1
            return
        }
        let doubling = Int.bitWidth - 1 - distance.leadingZeroBitCount
        bins[min(bins.count - 1, Self.exact + (doubling - 6) * 4 + (distance >> (doubling - 2)) & 3)] += 1
    }

    /// The distance at a level from 0 to 1, beyond 63 the lower end of its bin; 0 where nothing was counted.
    func quantile(_ level: Double) -> Int {
        guard count > 0 else { return 0 }
        let rank = Int(min(max(level, 0), 1) * Double(count - 1))
        var below = 0
        for bin in bins.indices {
            below += bins[bin]
            guard below > rank else { continue }
            let beyond = bin - Self.exact
            return beyond < 0 ? bin : (4 + beyond & 3) << (4 + beyond / 4)
        }
        return 0
    }
}
