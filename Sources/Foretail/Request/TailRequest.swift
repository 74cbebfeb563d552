public import FilterLanguage

/// A registered subscription: stream, filter, destination, and what it wants to know of the future.
public struct TailRequest: Sendable {
    /// Its identity.
    public let id: TailRequestID
    /// The stream it tails.
    public let streamName: String
    /// The filter; nil matches every event.
    public internal(set) var filter: Filter?
    /// Where its records go.
    public let destination: DestinationID
    /// Its prediction settings; nil: it only tails.
    public let prediction: PredictionSettings?
}
