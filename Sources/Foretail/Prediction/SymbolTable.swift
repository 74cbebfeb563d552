import Forecasting

/// The values of a categorical field, each with a number; those that were not seen for long make room for new ones.
///
/// Open addressing over a 64-bit hash with the bytes compared after a hash hit. A value's number is its place, in the low sixteen
/// bits, and how often the place was taken before: a number that was given away never means another value, until a place
/// was taken 32,768 times. A full table takes the place of a value by the clock algorithm: each sighting is worth up to three
/// rounds of its hand.
///
/// What outlives a number is the value's ``Sighting/tag``: records and samples of the past are compared by it.
struct SymbolTable {
    /// A value as it was seen.
    struct Sighting {
        /// Its number; nil where it has none.
        var symbol: Int32?
        /// 53 bits of its hash as a number: equal values have equal tags, whatever their numbers.
        var tag: Double
    }

    /// What stands at a place.
    private struct Entry {
        var hash: UInt64 = 0
        var start = 0
        var length: Int32 = 0
        /// How often the place was taken before.
        var generation: UInt16 = 0
        /// The rounds of the hand that the value outlives.
        var worth: UInt8 = 0
    }

    /// The most values the table holds at a time.
    let capacity: Int
    /// The most bytes a value may have.
    let valueBytes: Int
    /// The seed of its hash.
    let seed: UInt64
    private var entries: [Entry] = []
    private var slots: [Int32]
    private var bytes: [UInt8] = []
    /// The bytes of values that are gone.
    private var waste = 0
    private var hand = 0
    /// How many values made room for others.
    private(set) var evictions = 0

    private static let mostWorth: UInt8 = 3

    init(capacity: Int, valueBytes: Int, seed: UInt64) {
        self.capacity = min(max(capacity, 1), 1 << 16)
        self.valueBytes = valueBytes
        self.seed = seed
        slots = [Int32](repeating: -1, count: 64)
    }

    /// The number of values held.
    var count: Int { entries.count }

    /// How many distinct values were ever taken in, those that came again after they were forgotten counted again.
    var everCount: Int { entries.count + evictions }

    /// The memory held, in bytes, at most: half of the text may be of values that are gone.
    var byteCount: Int { entries.count * MemoryLayout<Entry>.stride + slots.count * 4 + 2 * (bytes.count - waste) }

    /// Looks a value up.
    ///
    /// - Parameter adding: Whether a new value gets a number, if it is not too long.
    mutating func see(_ value: UnsafeBufferPointer<UInt8>, adding: Bool = true) -> Sighting {
        let hash = unsafe ByteHash.hash(value, seed: seed)
        let tag = Self.tag(hash)
        var slot = Int(truncatingIfNeeded: hash) & (slots.count - 1)
        while slots[slot] >= 0 {
            let place = Int(slots[slot])
            if entries[place].hash == hash, unsafe equals(place, value) {
                if adding, entries[place].worth < Self.mostWorth { entries[place].worth += 1 }
                return Sighting(symbol: number(of: place), tag: tag)
            }
            slot = (slot + 1) & (slots.count - 1)
        }
        guard adding, value.count <= valueBytes else { return Sighting(symbol: nil, tag: tag) }
        return Sighting(symbol: unsafe add(value, hash: hash), tag: tag)
    }

    /// The tag of the value with a number; NaN, which equals nothing, where the value is gone.
    func tag(of symbol: Int32) -> Double {
        guard let place = place(of: symbol) else { return .nan }
        return Self.tag(entries[place].hash)
    }

    /// The bytes of the value with a number; none where the value is gone.
    func value(of symbol: Int32) -> ArraySlice<UInt8> {
        guard let place = place(of: symbol) else { return [] }
        return bytes[range(of: place)]
    }

    private static func tag(_ hash: UInt64) -> Double { Double(hash >> 11) }

    @inline(__always)
    private func number(of place: Int) -> Int32 { Int32(entries[place].generation) << 16 | Int32(place) }

    private func place(of symbol: Int32) -> Int? {
        let place = Int(symbol & 0xFFFF)
        guard symbol >= 0, place < entries.count, number(of: place) == symbol else { return nil }
        return place
    }

    private func range(of place: Int) -> Range<Int> {
        entries[place].start..<entries[place].start + Int(entries[place].length)
    }

    private func equals(_ place: Int, _ value: UnsafeBufferPointer<UInt8>) -> Bool {
        guard Int(entries[place].length) == value.count else { return false }
        let start = entries[place].start
        for index in 0..<value.count where unsafe bytes[start + index] != value[index] { return false }
        return true
    }

    // MARK: Room

    private mutating func add(_ value: UnsafeBufferPointer<UInt8>, hash: UInt64) -> Int32 {
        var place = entries.count
        if place < capacity {
            entries.append(Entry())
            if entries.count * 2 > slots.count { grow() }
        } else {
            place = leave()
        }
        entries[place].hash = hash
        entries[place].start = bytes.count
        entries[place].length = Int32(value.count)
        entries[place].worth = 0
        unsafe bytes.append(contentsOf: value)
        insert(place)
        return number(of: place)
    }

    /// Lets a value go that was not seen for long, and returns its place.
    private mutating func leave() -> Int {
        while entries[hand].worth > 0 {
            entries[hand].worth -= 1
            hand = hand + 1 == entries.count ? 0 : hand + 1
        }
        let place = hand
        hand = hand + 1 == entries.count ? 0 : hand + 1
        remove(place)
        entries[place].generation = entries[place].generation == 0x7FFF ? 0 : entries[place].generation + 1
        evictions += 1
        waste += Int(entries[place].length)
        entries[place].length = 0
        if waste > 4_096, waste * 2 > bytes.count { compact() }
        return place
    }

    /// Takes a place out of the hash table, and moves what was pushed behind it back. (Knuth, TAOCP 6.4, algorithm R.)
    private mutating func remove(_ place: Int) {
        let mask = slots.count - 1
        var hole = Int(truncatingIfNeeded: entries[place].hash) & mask
        while Int(slots[hole]) != place { hole = (hole + 1) & mask }
        var slot = hole
        while true {
            slot = (slot + 1) & mask
            guard slots[slot] >= 0 else { break }
            let home = Int(truncatingIfNeeded: entries[Int(slots[slot])].hash) & mask
            if (slot - home) & mask < (slot - hole) & mask { continue }
            slots[hole] = slots[slot]
            hole = slot
        }
        slots[hole] = -1
    }

    private mutating func insert(_ place: Int) {
        let mask = slots.count - 1
        var slot = Int(truncatingIfNeeded: entries[place].hash) & mask
        while slots[slot] >= 0 { slot = (slot + 1) & mask }
        slots[slot] = Int32(place)
    }

    /// Doubles the hash table; the last entry is not in it yet.
    private mutating func grow() {
        slots = [Int32](repeating: -1, count: slots.count * 2)
        for place in 0..<entries.count - 1 { insert(place) }
    }

    private mutating func compact() {
        var kept: [UInt8] = []
        kept.reserveCapacity(bytes.count - waste)
        for place in entries.indices {
            let range = range(of: place)
            entries[place].start = kept.count
            kept.append(contentsOf: bytes[range])
        }
        bytes = kept
        waste = 0
    }
}

extension SymbolTable {
    /// Writes the state, or reads it back into an empty table.
    mutating func pass(through coder: inout SnapshotCoder) throws(SnapshotError) {
        let count = try coder.count(count, upTo: capacity, bytesEach: 11)
        for place in 0..<count {
            var value = coder.isReading ? [] : Array(bytes[range(of: place)])
            var entry = coder.isReading ? Entry() : entries[place]
            try coder.pass(list: &value, upTo: valueBytes, empty: 0)
            try coder.pass(&entry.generation, in: 0...0x7FFF)
            try coder.pass(&entry.worth, in: 0...Self.mostWorth)
            guard coder.isReading else { continue }
            let isFlag = value == [Self.trueByte] || value == [Self.falseByte]
            try coder.check(isFlag || String(validating: value, as: UTF8.self) != nil, "a value is not UTF-8")
            _ = unsafe value.withUnsafeBufferPointer { unsafe see($0) }
            try coder.check(entries.count == place + 1, "a value stands there twice")
            entries[place].generation = entry.generation
            entries[place].worth = entry.worth
        }
        try coder.pass(&hand, in: 0...max(count - 1, 0))
        try coder.pass(&evictions)
    }
}
