#if Server
/// How records are handed to readers.
struct DeliverySettings: Sendable {
    /// Bytes of records that a feed keeps for readers near the head.
    var feedBytes = 1 << 20
    /// Bytes of records that all feeds together keep; where there are many, each has its share of them.
    var feedsBytes = 256 << 20
    /// Bytes written to a reader at a time, at most.
    var writeBytes = 256 << 10
    /// Silence after which a reader is sent a heartbeat, in microseconds.
    var heartbeatMicroseconds: Int64 = 15_000_000
    /// How often a shard looks at the clock, in microseconds.
    var tickMicroseconds: Int64 = 250_000
    /// Feeds up to which each publication wakes its readers at once; beyond it they are woken together, at intervals.
    var immediateFeeds = 32
    /// Microseconds between two wakings, for each feed.
    var flushMicrosecondsPerFeed: Int64 = 50

    /// Bytes that each of so many feeds keeps.
    func feedShare(feeds: Int, shards: Int) -> Int { min(feedBytes, feedsBytes / max(1, shards) / max(1, feeds)) }

    /// Microseconds between two wakings: a write to a reader costs some 20 µs of processor time, so the more there are, the
    /// more records have to share one.
    func flushMicroseconds(feeds: Int) -> Int64 {
        feeds <= immediateFeeds ? 0 : min(100_000, Int64(feeds) * flushMicrosecondsPerFeed)
    }
}
#endif
