public import FieldExtraction

/// What a filter says of one event.
@frozen public enum FilterOutcome: Hashable, Sendable {
    /// The event matches.
    case match
    /// The event does not match.
    case noMatch
    /// The event does not match because it lacks the field of that slot, on which the answer rests.
    case missingField(slot: Int)
    /// The event does not match because the filter has no answer for it.
    case failure(FilterFailure)

    /// Whether the event is to be forwarded.
    @inlinable public var isMatch: Bool {
        if case .match = self { true } else { false }
    }
}

/// Why a filter had no answer, compactly enough to be counted: equal failures are one cause.
///
/// ``BoundFilter/failureDescription(_:)`` makes a sentence of it.
public struct FilterFailure: Hashable, Sendable {
    /// What happened.
    public var reason: Failure
    /// The number of the instruction that failed; names the place in the source.
    public var instruction: Int32
    /// The slot the instruction read, or -1.
    public var slot: Int32
    /// The kind of value that was in the slot.
    public var kind: FieldSlot.Kind

    var found: String {
        switch kind {
        case .missing: "missing"
        case .null: "null"
        case .boolean: "a boolean"
        case .integer, .double: "a number"
        case .string: "a string"
        case .timestamp: "a timestamp"
        case .object: "an object"
        case .array: "an array"
        }
    }
}
