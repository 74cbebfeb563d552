/// The keys behind symbols: of hashed keys the latest ones that were read, of whole numbers all.
///
/// Memory: the keys and some 90 B each. Cost: a look and a few links a read.
struct KeyDirectory<Key: Hashable & Sendable>: Sendable {
    /// The symbol of a key.
    let symbol: @Sendable (Key) -> UInt64
    /// The key of a symbol, where it can be told from the symbol alone.
    private let inverse: (@Sendable (UInt64) -> Key?)?
    private var order: PrefetchBuffer
    private var keys: [Key?] = []
    private var clock = 0

    /// A directory of keys that are known by a hash, under the seed of this process; the latest `capacity` are remembered.
    init(capacity: Int) {
        symbol = { UInt64(bitPattern: Int64($0.hashValue)) }
        inverse = nil
        order = PrefetchBuffer(capacity: capacity)
    }

    /// A directory of keys that can be told from their symbols.
    init(symbol: @escaping @Sendable (Key) -> UInt64, inverse: @escaping @Sendable (UInt64) -> Key?) {
        self.symbol = symbol
        self.inverse = inverse
        order = PrefetchBuffer(capacity: 1)
    }

    /// Remembers a key that was read.
    mutating func note(_ key: Key, symbol: UInt64) {
        guard inverse == nil else { return }
        clock += 1
        if let slot = order.slot(of: symbol) {
            _ = order.touch(slot, at: clock)
            return
        }
        if order.used == order.capacity, let oldest = order.oldestDemanded {
            keys[oldest] = nil
            order.remove(oldest)
        }
        let slot = order.insert(symbol, weight: 1, cell: -1, at: clock)
        while keys.count <= slot { keys.append(nil) }
        keys[slot] = key
    }

    /// The key of a symbol; nil where it is no longer known, or there is none.
    func key(of symbol: UInt64) -> Key? {
        if let inverse { return inverse(symbol) }
        return order.slot(of: symbol).flatMap { keys[$0] }
    }
}
