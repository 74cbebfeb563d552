import Forecasting

/// The values of a categorical field, each with a dense number.
///
/// Open addressing over a 64-bit hash with the bytes compared after a hash hit; bounded by `capacity`, after which new
/// values get no number.
struct SymbolTable {
    /// The most values the table takes.
    let capacity: Int
    /// The most bytes a value may have.
    let valueBytes: Int
    private var hashes: [UInt64] = []
    private var slots: [Int32]
    private var offsets: [Int] = [0]
    private var bytes: [UInt8] = []
    /// The seed of its hash.
    let seed: UInt64

    init(capacity: Int, valueBytes: Int, seed: UInt64) {
        self.capacity = capacity
        self.valueBytes = valueBytes
        self.seed = seed
        slots = [Int32](repeating: -1, count: 64)
    }

    /// The number of values.
    var count: Int { hashes.count }

    /// The number of `value`, given now if it is new and there is room.
    mutating func symbol(for value: UnsafeBufferPointer<UInt8>, adding: Bool = true) -> Int32? {
        let hash = unsafe ByteHash.hash(value, seed: seed)
        var place = Int(truncatingIfNeeded: hash) & (slots.count - 1)
        while slots[place] >= 0 {
            let symbol = Int(slots[place])
            if hashes[symbol] == hash, unsafe equals(symbol, value) { return Int32(symbol) }
            place = (place + 1) & (slots.count - 1)
        }
        guard adding, count < capacity, value.count <= valueBytes else { return nil }
        slots[place] = Int32(count)
        hashes.append(hash)
        unsafe bytes.append(contentsOf: value)
        offsets.append(bytes.count)
        if count * 2 > slots.count { grow() }
        return Int32(count - 1)
    }

    /// Calls `body` with the bytes of `symbol`.
    func withBytes<Result>(of symbol: Int32, _ body: (UnsafeBufferPointer<UInt8>) -> Result) -> Result {
        unsafe bytes.withUnsafeBufferPointer { buffer in
            unsafe body(UnsafeBufferPointer(rebasing: buffer[offsets[Int(symbol)]..<offsets[Int(symbol) + 1]]))
        }
    }

    /// The bytes of all values; those of `symbol` stand at `range(of:)`.
    var allBytes: [UInt8] { bytes }

    /// Where the bytes of `symbol` stand in `allBytes`.
    func range(of symbol: Int32) -> Range<Int> { offsets[Int(symbol)]..<offsets[Int(symbol) + 1] }

    private func equals(_ symbol: Int, _ value: UnsafeBufferPointer<UInt8>) -> Bool {
        let start = offsets[symbol]
        guard offsets[symbol + 1] - start == value.count else { return false }
        for index in 0..<value.count where unsafe bytes[start + index] != value[index] { return false }
        return true
    }

    private mutating func grow() {
        slots = [Int32](repeating: -1, count: slots.count * 2)
        for symbol in hashes.indices {
            var place = Int(truncatingIfNeeded: hashes[symbol]) & (slots.count - 1)
            while slots[place] >= 0 { place = (place + 1) & (slots.count - 1) }
            slots[place] = Int32(symbol)
        }
    }
}

extension SymbolTable {
    /// Writes the state, or reads it back.
    mutating func pass(through coder: inout SnapshotCoder) throws(SnapshotError) {
        let count = try coder.count(count, upTo: capacity, bytesEach: 8)
        for number in 0..<count {
            var value = coder.isReading ? [] : Array(bytes[range(of: Int32(number))])
            try coder.pass(list: &value, upTo: valueBytes, empty: 0)
            guard coder.isReading else { continue }
            let isFlag = value == [Self.trueByte] || value == [Self.falseByte]
            try coder.check(isFlag || String(validating: value, as: UTF8.self) != nil, "a value is not UTF-8")
            let symbol = unsafe value.withUnsafeBufferPointer { unsafe self.symbol(for: $0) }
            try coder.check(symbol == Int32(number), "a value stands there twice")
        }
    }
}
