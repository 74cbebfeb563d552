/// What is needed to learn later from a prediction made now: who the candidates were and in which state each stood.
///
/// A view on memory of ``AnnouncementPool``; it must not outlive the pool.
@safe
struct Announcement {
    /// The most candidates.
    static let candidates = 32
    /// The room of a row: the candidates, "anything else", and lanes that only fill up.
    static let width = 40

    /// The numbers beside the rows.
    struct Header {
        /// How many candidates there are.
        var count: UInt8 = 0
        /// Whether the decayed frequencies spoke.
        var hasDecayed = false
        /// The longest order held, in three grades of how determined it is: selects the shares of the mixers.
        var order: UInt16 = 0
        /// The weight sets of the five selectors.
        var sets = SIMD8<UInt16>.zero
        /// How often symbols that are no candidates came.
        var otherCount: Float = 0
        /// What the mixture was sure of, per input: selects its further weights; and the totals' buckets, 0 of unknown contexts.
        var confidences = SIMD32<UInt8>.zero
        var totals = SIMD32<UInt8>.zero
    }

    private static let statesStart = 128
    private static let symbolsStart = statesStart + ProbabilityCells.kinds * width * 2
    private static let frequencyStart = symbolsStart + candidates * 4
    private static let decayedStart = frequencyStart + width * 4
    /// The bytes of an announcement.
    static let stride = (decayedStart + width * 4 + 63) / 64 * 64

    private let start: UnsafeMutableRawPointer

    init(start: UnsafeMutableRawPointer) { unsafe self.start = unsafe start }

    /// The numbers beside the rows.
    var header: Header {
        @inline(__always) get { unsafe start.load(as: Header.self) }
        @inline(__always) nonmutating set { unsafe start.storeBytes(of: newValue, as: Header.self) }
    }

    /// The candidates.
    @inline(__always)
    var symbols: UnsafeMutablePointer<Int32> {
        unsafe (start + Self.symbolsStart).assumingMemoryBound(to: Int32.self)
    }

    /// The candidates' states of one kind, that of "anything else" behind the last.
    @inline(__always)
    func states(_ kind: Int) -> UnsafeMutablePointer<UInt16> {
        unsafe (start + Self.statesStart + kind * Self.width * 2).assumingMemoryBound(to: UInt16.self)
    }

    /// ln of the candidates' frequencies, and of that of anything else.
    @inline(__always)
    var frequencies: Cells {
        unsafe Cells(start: (start + Self.frequencyStart).assumingMemoryBound(to: Float.self), count: Self.width)
    }

    /// ln of the candidates' decayed frequencies, and of that of anything else.
    @inline(__always)
    var decayed: Cells {
        unsafe Cells(start: (start + Self.decayedStart).assumingMemoryBound(to: Float.self), count: Self.width)
    }
}

extension Announcement {
    /// Writes the announcement, or reads it back.
    func pass(through coder: inout SnapshotCoder) throws(SnapshotError) {
        var header = header
        try coder.pass(&header.count, in: 0...UInt8(Self.candidates))
        try coder.pass(&header.hasDecayed)
        try coder.pass(&header.order, in: 0...UInt16(SequenceMixer.orderSets - 1))
        for selector in 0..<SequenceMixer.selectors {
            try coder.pass(&header.sets[selector], in: 0...UInt16(SequenceMixer.sets[selector] - 1))
        }
        try coder.pass(&header.otherCount)
        try coder.check(header.otherCount >= 0, "a count below zero")
        try coder.pass(&header.confidences, in: 0...15)
        try coder.pass(&header.totals, in: 0...9)
        self.header = header
        let count = Int(header.count)
        for kind in 0..<ProbabilityCells.kinds {
            for index in 0...count {
                try unsafe coder.pass(&states(kind)[index], in: 0...UInt16(ProbabilityCells.states - 1))
            }
        }
        for index in 0..<count { try unsafe coder.pass(&symbols[index], in: 0...(.max)) }
        for index in 0...count {
            for row in [frequencies, decayed] {
                try coder.pass(&row[index])
                try coder.check(abs(row[index]) <= 64, "the logarithm of no share")
            }
        }
    }
}
