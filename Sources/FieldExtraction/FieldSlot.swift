/// One extracted field of one event: its kind, and its number or its bytes where they stand.
///
/// A slot owns nothing: `start` points into the event's bytes (or an arena beside them) and is valid as long as those are.
/// 24 bytes; a row of slots, one per path of a ``FieldPlan``, is all that filters and models see of an event.
@safe public struct FieldSlot {
    /// What was found at the path.
    public enum Kind: UInt8, Sendable {
        /// Nothing stands at the path.
        case missing
        /// JSON `null`.
        case null
        /// JSON `true` or `false`; `bits` is 1 or 0.
        case boolean
        /// A number without fraction and exponent that fits 64 bits signed; `bits` is its pattern.
        case integer
        /// Any other number; `bits` is the pattern of the nearest double.
        case double
        /// A string; `start` and `length` give its content without quotes, still in its `encoding`.
        case string
        /// An instant (metadata only); `bits` is microseconds since 1970 as in ``Timestamp``.
        case timestamp
        /// A JSON object; `start` and `length` span its text from `{` to `}`.
        case object
        /// A JSON array; `start` and `length` span its text from `[` to `]`.
        case array
    }

    /// How the bytes of a string stand for its characters.
    public enum Encoding: UInt8, Sendable {
        /// The bytes are the characters, in UTF-8.
        case plain
        /// JSON text with at least one backslash escape.
        case jsonEscaped
        /// The inside of a quoted CSV field with at least one doubled quote.
        case csvQuoted
    }

    /// The number's or boolean's bits; 0 otherwise.
    public var bits: UInt64
    /// The first byte of the field's text: a string's content, a number's digits, an object from its brace.
    public var start: UnsafePointer<UInt8>?
    /// The number of bytes at `start`.
    public var length: UInt32
    /// What was found.
    public var kind: Kind
    /// How a string's bytes are written; `plain` for all other kinds.
    public var encoding: Encoding

    /// Creates a slot.
    @safe @inlinable
    public init(
        kind: Kind, bits: UInt64 = 0, start: UnsafePointer<UInt8>? = nil, length: Int = 0, encoding: Encoding = .plain
    ) {
        self.bits = bits
        unsafe self.start = start
        self.length = UInt32(truncatingIfNeeded: length)
        self.kind = kind
        self.encoding = encoding
    }

    /// A slot with nothing in it.
    @inlinable public static var missing: FieldSlot { FieldSlot(kind: .missing) }
    /// A slot holding a double.
    @inlinable public static func double(_ value: Double) -> FieldSlot {
        FieldSlot(kind: .double, bits: value.bitPattern)
    }
    /// A slot holding an integer.
    @inlinable public static func integer(_ value: Int64) -> FieldSlot {
        FieldSlot(kind: .integer, bits: UInt64(bitPattern: value))
    }
    /// A slot holding a boolean.
    @inlinable public static func boolean(_ value: Bool) -> FieldSlot { FieldSlot(kind: .boolean, bits: value ? 1 : 0) }

    /// The value of a number as a double; nil for every other kind. Integers beyond 2^53 are rounded.
    @inlinable public var number: Double? {
        switch kind {
        case .integer: Double(Int64(bitPattern: bits))
        case .double: Double(bitPattern: bits)
        default: nil
        }
    }

    /// The field's text where it stands, undecoded. Valid as long as the event's bytes are.
    @inlinable public var text: UnsafeBufferPointer<UInt8> {
        unsafe UnsafeBufferPointer(start: start, count: Int(length))
    }
}
