/// The candidates of one prediction, and how often each came in the context at hand; scratch, used again and again.
///
/// Symbols are found by an open-addressed table of 128 places that is emptied after each use.
@safe
final class CandidateList {
    private static let places = 128
    private static let mask = places - 1
    /// How many of the most frequent symbols are candidates whatever the contexts say.
    private static let leaders = 12

    /// How many candidates there are.
    private(set) var count = 0
    private let symbols: UnsafeMutablePointer<Int32>
    private let numbers: UnsafeMutablePointer<Int8>
    private let counts: UnsafeMutablePointer<UInt16>
    private let owns: UnsafeMutablePointer<UInt16>

    init() {
        unsafe symbols = .allocate(capacity: Self.places)
        unsafe symbols.initialize(repeating: -1, count: Self.places)
        unsafe numbers = .allocate(capacity: Self.places)
        unsafe numbers.initialize(repeating: -1, count: Self.places)
        unsafe counts = .allocate(capacity: Announcement.width)
        unsafe counts.initialize(repeating: 0, count: Announcement.width)
        unsafe owns = .allocate(capacity: Announcement.width)
        unsafe owns.initialize(repeating: 0, count: Announcement.width)
    }

    deinit {
        unsafe symbols.deallocate()
        unsafe numbers.deallocate()
        unsafe counts.deallocate()
        unsafe owns.deallocate()
    }

    /// Collects the candidates: what followed the contexts, those first that say most, then the most frequent symbols.
    func collect(
        _ nodes: SIMD32<Int32>, keys: UnsafeMutablePointer<UInt64>, table: SuccessorTable, leaders: [Int32],
        into target: UnsafeMutablePointer<Int32>
    ) {
        count = 0
        for rank in 0..<SequenceContexts.count {
            let place = nodes[SequenceContexts.candidateRank(rank)]
            if place >= 0 { unsafe add(table[Int(place)], to: target) }
        }
        for context in [SequenceContexts.first, SequenceContexts.own] where nodes[context] >= 0 {
            var hash = unsafe keys[context]
            var place = Int(nodes[context])
            for depth in 0..<3 where table[place].count == 8 {
                hash = SuccessorTable.next(hash, depth: depth)
                guard let next = table.find(hash) else { break }
                place = next
                unsafe add(table[place], to: target)
            }
        }
        for leader in leaders.prefix(Self.leaders) { unsafe add(leader, to: target) }
    }

    private func add(_ node: SuccessorTable.Node, to target: UnsafeMutablePointer<Int32>) {
        for lane in 0..<node.count { unsafe add(node.symbols[lane], to: target) }
    }

    @inline(__always)
    private func add(_ symbol: Int32, to target: UnsafeMutablePointer<Int32>) {
        guard count < Announcement.candidates else { return }
        let slot = slot(of: symbol)
        guard unsafe numbers[slot] < 0 else { return }
        unsafe symbols[slot] = symbol
        unsafe numbers[slot] = Int8(count)
        unsafe target[count] = symbol
        count += 1
    }

    /// The number of a candidate, −1 of what is none.
    @inline(__always)
    func place(of symbol: Int32) -> Int { symbol < 0 ? -1 : unsafe Int(numbers[slot(of: symbol)]) }

    @inline(__always)
    private func slot(of symbol: Int32) -> Int {
        var slot = Int((UInt32(bitPattern: symbol) &* 2_654_435_761) >> 25)
        while unsafe numbers[slot] >= 0 && symbols[slot] != symbol { slot = (slot + 1) & Self.mask }
        return slot
    }

    /// Empties the list.
    func clear(_ target: UnsafeMutablePointer<Int32>) {
        unsafe numbers.update(repeating: -1, count: Self.places)
    }

    // MARK: Counts

    /// Looks up how often each candidate came after a context.
    func gather(_ table: SuccessorTable, _ head: Int, _ context: UInt64) {
        unsafe counts.update(repeating: 0, count: Announcement.width)
        var hash = context
        var place = head
        for depth in 0...SuccessorTable.chain {
            let node = table[place]
            for lane in 0..<node.count {
                let number = self.place(of: node.symbols[lane])
                if number >= 0 { unsafe counts[number] = node.counts[lane] }
            }
            if node.count < 8 || depth == SuccessorTable.chain { return }
            hash = SuccessorTable.next(hash, depth: depth)
            guard let next = table.find(hash) else { return }
            place = next
        }
    }

    /// How often a candidate came in the context looked at last.
    @inline(__always)
    func counted(_ number: Int) -> Int { unsafe Int(counts[number]) }

    /// Keeps the counts of the context looked at last as those of the key itself.
    func keepOwn(_ count: Int) { unsafe owns.update(from: counts, count: count) }

    /// Says that the key itself has no past.
    func forgetOwn(_ count: Int) { unsafe owns.update(repeating: 0, count: count) }

    /// How often a candidate came on the key itself.
    @inline(__always)
    func own(_ number: Int) -> Int { unsafe Int(owns[number]) }
}
