public import FieldExtraction

/// What is expected of a key at a time ahead, announced or not; see ``PredictiveBufferManager/next(for:key:inMicroseconds:now:)``.
public struct NextPrediction: Sendable {
    /// The key's bytes; empty for a stream without a key.
    public let key: [UInt8]
    /// The stream's time when it was asked for.
    public let asked: Timestamp
    /// How far ahead of that was asked for, in microseconds.
    public let inMicroseconds: Int64
    /// When the event is expected.
    public let time: Timestamp
    /// The window that it is expected in, both ends included.
    public let window: ClosedRange<Timestamp>
    /// How many events of the key ahead of its last one it is.
    public let step: Int
    /// What is expected of the event's fields. Nothing of it decides anything: there is no tolerance.
    public let fields: [FieldPrediction]
    /// The probability that a matching event comes in the window.
    public let matchProbability: Double
    /// The calibrated probability that a record of it would end as a hit.
    public let confidence: Double
    /// The key's largest event time: what is known of it is as old as that.
    public let made: Timestamp

    init(
        _ candidate: StreamState.Candidate, key: [UInt8], asked: Timestamp, inMicroseconds: Int64
    ) {
        self.key = key
        self.asked = asked
        self.inMicroseconds = inMicroseconds
        time = candidate.time
        window = candidate.windowStart...candidate.windowEnd
        step = candidate.step
        fields = candidate.fields.map { field in
            switch field.content {
            case .numeric(var numeric):
                numeric.tolerance = nil
                return FieldPrediction(field: field.field, content: .numeric(numeric))
            case .category(var category):
                category.isAsserted = false
                return FieldPrediction(field: field.field, content: .category(category))
            }
        }
        matchProbability = candidate.matchProbability
        confidence = candidate.confidence
        made = candidate.made
    }

    /// What is expected of a numeric field, by its number in the stream's catalogue; nil where it is none, or nothing is known.
    public func number(field: Int) -> FieldPrediction.Numeric? {
        for entry in fields where entry.field == field {
            if case .numeric(let numeric) = entry.content { return numeric }
        }
        return nil
    }
}
