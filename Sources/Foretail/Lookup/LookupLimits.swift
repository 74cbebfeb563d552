/// The named bounds of a stage of lookups.
public struct LookupLimits: Sendable {
    /// Bytes that staged rows may hold; the least recently used leave beyond.
    public var stagedBytes = 64 << 20
    /// Bytes that the last events of keys may hold; the keys that were quiet for longest leave beyond.
    public var historyBytes = 64 << 20
    /// Stored events that are read for them when a lookup begins.
    public var historyEvents = 1_000_000
    /// Records that may wait; beyond, the one whose time is over next leaves as it is.
    public var waitingRecords = 65_536
    /// Fetches that may be planned; what is expected beyond is not fetched ahead.
    public var plannedFetches = 65_536
    /// Keys of a stream whose last lookup is remembered, for each lookup.
    public var rememberedKeys = 65_536
    /// Bytes of what is learned of the keys that events of one statement need, at most.
    public var predictorBytes = 16 << 20
    /// Lookups that one tail request may have.
    public var lookups = 8
    /// The share of fetches ahead of expected events that must be of use, at the lower bound of what was measured, for an event's rows to
    /// be fetched: its probability, times how often such keys were right, over how often rows must be read until its window ends.
    public var prefetchPrecision = 0.25
    /// How often rows are read again for one expected event that does not come.
    public var refreshes = 8

    /// Creates the default limits.
    public init() {}
}
