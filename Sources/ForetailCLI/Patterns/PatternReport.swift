import Forecasting

/// What `foretail patterns` found in a source.
struct PatternReport {
    /// The source's name.
    var source: String
    /// The events read.
    var events: Int
    /// The lines that were no events.
    var bad: Int
    /// The keys seen.
    var keyCount: Int
    /// Whether events belong to keys.
    var hasKey = false
    /// The field with the time, named or found.
    var timeField: String?
    /// The series shown, busiest first.
    var series: [SeriesPatterns] = []

    init(source: String, events: Int, bad: Int, keyCount: Int) {
        self.source = source
        self.events = events
        self.bad = bad
        self.keyCount = keyCount
    }
}
