/// What a stream has counted since it was first seen.
public struct StreamCounters: Sendable, Hashable {
    /// Events processed.
    public var events = 0
    /// Events that matched at least one request.
    public var matched = 0
    /// Events whose position was known already: dropped.
    public var duplicates = 0
    /// Events behind their key's time by more than the allowed lateness: forwarded and judged.
    public var late = 0
    /// Texts that could not be read as an event: reported and skipped.
    public var bad = 0
    /// Texts that became messages because they were not JSON.
    public var messages = 0
    /// Events whose time field was missing or unreadable: they got the stream's time.
    public var withoutTime = 0
    /// Events that have none of the key's fields: they belong to the empty key.
    public var withoutKey = 0
    /// Events of the past that were learned before the first event.
    public var history = 0
    /// Events stamped more than a day ahead of the wall clock: they did not move the stream's clock.
    public var farFuture = 0
    /// Keys longer than their limit: cut.
    public var longKeys = 0
    /// Fields that changed their kind and were learned anew.
    public var kindChanges = 0

    /// Creates counters at zero.
    public init() {}
}
