import Foretail

/// What the status line shows.
struct StatusFigures: Hashable, Sendable {
    /// Events so far.
    var events = 0
    /// Matched events so far.
    var matched = 0
    /// Whether there is anything to say of predictions.
    var predicts = false
    /// Matched events that were hits ÷ matched events.
    var hitRatio: Double?
    /// Hits ÷ records judged.
    var precision: Double?
    /// The probability that the next matching event is a hit.
    var confidence: Double?
    /// Live slots in the buffer.
    var bufferSize = 0
    /// Bytes in the buffer.
    var bufferBytes = 0

    /// Creates figures at zero.
    init() {}

    /// Gathers the figures of a request; without `confidence` it only tails.
    init(stream: StreamStatus, confidence: PredictionConfidence?, buffer: BufferStatus?) {
        events = stream.counters.events
        matched = confidence?.samples ?? stream.counters.matched
        predicts = confidence != nil && buffer != nil
        hitRatio = confidence?.hitRatio
        precision = confidence?.precision
        self.confidence = confidence?.confidence
        bufferSize = buffer?.size ?? 0
        bufferBytes = buffer?.bytes ?? 0
    }
}
