/// What `foretail bench match` found out.
struct MatchBenchResult {
    var rules = 0
    var events = 0
    /// Lines that are no valid JSON; they match nothing.
    var bad = 0
    var eventsPerSecond = 0.0
    var matches = 0
    var buildSeconds = 0.0
    var bytesPerFilter = 0.0
    var updatesPerSecond = 0.0
    /// Filters without access predicate.
    var scanned = 0
    /// Filters that were given another access predicate while matching.
    var replanned = 0

    /// The result as one JSON object.
    var json: String {
        """
        {"events_per_second":\(Int(eventsPerSecond)),"matches":\(matches),\
        "build_seconds":\(MatchBenchResult.rounded(buildSeconds, 1000)),\
        "index_bytes_per_filter":\(MatchBenchResult.rounded(bytesPerFilter, 10)),\
        "updates_per_second":\(Int(updatesPerSecond)),"rules":\(rules),"events":\(events),"scanned":\(scanned)}
        """
    }

    /// The result for people.
    var text: String {
        """
        rules             \(rules) (\(scanned) without access predicate)
        events            \(events)\(bad > 0 ? " (\(bad) invalid)" : "")
        events/s          \(Int(eventsPerSecond)) (thread CPU time, from raw bytes)
        matches           \(matches)
        build             \(MatchBenchResult.rounded(buildSeconds, 1000)) s
        index             \(MatchBenchResult.rounded(bytesPerFilter, 10)) bytes per filter
        updates/s         \(Int(updatesPerSecond)) while matching at half speed
        """
    }

    private static func rounded(_ value: Double, _ places: Double) -> Double { (value * places).rounded() / places }
}
