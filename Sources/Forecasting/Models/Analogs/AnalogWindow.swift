/// The past that analogs are looked for in: what all memories of a series share.
///
/// Everything is addressed by lag, 0 the last value. What is stored per moment lies backwards in memory, newest first, in
/// buffers with some slack: a new value goes in front, and when the front is reached the window moves back once.
///
/// ```swift
/// var window = AnalogWindow(capacity: 1536, cells: block.cells(AnalogWindow.cellCount(capacity: 1536)))
/// window.advance(change: 0.5)        // y(t) − y(t−1)
/// window.held                        // 1
/// ```
struct AnalogWindow {
    /// Values between two moves of a buffer, and as many as are read beyond its end.
    static let slack = 256
    private static let overhang = 16
    /// The youngest moments and those about to leave are no candidates.
    static let margin = 10

    let capacity: Int
    /// Where lag 0 lies in every buffer.
    private(set) var head: Int
    /// How many values were taken in.
    private(set) var count = 0
    private(set) var changes: Cells
    /// Room for one forecast at a time.
    private(set) var scratch: Cells

    /// The room of one buffer.
    static func bufferCount(capacity: Int) -> Int { capacity + slack + overhang }

    /// The room the window needs in its block.
    static func cellCount(capacity: Int) -> Int {
        StateBlock.rounded(bufferCount(capacity: capacity)) + AnalogMemory.scratchCount
    }

    init(capacity: Int, cells: Cells) {
        self.capacity = capacity
        head = capacity + AnalogWindow.slack
        let buffer = StateBlock.rounded(AnalogWindow.bufferCount(capacity: capacity))
        changes = cells.part(from: 0, count: AnalogWindow.bufferCount(capacity: capacity))
        scratch = cells.part(from: buffer, count: AnalogMemory.scratchCount)
    }

    /// How many lags hold values.
    @inline(__always) var held: Int { min(count, capacity) }

    /// Makes room for the next moment in front; `true` when every buffer has to be moved first.
    @inline(__always)
    var isFull: Bool { head == 0 }

    /// Takes in the next value's change. Buffers of others were moved before if ``isFull`` said so.
    @inline(__always)
    mutating func advance(change: Float) {
        if head == 0 {
            moveBack(changes)
            head = AnalogWindow.slack
        }
        head &-= 1
        changes[head] = change
        count &+= 1
    }

    /// Moves a full buffer to its end.
    func moveBack(_ buffer: Cells) { buffer.shift(from: 0, to: AnalogWindow.slack, count: capacity) }

    /// Points the window at the same place of a copied block.
    mutating func move(by floats: Int) {
        changes.move(by: floats)
        scratch.move(by: floats)
    }
}

extension AnalogWindow {
    /// Writes the state, or reads it back.
    mutating func pass(through coder: inout SnapshotCoder) throws(SnapshotError) {
        try coder.pass(&head, in: 0...(capacity + AnalogWindow.slack))
        try coder.pass(&count)
    }
}
