/// A fixed number of values spread evenly over an entire past, with the share of them that lies in a range.
///
/// Takes every value at first, every second once it is full, every fourth later: when it is full every other kept value
/// leaves and the stride doubles. Deterministic; no randomness.
///
/// ```swift
/// var sample = DecimatedSample(capacity: 64)
/// for value in 0..<1000 { sample.insert(Double(value)) }
/// sample.share(in: 0...499)   // about .5
/// ```
///
/// Cost: a counter for values that are not taken; an insertion among at most `capacity` for others.
public struct DecimatedSample: Sendable {
    /// The most values kept; even.
    public let capacity: Int
    /// How many values were offered.
    public private(set) var count = 0
    private var stride = 1
    private var skip = 0
    /// Values in order of arrival, and the same sorted.
    private var arrived: [Double] = []
    private var sorted: [Double] = []

    /// Creates an empty sample; `capacity` is rounded up to an even number.
    public init(capacity: Int = 96) {
        precondition(capacity > 0, "a sample holds something")
        self.capacity = (capacity + 1) & ~1
    }

    /// Offers a value; one that is not finite is ignored.
    public mutating func insert(_ value: Double) {
        guard value.isFinite else { return }
        count += 1
        if skip > 0 {
            skip -= 1
            return
        }
        skip = stride - 1
        if arrived.count == capacity { thin() }
        arrived.append(value)
        sorted.insert(value, at: DecimatedSample.place(of: value, in: sorted))
    }

    /// The share of the kept values that lies in a range, both ends included; 0 where there is none.
    public func share(in range: ClosedRange<Double>) -> Double {
        if sorted.isEmpty { return 0 }
        let below = DecimatedSample.place(of: range.lowerBound, in: sorted)
        let upTo = DecimatedSample.place(of: range.upperBound.nextUp, in: sorted)
        return Double(upTo - below) / Double(sorted.count)
    }

    /// Every second value leaves, and half as many come from now on.
    private mutating func thin() {
        var kept: [Double] = []
        kept.reserveCapacity(capacity)
        for index in Swift.stride(from: 0, to: arrived.count, by: 2) { kept.append(arrived[index]) }
        arrived = kept
        sorted = kept.sorted()
        stride *= 2
        skip = stride - 1
    }

    /// How many of the sorted values are smaller.
    private static func place(of value: Double, in sorted: [Double]) -> Int {
        var low = 0
        var high = sorted.count
        while low < high {
            let middle = (low + high) / 2
            if sorted[middle] < value { low = middle + 1 } else { high = middle }
        }
        return low
    }
}
