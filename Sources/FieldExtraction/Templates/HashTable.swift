/// A table of fixed size from hashes to numbers, at most half full. The keys are hashes already and are not compared further.
struct HashTable {
    private var keys: [UInt64]
    private var values: [UInt64]
    private(set) var count = 0

    /// Creates a table of so many places, a power of two.
    init(slots: Int) {
        keys = [UInt64](repeating: 0, count: slots)
        values = [UInt64](repeating: 0, count: slots)
    }

    /// The bytes it holds.
    var byteCount: Int { 16 * keys.count }

    @inline(__always)
    private func place(of key: UInt64) -> Int {
        let mask = keys.count - 1
        var place = Int(truncatingIfNeeded: key >> 20) & mask
        while keys[place] != key, keys[place] != 0 { place = (place + 1) & mask }
        return place
    }

    /// What is kept under a hash, which is not 0.
    func value(of key: UInt64) -> UInt64? {
        let place = place(of: key)
        return keys[place] == key ? values[place] : nil
    }

    /// Keeps a number under a hash.
    ///
    /// - Returns: false when there is no room.
    mutating func set(_ key: UInt64, _ value: UInt64) -> Bool {
        let place = place(of: key)
        if keys[place] != key {
            guard count * 2 < keys.count else { return false }
            count += 1
            keys[place] = key
        }
        values[place] = value
        return true
    }

    /// Forgets everything.
    mutating func removeAll() {
        for place in keys.indices { keys[place] = 0 }
        count = 0
    }
}
