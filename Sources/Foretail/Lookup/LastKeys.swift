/// The lookup key that the last event of each stream's key needed: a device keeps its owner, a session its customer.
///
/// Bounded by two generations: when the younger is full it becomes the older one, and what was not seen since is forgotten.
struct LastKeys {
    private let limit: Int
    private var young: [[UInt8]: String] = [:]
    private var old: [[UInt8]: String] = [:]

    init(limit: Int) { self.limit = max(1, limit / 2) }

    /// The key that the last event of a stream's key needed.
    subscript(key: [UInt8]) -> String? { young[key] ?? old[key] }

    /// Notes the lookup key of an event.
    mutating func note(_ lookup: String, for key: [UInt8]) {
        young[key] = lookup
        guard young.count >= limit else { return }
        old = young
        young = [:]
    }
}
