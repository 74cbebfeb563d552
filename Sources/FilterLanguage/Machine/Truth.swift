/// The truth of a condition in one word: false, true, or a failure with the instruction that failed.
///
/// The low byte is 0, 1 or the raw value of a ``Failure``; the upper 24 bits are the instruction's number.
struct Truth: Equatable {
    let bits: UInt32

    @inline(__always) init(bits: UInt32) { self.bits = bits }
    @inline(__always) init(_ value: Bool) { bits = value ? 1 : 0 }
    @inline(__always) init(_ failure: Failure, at place: Int) {
        bits = UInt32(truncatingIfNeeded: place) << 8 | UInt32(failure.rawValue)
    }

    @inline(__always) static var isFalse: Truth { Truth(bits: 0) }
    @inline(__always) static var isTrue: Truth { Truth(bits: 1) }

    @inline(__always) var isFailure: Bool { bits > 1 }
    @inline(__always) var place: Int { Int(bits >> 8) }
    var failure: Failure? { Failure(rawValue: UInt8(truncatingIfNeeded: bits)) }

    /// The opposite; a failure stays one.
    @inline(__always) var negated: Truth { bits > 1 ? self : Truth(bits: bits ^ 1) }
}
