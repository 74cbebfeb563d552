/// What was asked of a store, and how it answered.
public struct ReferenceFigures: Sendable, Hashable {
    /// Fetches made, each of one key or many.
    public var fetches = 0
    /// Keys asked for in them.
    public var keys = 0
    /// Fetches that failed as a whole.
    public var failures = 0
    /// Fetches that were given up because they took too long.
    public var timeouts = 0
    /// Keys that were refused without asking.
    public var refused = 0
    /// Keys that wait.
    public var waiting = 0
    /// Fetches under way.
    public var underWay = 0
    /// Times that the store was left alone because it failed.
    public var opened = 0
    /// Whether it is left alone at the moment.
    public var isOpen = false
    /// The trailing mean of a fetch, in microseconds; 0 before the first.
    public var meanMicroseconds = 0.0
    /// What the last failure said.
    public var lastFailure: String?

    /// Creates empty figures.
    public init() {}
}
