import Forecasting

/// Values by key, at most so many: beyond, the one that was used longest ago makes room.
///
/// ```swift
/// var table = RecencyTable<Int32, Int>(capacity: 256)
/// let place = table.use(7) { 0 }
/// table[place] += 1
/// ```
///
/// A value keeps its place as long as its key stays. A use costs a look into a hash table; a new key in a full table a walk
/// over all, so capacities are some hundreds.
struct RecencyTable<Key: Hashable, Value> {
    private struct Entry {
        var key: Key
        var used: Int
        var value: Value
    }

    /// The most values.
    let capacity: Int
    /// The key that left last; nil while none did.
    private(set) var lastLeft: Key?
    private var places: [Key: Int] = [:]
    private var entries: [Entry] = []
    private var clock = 0

    init(capacity: Int) {
        precondition(capacity > 0, "a table of recent values holds at least one")
        self.capacity = capacity
    }

    /// The number of values.
    var count: Int { entries.count }

    /// The values' places.
    var indices: Range<Int> { entries.indices }

    /// The place of a key's value; nil where there is none.
    func place(of key: Key) -> Int? { places[key] }

    /// The value at a place.
    subscript(place: Int) -> Value {
        _read { yield entries[place].value }
        _modify { yield &entries[place].value }
    }

    /// The place of a key's value, which is made where there is none, and counts as used last from now on.
    mutating func use(_ key: Key, orMake make: () -> Value) -> Int {
        clock += 1
        if let place = places[key] {
            entries[place].used = clock
            return place
        }
        let entry = Entry(key: key, used: clock, value: make())
        var place = entries.count
        if place < capacity {
            entries.append(entry)
        } else {
            place = 0
            for other in entries.indices where entries[other].used < entries[place].used { place = other }
            places[entries[place].key] = nil
            lastLeft = entries[place].key
            entries[place] = entry
        }
        places[key] = place
        return place
    }

    /// Forgets a key whose value is put back to what `make` gives; its place stays taken until another needs it.
    mutating func reset(_ key: Key, to value: Value) {
        if let place = places[key] { entries[place].value = value }
    }
}

extension RecencyTable {
    /// Writes the table, or reads it back into an empty one.
    ///
    /// - Parameters:
    ///   - bytesEach: The least bytes of an entry.
    ///   - empty: Makes a key and a value to read into; anew for each entry, since values may hold memory of their own.
    mutating func pass(
        through coder: inout SnapshotCoder, bytesEach: Int, empty: () -> (key: Key, value: Value),
        key passKey: (inout Key, inout SnapshotCoder) throws(SnapshotError) -> Void,
        value passValue: (inout Value, inout SnapshotCoder) throws(SnapshotError) -> Void
    ) throws(SnapshotError) {
        try coder.pass(&clock)
        let count = try coder.count(entries.count, upTo: capacity, bytesEach: bytesEach)
        for place in 0..<count {
            var entry: Entry
            if coder.isReading {
                let (key, value) = empty()
                entry = Entry(key: key, used: 0, value: value)
            } else {
                entry = entries[place]
            }
            try passKey(&entry.key, &coder)
            try coder.pass(&entry.used)
            try passValue(&entry.value, &coder)
            guard coder.isReading else { continue }
            try coder.check(places[entry.key] == nil, "a key stands in a table twice")
            places[entry.key] = place
            entries.append(entry)
        }
    }
}
