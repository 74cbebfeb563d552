#if Server
import FieldExtraction

/// A shard's counters and memory, as they are shown.
struct ShardFigures: Sendable {
    private var counters = ShardCounters()
    /// Bytes of live predictions.
    private(set) var bufferBytes = 0
    /// Bytes of models.
    private(set) var modelBytes = 0
    /// Bytes of records kept for readers.
    private(set) var feedBytes = 0

    init(counters: ShardCounters, memory: (bufferBytes: Int, modelBytes: Int), feedBytes: Int) {
        self.counters = counters
        self.feedBytes = feedBytes
        bufferBytes = memory.bufferBytes
        modelBytes = memory.modelBytes
    }

    init() {}

    /// The figures of all shards together.
    init(sumOf parts: [ShardFigures]) {
        for part in parts { add(part) }
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
    }

    /// The figures of one shard.
    func document(number: Int, waitingBytes: Int) -> JSONValue {
        JSONValue(members: [
            ("shard", .number(number)), ("events", .number(counters.events)), ("forwards", .number(counters.forwards)),
            ("predictions", .number(counters.announcements)), ("hits", .number(counters.hits)),
            ("wrong", .number(counters.wrong)), ("expired", .number(counters.expired)),
            ("withdrawn", .number(counters.withdrawn)), ("waitingBytes", .number(waitingBytes)),
            ("bufferBytes", .number(bufferBytes)), ("modelBytes", .number(modelBytes)),
            ("feedBytes", .number(feedBytes)),
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
        text.single("foretail_feed_bytes", "gauge", "Bytes of records kept for readers.", feedBytes)
    }
}
#endif
