/// What is remembered of one key for the prediction of its next symbol: its last sixteen symbols, when the last two came, and two
/// hashes of its whole past.
///
/// ```swift
/// var history = SequenceHistory(identity: 1)
/// history.append(7, at: 12.5)
/// history.symbols[0]   // 7
/// ```
///
/// Size: 112 bytes.
public struct SequenceHistory: Sendable, Hashable {
    /// The last symbols, the latest first.
    public private(set) var symbols = ContextHistory()
    /// The hash that contexts of the key alone are found by.
    let identity: UInt64
    /// When the last symbol came, in seconds.
    private(set) var last = 0.0
    /// When the one before came.
    private(set) var lastButOne = 0.0
    /// The sum of the hashes of all symbols: the same for the same symbols in any order.
    private(set) var bag: UInt64 = 0
    /// The exclusive or of the hashes of all symbols that were new among the last twelve when they came.
    private(set) var set: UInt64 = 0
    /// The place and the number of what was last announced of the key, see ``AnnouncementPool``.
    var announcement = AnnouncementPool.Ticket.none

    /// Creates an empty history of a key, whose hash is its identity.
    public init(identity: UInt64) { self.identity = identity }

    /// The key's symbols so far, up to sixteen.
    @inline(__always) public var count: Int { Int(symbols.count) }

    /// Takes in the symbol that came at a time, in seconds.
    public mutating func append(_ symbol: Int32, at time: Double) {
        let hash = ContextHash.mixed(99, UInt64(UInt32(bitPattern: symbol)))
        var isKnown = false
        for back in 0..<SequenceContexts.longestOrder where symbols[back] == symbol { isKnown = true }
        bag &+= hash
        if !isKnown { set ^= hash }
        symbols.append(symbol)
        lastButOne = last
        last = time
    }
}

extension SequenceHistory {
    /// Writes the state, or reads it back into a history of the same key.
    package mutating func pass(through coder: inout SnapshotCoder) throws(SnapshotError) {
        try symbols.pass(through: &coder)
        try coder.pass(&last)
        try coder.pass(&lastButOne)
        try coder.pass(&bag)
        try coder.pass(&set)
        try announcement.pass(through: &coder)
    }
}
