/// What was found in one field of a series.
public struct FieldPatterns: Sendable, Equatable {
    /// The field's name.
    public var name: String
    /// What its values are.
    public var summary: FieldSummary
    /// What repeats and what shifts; nil for fields that are not numbers.
    public var numeric: NumericPatterns?

    /// Creates the report of a field.
    public init(name: String, summary: FieldSummary, numeric: NumericPatterns?) {
        self.name = name
        self.summary = summary
        self.numeric = numeric
    }
}

/// What was found in a series: when its events come, and what its fields do.
public struct SeriesPatterns: Sendable, Equatable {
    /// The series' key; empty for a stream without a key.
    public var key: String
    /// Its events so far, including those no longer kept.
    public var eventCount: Int
    /// The time of the first event, in microseconds; nil where events have no time.
    public var firstMicroseconds: Int64?
    /// The time of the last event.
    public var lastMicroseconds: Int64?
    /// The time from the first event to the last; 0 where events have no time.
    public var span: Int64 { (lastMicroseconds ?? 0) - (firstMicroseconds ?? lastMicroseconds ?? 0) }
    /// When events come; nil where they have no time, or are fewer than five.
    public var arrival: ArrivalPattern?
    /// The fields.
    public var fields: [FieldPatterns]

    /// Creates the report of a series.
    public init(
        key: String, eventCount: Int, firstMicroseconds: Int64?, lastMicroseconds: Int64?, arrival: ArrivalPattern?,
        fields: [FieldPatterns]
    ) {
        self.key = key
        self.eventCount = eventCount
        self.firstMicroseconds = firstMicroseconds
        self.lastMicroseconds = lastMicroseconds
        self.arrival = arrival
        self.fields = fields
    }
}
