import FieldExtraction
import Forecasting

/// The last events that came with each symbol: what goes together in an event, for joint samples.
///
/// Of every symbol the categories and the opaque values of its last eight events are kept; beyond `capacity` symbols the one
/// seen longest ago makes room. A sample whose symbol is drawn takes one of those events, so that fields that depend on
/// one another do so in the sample, opaque ones included:
///
///     weight of an event = Π over its categories of p(category) ÷ its share among the symbol's events
///
/// Where a category follows from the symbol alone, all weights are equal; where it has nothing to do with it, its own prediction
/// decides. Memory: 64 B a symbol and field, and up to 4 kB for an opaque field.
struct ConditionalRows {
    /// Events kept of a symbol.
    static let depth = 8
    /// The most symbols.
    static let capacity = 256
    /// The most bytes of an opaque value that is kept.
    static let valueBytes = 512

    private struct Entry {
        var count = 0
        /// `categories[field * depth + row]`: a symbol of that field; -1 where it was not there.
        var categories: [Int32]
        var opaque = EmpiricalValues(depth: depth, valueBytes: valueBytes)
    }

    private var entries = RecencyTable<Int32, Entry>(capacity: capacity)
    private let fieldCount: Int

    init(fieldCount: Int) { self.fieldCount = fieldCount }

    /// The memory held, in bytes, about.
    var byteCount: Int {
        entries.indices.reduce(0) { $0 + 128 + entries[$1].categories.count * 4 + entries[$1].opaque.byteCount }
    }

    /// The place of a symbol's events; nil where there are none.
    func place(of symbol: Int32) -> Int? { entries.place(of: symbol) }

    /// How many events of the symbol at a place are kept.
    func count(at place: Int) -> Int { min(entries[place].count, Self.depth) }

    /// The category of a kept event; nil where it had none.
    func category(_ row: Int, field: Int, at place: Int) -> Int32? {
        let symbol = entries[place].categories[field * Self.depth + row]
        return symbol >= 0 ? symbol : nil
    }

    /// The opaque value of a kept event.
    func opaque(_ row: Int, field: Int, at place: Int) -> FieldSlot { entries[place].opaque.value(field: field, row) }

    /// How many of the kept events have a category.
    func count(of category: Int32, field: Int, at place: Int) -> Int {
        var count = 0
        for row in 0..<self.count(at: place) where entries[place].categories[field * Self.depth + row] == category {
            count += 1
        }
        return count
    }

    /// Keeps an event that came with a symbol, its fields one by one.
    mutating func keep(_ symbol: Int32, categories: (Int) -> Int32?, opaque: (Int) -> FieldSlot?) {
        let place = entries.use(symbol) { Self.entry(fieldCount: fieldCount) }
        let row = entries[place].count % Self.depth
        for field in 0..<fieldCount {
            entries[place].categories[field * Self.depth + row] = categories(field) ?? -1
            if let slot = opaque(field) { entries[place].opaque.keep(slot, field: field) }
        }
        entries[place].count += 1
    }

    private static func entry(fieldCount: Int) -> Entry {
        Entry(categories: [Int32](repeating: -1, count: fieldCount * depth))
    }
}

extension ConditionalRows {
    /// Writes the state, or reads it back.
    mutating func pass(through coder: inout SnapshotCoder) throws(SnapshotError) {
        let fieldCount = fieldCount
        try entries.pass(
            through: &coder, bytesEach: 20, empty: { (0, Self.entry(fieldCount: fieldCount)) },
            key: { symbol, coder throws(SnapshotError) in try coder.pass(&symbol, in: 0...(.max)) },
            value: { entry, coder throws(SnapshotError) in
                try coder.pass(&entry.count)
                for index in entry.categories.indices { try coder.pass(&entry.categories[index], in: -1...(.max)) }
                try entry.opaque.pass(through: &coder, fieldCount: fieldCount)
            })
    }
}
