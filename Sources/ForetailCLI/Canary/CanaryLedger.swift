#if Server
import Foretail

/// What was acknowledged, what came, and what that says: the judge of a canary's run. It knows no clock and no connection.
///
///     var ledger = CanaryLedger()
///     ledger.noteSent(through: 3)
///     ledger.noteReceived(1, at: Position(sequence: 1))
///     ledger.noteAcknowledged(through: 3, at: Position(sequence: 3))
///     ledger.noteReceived(3, at: Position(sequence: 3))
///     ledger.counts.missing                      // 1: the reader is behind the place of event 2
///
/// Events are numbered from 1. A stream is in order, so an acknowledged event is missing as soon as the reader is behind the
/// acknowledged position and has not seen it: no time has to pass for that. Memory: the numbers that are not yet settled.
struct CanaryLedger: Sendable {
    /// What was counted.
    struct Counts: Hashable, Sendable {
        /// Events that were handed to the server.
        var sent = 0
        /// Events that the server answered for.
        var acknowledged = 0
        /// Records of events that came, all of them.
        var received = 0
        /// Events that were acknowledged, and that the reader passed without seeing them.
        var missing = 0
        /// Records of an event that had come before, at another position: it was stored more than once.
        var storedAgain = 0
        /// Records of a position that had come before: it was delivered more than once.
        var deliveredAgain = 0
        /// Events that came behind one with a larger number.
        var outOfOrder = 0
        /// Events with a number that was never sent.
        var unknown = 0
        /// Gaps that the server told.
        var gaps = 0
    }

    /// What was counted so far.
    private(set) var counts = Counts()
    /// The missing, in order, as far as they are listed.
    var missingNumbers: [Int] { missing.sorted() }
    /// The largest position that came.
    private(set) var cursor: Position?

    /// Bodies that were acknowledged, and that the reader has not passed.
    private var waiting: [(through: Int, position: Position)] = []
    /// Numbers above ``settled`` that came.
    private var seen: Set<Int> = []
    /// Up to this number it is known what came.
    private var settled = 0
    private var highest = 0
    private var missing: Set<Int> = []
    /// As many of the missing are listed; the others are only counted.
    static let listed = 100_000

    /// Whether the reader has passed all that was acknowledged.
    var isDrained: Bool { waiting.isEmpty }

    /// Events that were acknowledged and have neither come nor been passed.
    var pending: Int {
        guard let last = waiting.last else { return 0 }
        return (settled + 1...last.through).reduce(0) { seen.contains($1) ? $0 : $0 + 1 }
    }

    /// Notes that the events up to a number are on their way.
    mutating func noteSent(through number: Int) { counts.sent = max(counts.sent, number) }

    /// Notes an answer: the events up to a number are stored, the last of them at a position.
    mutating func noteAcknowledged(through number: Int, at position: Position) {
        guard number > counts.acknowledged else { return }
        counts.acknowledged = number
        waiting.append((number, position))
        settle()
    }

    /// Notes an event that came.
    ///
    /// - Returns: Whether it came for the first time.
    @discardableResult
    mutating func noteReceived(_ number: Int, at position: Position) -> Bool {
        counts.received += 1
        let isNewPlace = cursor.map { $0 < position } ?? true
        defer { pass(position) }
        guard number >= 1, number <= counts.sent else {
            counts.unknown += 1
            return false
        }
        if number <= settled, missing.remove(number) != nil {
            // Told too early: it came after what was behind it.
            counts.missing -= 1
            counts.outOfOrder += 1
            return true
        }
        guard number > settled, seen.insert(number).inserted else {
            if isNewPlace { counts.storedAgain += 1 } else { counts.deliveredAgain += 1 }
            return false
        }
        if number < highest { counts.outOfOrder += 1 }
        highest = max(highest, number)
        return true
    }

    /// Notes that the server has nothing more up to a position: a heartbeat.
    mutating func notePassed(_ position: Position) { pass(position) }

    /// Notes a gap that the server told, up to a position.
    mutating func noteGap(through position: Position) {
        counts.gaps += 1
        pass(position)
    }

    private mutating func pass(_ position: Position) {
        if cursor.map({ $0 < position }) ?? true { cursor = position }
        settle()
    }

    private mutating func settle() {
        guard let cursor else { return }
        let passed = waiting.prefix { $0.position <= cursor }
        guard let last = passed.last else { return }
        waiting.removeFirst(passed.count)
        settle(through: last.through)
    }

    private mutating func settle(through number: Int) {
        while settled < number {
            settled += 1
            guard seen.remove(settled) == nil else { continue }
            counts.missing += 1
            if missing.count < Self.listed { missing.insert(settled) }
        }
    }
}
#endif
