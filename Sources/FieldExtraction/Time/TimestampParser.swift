/// A reader of a stream's time field, whatever its form, that fixes the unit of epoch numbers with the first it meets.
///
///     var parser = TimestampParser()
///     parser.parse(slot)      // 1482165137514: milliseconds, from now on
///
/// Texts are read as ``Timestamp/init(parsing:)-(UnsafeBufferPointer<UInt8>)`` does; numbers, and strings that hold one, as
/// time since 1970. The unit follows from the size of the first number: below 1e11 seconds (to the year 5138; so are 0, 1,
/// 2… and 1482165137.514), below 1e14 milliseconds, below 1e17 microseconds, else nanoseconds. A stream that starts near
/// zero in another unit needs `init(unit:)`.
public struct TimestampParser: Sendable {
    /// What one of a stream's epoch numbers counts.
    public enum Unit: Int64, Sendable {
        /// Seconds.
        case seconds = 1_000_000_000
        /// Thousandths of a second.
        case milliseconds = 1_000_000
        /// Millionths of a second.
        case microseconds = 1000
        /// Thousand millionths of a second.
        case nanoseconds = 1
    }

    /// The unit of epoch numbers, once known.
    public private(set) var unit: Unit?

    /// Creates a parser, for a unit if it is known beforehand.
    public init(unit: Unit? = nil) { self.unit = unit }

    /// The instant in a slot; nil if there is none, or none between the years 0001 and 9999.
    public mutating func parse(_ slot: FieldSlot) -> Timestamp? {
        switch slot.kind {
        case .string where slot.encoding == .plain: return unsafe parse(unsafe slot.text)
        case .string:
            guard slot.length < 200 else { return nil }
            var decoded: [UInt8] = []
            JSONString.decode(slot, into: &decoded)
            return parse(decoded)
        case .integer: return parse(integer: Int64(bitPattern: slot.bits))
        case .double: return parse(double: Double(bitPattern: slot.bits))
        case .timestamp: return Timestamp(microseconds: Int64(bitPattern: slot.bits))
        case .missing, .null, .boolean, .object, .array: return nil
        }
    }

    /// The instant in a text: a date and time, or a number.
    public mutating func parse(_ text: UnsafeBufferPointer<UInt8>) -> Timestamp? {
        let trimmed = unsafe ByteView(text).trimmed()
        if let value = unsafe Timestamp(parsing: trimmed) { return value }
        guard let number = unsafe NumberText.lenient(trimmed) else { return nil }
        return parse(number)
    }

    private mutating func parse(_ text: [UInt8]) -> Timestamp? {
        unsafe text.withUnsafeBufferPointer { unsafe parse($0) }
    }

    private mutating func parse(integer: Int64) -> Timestamp? {
        let unit = fix(Double(integer))
        let microseconds: Int64
        if unit == .nanoseconds {
            // Downwards, so that finer digits are cut off before 1970 as well.
            microseconds = integer / 1000 - (integer % 1000 < 0 ? 1 : 0)
        } else {
            let (product, overflow) = integer.multipliedReportingOverflow(by: unit.rawValue / 1000)
            if overflow { return nil }
            microseconds = product
        }
        return checked(Timestamp(microseconds: microseconds))
    }

    private mutating func parse(double: Double) -> Timestamp? {
        guard double.isFinite else { return nil }
        let microseconds = double * (Double(fix(double).rawValue) / 1000)
        // Rounded, not cut: the double nearest to 0.514 may lie below it.
        guard let whole = Int64(exactly: microseconds.rounded()) else { return nil }
        return checked(Timestamp(microseconds: whole))
    }

    private func checked(_ value: Timestamp) -> Timestamp? {
        value >= .earliest && value <= .latest ? value : nil
    }

    private mutating func fix(_ value: Double) -> Unit {
        if let unit { return unit }
        let unit: Unit =
            switch value.magnitude {
            case ..<1e11: .seconds
            case ..<1e14: .milliseconds
            case ..<1e17: .microseconds
            default: .nanoseconds
            }
        self.unit = unit
        return unit
    }
}
