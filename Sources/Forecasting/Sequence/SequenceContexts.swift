/// The contexts whose successors are counted, by number: what a key's next symbol may depend on.
///
/// | number | context |
/// |---|---|
/// | 0…6 | the last 1, 2, 3, 4, 6, 8, 12 symbols, whatever the key |
/// | 7…9 | the key alone; with its last symbol; with its last two |
/// | 10, 11 | the last symbol, or two, and the gap between the last two, in powers of four |
/// | 12, 13 | the last symbol and the hour; the last symbol, the weekday and the half of the day |
/// | 14, 15 | the last symbol but one; it and the one before it |
/// | 16 | the last three symbols in any order |
/// | 17…19 | the last symbol and the set of the last symbols; the last symbol and the bag of all; the bag alone |
/// | 20 | the last symbol and the last two that came after it, whatever the key |
///
/// A key with less past than an order wants has the orders up to one beyond its length, with a start symbol.
enum SequenceContexts {
    static let count = 21
    /// How many of them are orders 1 to 12, from 0 on.
    static let orders = 7
    static let longestOrder = 12
    static let first = 0
    static let second = 1
    static let fourth = 3
    static let own = 7
    static let ownFirst = 8
    static let ownSecond = 9
    static let sinceLast = 20

    /// The order in which contexts name candidates: the more they say, the earlier.
    @inline(__always)
    static func candidateRank(_ place: Int) -> Int { Int(ranks[place]) }

    private static let ranks = SIMD32<UInt8>(
        5, 6, 9, 8, 4, 3, 2, 1, 0, 18, 17, 7, 20, 11, 10, 12, 13, 14, 15, 16, 19, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)

    /// Writes the hashes of a history's contexts, 0 where it has none, but for ``sinceLast``.
    ///
    /// - Parameters:
    ///   - salt: Tells the fields apart that share a table.
    ///   - keys: Room for ``count`` hashes.
    static func fill(_ keys: UnsafeMutablePointer<UInt64>, of history: SequenceHistory, salt: UInt64) {
        let symbols = history.symbols
        let count = history.count
        @inline(__always) func symbol(_ back: Int) -> UInt64 {
            back < count ? UInt64(UInt32(bitPattern: symbols[back])) &+ 7 : 3
        }
        unsafe keys.update(repeating: 0, count: Self.count)
        var hash: UInt64 = 1_469_598_103_934_665_603
        var place = 0
        for length in 1...longestOrder {
            hash = ContextHash.mixed(hash, symbol(length - 1))
            guard length <= 4 || length == 6 || length == 8 || length == 12 else { continue }
            if count >= length - 1 { unsafe keys[place] = ContextHash.mixed(hash, UInt64(length)) }
            place += 1
        }
        let identity = history.identity &+ 1_000_003
        unsafe keys[own] = ContextHash.mixed(ContextHash.mixed(5, identity), 1)
        for length in 0..<2 where unsafe keys[length] != 0 {
            unsafe keys[ownFirst + length] = ContextHash.mixed(keys[length], identity)
        }
        let (last, lastButOne) = (symbol(0), symbol(1))
        let hours = (history.last / 3_600).rounded(.down)
        let hour = UInt64(bitPattern: whole(hours - 24 * (hours / 24).rounded(.down)))
        let days = (history.last / 86_400).rounded(.down)
        let weekday = UInt64(bitPattern: whole(days - 7 * (days / 7).rounded(.down)))
        unsafe keys[12] = ContextHash.mixed(ContextHash.mixed(23, last), hour)
        unsafe keys[13] = ContextHash.mixed(ContextHash.mixed(24, last), weekday * 2 + (hour >= 12 ? 1 : 0))
        if count >= 2 {
            let gap = gapBucket(history.last - history.lastButOne)
            let timed = ContextHash.mixed(22, last)
            unsafe keys[10] = ContextHash.mixed(ContextHash.mixed(21, last), gap)
            unsafe keys[11] = ContextHash.mixed(ContextHash.mixed(timed, lastButOne), gap)
            unsafe keys[14] = ContextHash.mixed(31, lastButOne)
        }
        if count >= 3 {
            unsafe keys[15] = ContextHash.mixed(ContextHash.mixed(32, lastButOne), symbol(2))
            let together =
                ContextHash.mixed(7, last) &+ ContextHash.mixed(7, lastButOne) &+ ContextHash.mixed(7, symbol(2))
            unsafe keys[16] = ContextHash.mixed(33, together)
        }
        unsafe keys[17] = ContextHash.mixed(ContextHash.mixed(41, last), history.set)
        unsafe keys[18] = ContextHash.mixed(ContextHash.mixed(42, last), history.bag)
        unsafe keys[19] = ContextHash.mixed(45, history.bag)
        for context in 0..<sinceLast where unsafe keys[context] != 0 { unsafe keys[context] ^= salt }
    }

    /// The hash of ``sinceLast``, given what came after the last symbol before.
    static func sinceLast(_ history: SequenceHistory, _ first: Int32, _ second: Int32, salt: UInt64) -> UInt64 {
        let last = history.count > 0 ? UInt64(UInt32(bitPattern: history.symbols[0])) &+ 7 : 3
        let hash = ContextHash.mixed(ContextHash.mixed(51, last), UInt64(UInt32(bitPattern: first)))
        return ContextHash.mixed(hash, UInt64(UInt32(bitPattern: second))) ^ salt
    }

    /// The bucket of a gap in seconds: 0 of none, then 1 … 31, one for every factor of four from 1/256 s on.
    private static func gapBucket(_ gap: Double) -> UInt64 {
        guard gap > 0, gap.isFinite else { return 0 }
        return 1 + UInt64(min(max(((Int(gap.exponent) + 8) >> 1) + 1, 0), 30))
    }

    private static func whole(_ value: Double) -> Int64 { Int64(exactly: value) ?? 0 }
}
