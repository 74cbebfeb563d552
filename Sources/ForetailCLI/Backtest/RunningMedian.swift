/// The median of all numbers so far: exact up to a limit, then of every second, every fourth, …
///
/// The forecast of whoever knows nothing but what values are like: where no model beats it, the values are noise.
struct RunningMedian: Sendable {
    /// Numbers kept.
    static let limit = 1_024
    private var sorted: [Double] = []
    private var stride = 1
    private var count = 0

    /// The median, the upper one of two; not a number before any.
    var median: Double { sorted.isEmpty ? .nan : sorted[sorted.count / 2] }

    /// Takes in a number; what is none is passed over.
    mutating func learn(_ number: Double) {
        guard number.isFinite else { return }
        defer { count += 1 }
        guard count % stride == 0 else { return }
        if sorted.count >= Self.limit {
            sorted = Swift.stride(from: 0, to: sorted.count, by: 2).map { sorted[$0] }
            stride *= 2
            guard count % stride == 0 else { return }
        }
        var low = 0
        var high = sorted.count
        while low < high {
            let middle = (low + high) / 2
            if sorted[middle] < number { low = middle + 1 } else { high = middle }
        }
        sorted.insert(number, at: low)
    }
}
