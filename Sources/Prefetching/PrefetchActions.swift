/// What the owner of a ``Prefetcher`` is to do: filled by its methods, performed and emptied by the owner.
public struct PrefetchActions: Sendable {
    /// An entry that left the buffer.
    public struct Eviction: Sendable, Equatable {
        /// The key.
        public var symbol: UInt64
        /// The slot it had, which is free from now on.
        public var slot: Int
        /// Whether it was a prefetch that nobody asked for.
        public var wasUnused: Bool
    }

    /// Keys to fetch ahead. Each is answered with `arrived` or `failed`.
    public var fetches: [UInt64] = []
    /// Entries whose values are to be let go.
    public var evictions: [Eviction] = []

    /// Creates a list of nothing to do.
    public init() {}

    /// Empties the lists, and keeps their room.
    public mutating func removeAll() {
        fetches.removeAll(keepingCapacity: true)
        evictions.removeAll(keepingCapacity: true)
    }
}
