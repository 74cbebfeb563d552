/// What a plain LRU buffer of the same capacity would hold, without values: the measure for hit ratio, traffic and pollution.
///
/// Memory: 64 to 90 B an entry. Cost: a look and a few links an access.
struct PlainBuffer: Sendable {
    private var buffer: PrefetchBuffer

    /// Creates an empty buffer.
    init(capacity: Int) { buffer = PrefetchBuffer(capacity: capacity) }

    /// Asks for a key, and puts it in where it is missing; says whether it was held.
    mutating func access(_ symbol: UInt64, weight: Int, at request: Int) -> Bool {
        if let slot = buffer.slot(of: symbol) {
            _ = buffer.touch(slot, at: request)
            return true
        }
        let weight = min(weight, buffer.capacity)
        while buffer.used + weight > buffer.capacity, let oldest = buffer.oldestDemanded { buffer.remove(oldest) }
        _ = buffer.insert(symbol, weight: weight, cell: -1, at: request)
        return false
    }

    /// Takes a key out, where it is held.
    mutating func remove(_ symbol: UInt64) {
        if let slot = buffer.slot(of: symbol) { buffer.remove(slot) }
    }
}
