public import FieldExtraction

/// A record written before its event: key, slot, time window, fields, probability, expiry. Immutable.
///
/// It ends in exactly one ``Outcome``.
public final class Prediction: Sendable {
    /// Its identity.
    public let id: PredictionID
    /// The request whose buffer holds it.
    public let request: TailRequestID
    /// The number of the key's series within the stream.
    public let series: Int32
    /// The key's bytes; empty for a stream without a key.
    public let key: [UInt8]
    /// The ordinal of the expected event among those of its key.
    public let slot: Int
    /// How many events of the key ahead the expected event was when the record was written.
    public let step: Int
    /// The key's largest event time when the record was written.
    public let made: Timestamp
    /// The expected event time.
    public let time: Timestamp
    /// The first instant of the window, included.
    public let windowStart: Timestamp
    /// The last instant of the window, included.
    public let windowEnd: Timestamp
    /// What is expected of the event's fields.
    public let fields: [FieldPrediction]
    /// The probability that a matching event comes in the window.
    public let matchProbability: Double
    /// The calibrated probability that the record ends as a hit.
    public let confidence: Double
    /// The share of the past that would have agreed with the record.
    public let baseRate: Double
    /// When the record leaves the buffer at the latest.
    public let expires: Timestamp
    /// The scores behind `confidence`, which the calibrators learn from.
    let scores: PredictionScores
    /// The number of the step among those its request asked for.
    let stepIndex: Int
    /// The asserted field; nil where the arrival alone, or the filter's match, is asserted.
    let assertion: Assertion?
    /// Further asserted fields (`--assert`).
    let furtherAssertions: [Assertion]
    /// The tags of the asserted category's alternatives that are probable enough to be staged too, most probable first.
    let alternatives: [Double]

    init(
        id: PredictionID, request: TailRequestID, series: Int32, key: [UInt8], slot: Int, step: Int, made: Timestamp,
        time: Timestamp,
        windowStart: Timestamp, windowEnd: Timestamp, fields: [FieldPrediction], matchProbability: Double,
        confidence: Double, baseRate: Double, expires: Timestamp, scores: PredictionScores, stepIndex: Int,
        assertion: Assertion?, furtherAssertions: [Assertion], alternatives: [Double] = []
    ) {
        self.id = id
        self.request = request
        self.series = series
        self.key = key
        self.slot = slot
        self.step = step
        self.made = made
        self.time = time
        self.windowStart = windowStart
        self.windowEnd = windowEnd
        self.fields = fields
        self.matchProbability = matchProbability
        self.confidence = confidence
        self.baseRate = baseRate
        self.expires = expires
        self.scores = scores
        self.stepIndex = stepIndex
        self.assertion = assertion
        self.furtherAssertions = furtherAssertions
        self.alternatives = alternatives
    }

    /// Whether the request's time to live takes the record before its window ends. Any other record waits for its slot,
    /// even when a later record has moved the slot beyond this one's window.
    var isShortLived: Bool { expires < windowEnd }

    /// Whether an event at `time` agrees: in the window, matching the request's filter, all asserted fields right.
    ///
    /// - Parameter readings: The event's values, two per learned field, see ``Assertion/reading``.
    func agrees(time: Timestamp, matched: Bool, readings: [Double]) -> Bool {
        guard matched, windowStart <= time, time <= windowEnd else { return false }
        if let assertion, !assertion.agrees(with: readings[assertion.reading]) { return false }
        for further in furtherAssertions where !further.agrees(with: readings[further.reading]) { return false }
        return true
    }

    /// Whether an event that does not agree is one of the alternatives that were staged.
    func staged(time: Timestamp, matched: Bool, readings: [Double]) -> Bool {
        guard matched, windowStart <= time, time <= windowEnd, let assertion, assertion.isCategory else { return false }
        return alternatives.contains(readings[assertion.reading])
    }

    /// Whether the past alone makes the record likely; such records stay out of the headline figures.
    public var isTrivial: Bool { baseRate > 0.5 }

    /// The bytes the record is counted with in the buffer's budget.
    package var byteCount: Int {
        var bytes = 192 + alternatives.count * 8 + fields.count * MemoryLayout<FieldPrediction>.stride
        for field in fields {
            if case .category(let category) = field.content {
                bytes += category.alternatives.count * MemoryLayout<FieldPrediction.Category.Choice>.stride
            }
        }
        return bytes
    }
}
