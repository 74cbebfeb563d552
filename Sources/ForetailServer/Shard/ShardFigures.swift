#if Server
import FieldExtraction
import Foretail

/// A shard's counters and memory, as they are shown.
struct ShardFigures: Sendable {
    private var counters = ShardCounters()
    /// Bytes of live predictions.
    private(set) var bufferBytes = 0
    /// Bytes of models.
    private(set) var modelBytes = 0
    /// Bytes of records kept for readers.
    private(set) var feedBytes = 0
    /// What became of lookups.
    private(set) var lookups = LookupStatistics()
    /// Bytes of staged rows.
    private(set) var stagedBytes = 0
    /// Bytes of the last events of keys.
    private(set) var keyHistoryBytes = 0
    /// Records that wait for rows.
    private(set) var waitingRecords = 0

    init(
        counters: ShardCounters, memory: (bufferBytes: Int, modelBytes: Int), feedBytes: Int,
        lookups: (statistics: LookupStatistics, stagedBytes: Int, historyBytes: Int, waiting: Int)
    ) {
        self.lookups = lookups.statistics
        stagedBytes = lookups.stagedBytes
        keyHistoryBytes = lookups.historyBytes
        waitingRecords = lookups.waiting
        self.counters = counters
        self.feedBytes = feedBytes
        bufferBytes = memory.bufferBytes
        modelBytes = memory.modelBytes
    }

    init() {}

    /// The figures of all shards together.
    init(sumOf parts: [ShardFigures]) {
        for part in parts { add(part) }
        lookups = LookupStatistics(sumOf: parts.map(\.lookups))
    }

    private mutating func add(_ other: ShardFigures) {
        counters.events += other.counters.events
        counters.forwards += other.counters.forwards
        counters.announcements += other.counters.announcements
        counters.hits += other.counters.hits
        counters.wrong += other.counters.wrong
        counters.expired += other.counters.expired
        counters.withdrawn += other.counters.withdrawn
        bufferBytes += other.bufferBytes
        modelBytes += other.modelBytes
        feedBytes += other.feedBytes
        stagedBytes += other.stagedBytes
        keyHistoryBytes += other.keyHistoryBytes
        waitingRecords += other.waitingRecords
    }

    /// The figures of one shard.
    func document(number: Int, waitingBytes: Int) -> JSONValue {
        JSONValue(members: [
            ("shard", .number(number)), ("events", .number(counters.events)), ("forwards", .number(counters.forwards)),
            ("predictions", .number(counters.announcements)), ("hits", .number(counters.hits)),
            ("wrong", .number(counters.wrong)), ("expired", .number(counters.expired)),
            ("withdrawn", .number(counters.withdrawn)), ("waitingBytes", .number(waitingBytes)),
            ("bufferBytes", .number(bufferBytes)), ("modelBytes", .number(modelBytes)),
            ("feedBytes", .number(feedBytes)), ("stagedBytes", .number(stagedBytes)),
            ("keyHistoryBytes", .number(keyHistoryBytes)),
            ("waitingRecords", .number(waitingRecords)),
        ])
    }

    /// Appends the figures as metrics.
    func append(to text: inout Exposition) {
        text.single("foretail_processed_events_total", "counter", "Events matched and learned.", counters.events)
        text.single(
            "foretail_forwarded_events_total", "counter", "Matched events, once for each tail request.",
            counters.forwards)
        text.single(
            "foretail_predictions_total", "counter", "Predictions announced.", counters.announcements)
        let outcomes = "foretail_outcomes_total"
        text.begin(outcomes, "counter", "Predictions that ended, by result.")
        text.add(outcomes, [("result", "hit")], Double(counters.hits))
        text.add(outcomes, [("result", "wrong")], Double(counters.wrong))
        text.add(outcomes, [("result", "expired")], Double(counters.expired))
        text.add(outcomes, [("result", "withdrawn")], Double(counters.withdrawn))
        text.single("foretail_buffer_bytes", "gauge", "Bytes of live predictions.", bufferBytes)
        text.single("foretail_model_bytes", "gauge", "Bytes of models.", modelBytes)
        appendLookups(to: &text)
        text.single("foretail_feed_bytes", "gauge", "Bytes of records kept for readers.", feedBytes)
    }

    private func appendLookups(to text: inout Exposition) {
        let results = "foretail_lookups_total"
        text.begin(results, "counter", "Lookups of forwarded events, by where their rows came from.")
        for (source, count) in [
            ("staged", lookups.staged), ("fetched", lookups.fetched), ("timeout", lookups.timeouts),
            ("none", lookups.none),
        ] {
            text.add(results, [("source", source)], Double(count))
        }
        text.single(
            "foretail_lookup_dropped_events_total", "counter", "Events not forwarded because a lookup found no row.",
            lookups.dropped)
        let fetches = "foretail_lookup_fetches_total"
        text.begin(fetches, "counter", "Keys asked of stores, by whether an event waited.")
        text.add(fetches, [("purpose", "demand")], Double(lookups.demandFetches))
        text.add(fetches, [("purpose", "prefetch")], Double(lookups.prefetches))
        let prefetches = "foretail_lookup_prefetches_ended_total"
        text.begin(prefetches, "counter", "Prefetches that ended, by result.")
        for (result, count) in [("useful", lookups.useful), ("late", lookups.late), ("wasted", lookups.wasted)] {
            text.add(prefetches, [("result", result)], Double(count))
        }
        text.single(
            "foretail_lookup_failures_total", "counter", "Keys that stores gave no rows for, with an error.",
            lookups.failures)
        text.single(
            "foretail_lookup_polluted_total", "counter",
            "Rows that plain LRU would have held, and that had made room for what was fetched ahead.", lookups.polluted)
        text.single("foretail_staged_bytes", "gauge", "Bytes of staged rows.", stagedBytes)
        text.single("foretail_key_history_bytes", "gauge", "Bytes of the last events of keys.", keyHistoryBytes)
        text.single("foretail_waiting_records", "gauge", "Records that wait for rows.", waitingRecords)
    }
}
#endif
