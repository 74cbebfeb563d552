/// The result of comparing two values, as one bit, so that an operator is a mask of the results it accepts.
struct Comparison: OptionSet {
    let rawValue: UInt8

    static let less = Comparison(rawValue: 1)
    static let equal = Comparison(rawValue: 2)
    static let greater = Comparison(rawValue: 4)
    /// One side is NaN.
    static let unordered = Comparison(rawValue: 8)

    static let notEqual: Comparison = [.less, .greater, .unordered]
    static let atMost: Comparison = [.less, .equal]
    static let atLeast: Comparison = [.greater, .equal]

    /// Whether the operator also asks for an order, which not all types have.
    @inline(__always) var isOrdering: Bool { self != .equal && self != .notEqual }

    @inline(__always) init(rawValue: UInt8) { self.rawValue = rawValue }

    @inline(__always) init(_ left: Int64, _ right: Int64) {
        self = left < right ? .less : left == right ? .equal : .greater
    }

    @inline(__always) init(_ left: UInt64, _ right: UInt64) {
        self = left < right ? .less : left == right ? .equal : .greater
    }

    @inline(__always) init(_ left: Double, _ right: Double) {
        self = left < right ? .less : left == right ? .equal : left > right ? .greater : .unordered
    }

    /// Compares by mathematical value.
    init(_ left: Int64, _ right: UInt64) {
        self = left < 0 ? .less : Comparison(UInt64(left), right)
    }

    /// Compares as doubles: beyond 2^53 an integer is rounded first, as the conformance cases of CEL demand.
    @inline(__always) init(_ left: Int64, _ right: Double) { self.init(Double(left), right) }

    /// Compares as doubles: beyond 2^53 an integer is rounded first, as the conformance cases of CEL demand.
    @inline(__always) init(_ left: UInt64, _ right: Double) { self.init(Double(left), right) }

    init(_ left: String, _ right: String) {
        if left.utf8.elementsEqual(right.utf8) {
            self = .equal
        } else {
            self = left.utf8.lexicographicallyPrecedes(right.utf8) ? .less : .greater
        }
    }

    init(_ left: [UInt8], _ right: [UInt8]) {
        self = left == right ? .equal : left.lexicographicallyPrecedes(right) ? .less : .greater
    }

    /// The result with its sides exchanged.
    var flipped: Comparison {
        var result = self.intersection([.equal, .unordered])
        if contains(.less) { result.insert(.greater) }
        if contains(.greater) { result.insert(.less) }
        return result
    }
}
