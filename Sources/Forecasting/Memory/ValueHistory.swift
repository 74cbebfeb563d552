/// The last values of a series, in a ring whose capacity is a power of two.
///
/// ```swift
/// var history = ValueHistory(cells: StateBlock(floats: 64).cells(64))
/// history.append(1.5)
/// history[0]  // 1.5: positions count from the series' first value
/// ```
struct ValueHistory {
    private(set) var cells: Cells
    /// How many values were ever appended.
    private(set) var count = 0
    private let mask: Int

    /// Creates an empty history; the number of cells is a power of two.
    init(cells: Cells) {
        precondition(cells.count > 0 && cells.count & (cells.count - 1) == 0, "a history holds a power of two")
        self.cells = cells
        mask = cells.count - 1
    }

    /// How many values the ring can hold.
    @inline(__always) var capacity: Int { mask &+ 1 }
    /// The position of the oldest value still held.
    @inline(__always) var oldest: Int { max(0, count &- capacity) }

    /// The value at a position that is still held.
    @inline(__always)
    subscript(position: Int) -> Float {
        assert(position >= oldest && position < count, "the position is still held")
        return cells[position & mask]
    }

    /// The value at a position, or `missing` where it is no longer held or never was.
    @inline(__always)
    func value(at position: Int, missing: Float) -> Float {
        position >= oldest ? cells[position & mask] : missing
    }

    /// Appends a value; the oldest falls out of a full ring.
    @inline(__always)
    mutating func append(_ value: Float) {
        cells[count & mask] = value
        count &+= 1
    }

    /// The same values in a larger ring.
    func grown(into larger: Cells) -> ValueHistory {
        var copy = ValueHistory(cells: larger)
        copy.count = oldest
        for position in oldest..<count { copy.append(self[position]) }
        return copy
    }

    /// Points the ring at the same place of a copied block.
    mutating func move(by floats: Int) { cells.move(by: floats) }
}

extension ValueHistory {
    /// Writes the state, or reads it back.
    mutating func pass(through coder: inout SnapshotCoder) throws(SnapshotError) {
        // The values themselves lie in a block that is passed whole.
        try coder.pass(&count, in: 1...SnapshotCoder.counterLimit)
        try coder.check(cells.areFinite, "a value is not finite")
    }
}
