/// How a prediction ended.
public struct Outcome: Sendable {
    /// The four ends of a prediction.
    public enum Result: UInt8, Sendable {
        /// An event took the slot within the record's window and agreed in all asserted fields.
        case hit
        /// An event took the slot and did not agree.
        case wrong
        /// The window went by.
        case expired
        /// The record was taken back before its window ended; `reason` says why.
        case withdrawn
    }

    /// Why a record was withdrawn.
    public enum Reason: UInt8, Sendable {
        /// The request's filter was changed.
        case filterChanged
        /// The buffer needed the room.
        case evicted
        /// The request was removed.
        case requestRemoved
        /// The input ended.
        case endOfInput
        /// The request's time to live ended before the window.
        case ttl
        /// The key's series left the models.
        case seriesEvicted
        /// The program ends and begins again.
        case restart

        /// The printed form.
        public var name: String {
            switch self {
            case .filterChanged: "filter"
            case .evicted: "evicted"
            case .requestRemoved: "removed"
            case .endOfInput: "end"
            case .ttl: "ttl"
            case .seriesEvicted: "series"
            case .restart: "restart"
            }
        }
    }

    /// The difference between what came and what was expected.
    public struct FieldError: Sendable {
        /// The number of the field in its stream's catalogue.
        public var field: Int
        /// Actual minus predicted value.
        public var error: Double
    }

    /// The prediction that ended.
    public var prediction: Prediction
    /// How.
    public var result: Result
    /// Why, where it was withdrawn.
    public var reason: Reason?
    /// The position of the event that took the slot.
    public var position: Position?
    /// The event's time minus the time the record was made, in microseconds.
    public var leadMicroseconds: Int64?
    /// The numeric fields' errors, where an event took the slot.
    public var errors: [FieldError]
}
