/// The quantiles of all numbers so far, of a sorted sample: exact up to a capacity, then of every second, fourth, … number.
///
/// ```swift
/// var quantiles = EmpiricalQuantiles(capacity: 1_024)
/// for number in [5.0, 1, 9] { quantiles.learn(number) }
/// quantiles.quantile(0.5)      // 5
/// ```
///
/// Cost: the logarithm of the capacity, and moving half of the sample.
public struct EmpiricalQuantiles: Sendable {
    private let capacity: Int
    private var sorted: [Double] = []
    private var stride = 1
    private var count = 0

    /// Creates an empty sample of at most `capacity` numbers, an even count.
    public init(capacity: Int = 8_192) {
        precondition(capacity >= 2 && capacity.isMultiple(of: 2), "a sample is halved when it is full")
        self.capacity = capacity
    }

    /// The bytes of the sample.
    public var bytes: Int { sorted.count * MemoryLayout<Double>.stride }

    /// Takes in a number; infinities and what is no number are passed over.
    public mutating func learn(_ number: Double) {
        guard number.isFinite else { return }
        count += 1
        guard count % stride == 0 else { return }
        if sorted.count == capacity {
            for index in 0..<(capacity / 2) { sorted[index] = sorted[2 * index + index & 1] }
            sorted.removeLast(capacity / 2)
            stride *= 2
        }
        var low = 0
        var high = sorted.count
        while low < high {
            let middle = (low + high) / 2
            if sorted[middle] < number { low = middle + 1 } else { high = middle }
        }
        sorted.insert(number, at: low)
    }

    /// The quantile at a level from 0 to 1, the upper one of two; not a number before any.
    public func quantile(_ level: Double) -> Double {
        sorted.isEmpty ? .nan : sorted[min(Int(level * Double(sorted.count)), sorted.count - 1)]
    }
}
