/// The numbers a value may be, as an interval of doubles: a number counts as the double nearest to it, so that whatever
/// is excluded here is excluded for integers beyond 2^53 as well.
struct NumberRange: Equatable {
    var low: Double
    var high: Double
    /// Whether `low` itself is excluded; only where neighbouring integers are exact.
    var isLowOpen = false
    var isHighOpen = false
    var mayBeNaN = false

    static let all = NumberRange(low: -.infinity, high: .infinity)
    static let allAndNaN = NumberRange(low: -.infinity, high: .infinity, mayBeNaN: true)
    /// What `size()` gives.
    static let counts = NumberRange(low: 0, high: .infinity)

    init(low: Double, high: Double, mayBeNaN: Bool = false) {
        self.low = low
        self.high = high
        self.mayBeNaN = mayBeNaN
    }

    /// One number.
    init(_ value: Double) {
        self.init(low: value, high: value)
        if value.isNaN { self = NumberRange(low: 1, high: 0, mayBeNaN: true) }
    }

    /// Below this magnitude a double stands for one integer.
    private static let exact = 0x1p53

    /// Whether no number but NaN is left.
    var hasNoNumber: Bool { low > high || (low == high && (isLowOpen || isHighOpen)) }
    var isEmpty: Bool { hasNoNumber && !mayBeNaN }

    /// Whether exactly one number is left.
    var isSingle: Bool { !mayBeNaN && low == high && !hasNoNumber && low.magnitude < NumberRange.exact }

    /// The numbers in both.
    func intersection(_ other: NumberRange) -> NumberRange {
        var result = self
        if other.low > low || (other.low == low && other.isLowOpen) {
            (result.low, result.isLowOpen) = (other.low, other.isLowOpen)
        }
        if other.high < high || (other.high == high && other.isHighOpen) {
            (result.high, result.isHighOpen) = (other.high, other.isHighOpen)
        }
        result.mayBeNaN = mayBeNaN && other.mayBeNaN
        return result
    }

    /// The smallest interval around both.
    func union(_ other: NumberRange) -> NumberRange {
        var result = self
        if hasNoNumber {
            result = other
        } else if !other.hasNoNumber {
            if other.low < low || (other.low == low && isLowOpen) {
                (result.low, result.isLowOpen) = (other.low, other.isLowOpen)
            }
            if other.high > high || (other.high == high && isHighOpen) {
                (result.high, result.isHighOpen) = (other.high, other.isHighOpen)
            }
        }
        result.mayBeNaN = mayBeNaN || other.mayBeNaN
        return result
    }

    /// The numbers for which a comparison with some number of `other` can hold; `mask` is what may come out of it.
    func restricted(_ mask: Comparison, _ other: NumberRange) -> NumberRange {
        guard !mask.contains(.unordered) else { return self }
        var bounds = NumberRange.all
        if !mask.contains(.less) {
            bounds.low = other.low
            bounds.isLowOpen = other.isLowOpen || (!mask.contains(.equal) && other.low.magnitude < NumberRange.exact)
        }
        if !mask.contains(.greater) {
            bounds.high = other.high
            bounds.isHighOpen = other.isHighOpen || (!mask.contains(.equal) && other.high.magnitude < NumberRange.exact)
        }
        if other.hasNoNumber { bounds = NumberRange(low: 1, high: 0) }
        return intersection(bounds)
    }

    /// What may come out of comparing a number of this range with one of the other.
    func comparisons(with other: NumberRange) -> Comparison {
        var result: Comparison = mayBeNaN || other.mayBeNaN ? .unordered : []
        guard !hasNoNumber, !other.hasNoNumber else { return result }
        for mask in [Comparison.less, .equal, .greater] where !restricted(mask, other).hasNoNumber {
            result.insert(mask)
        }
        return result
    }
}
