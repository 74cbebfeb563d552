import Forecasting

/// The series of a stream by key: open addressing over a 64-bit hash, the key's bytes compared after a hash hit.
struct SeriesTable {
    /// The keys' hashes by number.
    fileprivate(set) var hashes: [UInt64] = []
    private var slots: [Int32]
    private var free: [Int32] = []
    let seed: UInt64
    /// The series themselves. A number is reused only after its series has left.
    var series: [Series?] = []
    /// The number of series present.
    private(set) var count = 0
    private var tombstones = 0

    init(seed: UInt64) {
        self.seed = seed
        slots = [Int32](repeating: -1, count: 64)
    }

    /// The number of the series with this key, or nil.
    func find(_ key: UnsafeBufferPointer<UInt8>) -> Int32? {
        let hash = unsafe ByteHash.hash(key, seed: seed)
        var place = Int(truncatingIfNeeded: hash) & (slots.count - 1)
        while slots[place] != -1 {
            let number = Int(slots[place])
            if number >= 0, hashes[number] == hash, unsafe equals(number, key) { return Int32(number) }
            place = (place + 1) & (slots.count - 1)
        }
        return nil
    }

    /// Adds a series whose key is not in the table yet and returns its number.
    mutating func insert(_ new: Series) -> Int32 {
        let hash = unsafe new.key.withUnsafeBufferPointer { unsafe ByteHash.hash($0, seed: seed) }
        if (count + tombstones + 1) * 2 > slots.count { rebuild() }
        let number: Int32
        if let reused = free.popLast() {
            number = reused
            series[Int(number)] = new
            hashes[Int(number)] = hash
        } else {
            number = Int32(series.count)
            series.append(new)
            hashes.append(hash)
        }
        var place = Int(truncatingIfNeeded: hash) & (slots.count - 1)
        while slots[place] >= 0 { place = (place + 1) & (slots.count - 1) }
        if slots[place] == -2 { tombstones -= 1 }
        slots[place] = number
        count += 1
        return number
    }

    /// Removes a series.
    mutating func remove(_ number: Int32) {
        var place = Int(truncatingIfNeeded: hashes[Int(number)]) & (slots.count - 1)
        while slots[place] != number { place = (place + 1) & (slots.count - 1) }
        slots[place] = -2
        tombstones += 1
        series[Int(number)] = nil
        free.append(number)
        count -= 1
    }

    private func equals(_ number: Int, _ key: UnsafeBufferPointer<UInt8>) -> Bool {
        guard let own = series[number]?.key, own.count == key.count else { return false }
        for index in 0..<key.count where unsafe own[index] != key[index] { return false }
        return true
    }

    private mutating func rebuild() {
        var size = 64
        while size < (count + 1) * 4 { size *= 2 }
        slots = [Int32](repeating: -1, count: size)
        tombstones = 0
        for number in series.indices where series[number] != nil {
            var place = Int(truncatingIfNeeded: hashes[number]) & (size - 1)
            while slots[place] != -1 { place = (place + 1) & (size - 1) }
            slots[place] = Int32(number)
        }
    }
}

extension SeriesTable {
    /// Writes every number with its key, or reads them; `body` passes the series of a key, and makes it where there is none.
    mutating func pass(
        through coder: inout SnapshotCoder, keyBytes: Int,
        body: (Series?, [UInt8], inout SnapshotCoder) throws(SnapshotError) -> Series
    ) throws(SnapshotError) {
        let total = try coder.count(series.count, bytesEach: 1)
        if coder.isReading {
            self = SeriesTable(seed: seed)
            series = [Series?](repeating: nil, count: total)
            hashes = [UInt64](repeating: 0, count: total)
        }
        for number in 0..<total where try coder.flag(series[number] != nil) {
            var key = series[number]?.key ?? []
            try coder.pass(list: &key, upTo: keyBytes, empty: 0)
            let passed = try body(series[number], key, &coder)
            guard coder.isReading else { continue }
            try coder.check(
                unsafe key.withUnsafeBufferPointer { unsafe find($0) } == nil, "a key stands there twice")
            free = [Int32(number)]
            _ = insert(passed)
        }
        try coder.pass(list: &free, upTo: total, empty: 0)
        let isFree = Set(free).count == free.count && free.count + count == total
        let areEmpty = free.allSatisfy { $0 >= 0 && $0 < total && series[Int($0)] == nil }
        try coder.check(isFree && areEmpty, "the free numbers are not those without a series")
    }
}
