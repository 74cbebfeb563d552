/// An instant in microseconds since 1970-01-01T00:00:00Z, leap seconds ignored.
///
/// Microseconds cover the years 0001 to 9999 in 64 bits, which nanoseconds do not; finer digits of an input are cut off.
public struct Timestamp: Hashable, Comparable, Sendable {
    /// Microseconds since the epoch; negative before it.
    public var microseconds: Int64

    /// Creates an instant from microseconds since the epoch.
    @inlinable public init(microseconds: Int64) { self.microseconds = microseconds }

    /// Whether `left` is earlier than `right`.
    @inlinable public static func < (left: Timestamp, right: Timestamp) -> Bool {
        left.microseconds < right.microseconds
    }
}
