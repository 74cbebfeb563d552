#if Server
import Foretail
import ForetailTesting
import Testing

@testable import ForetailCLI

@Suite("CanaryLedger") struct CanaryLedgerTests {
    private func position(_ sequence: UInt64, epoch: UInt32 = 1) -> Position {
        Position(epoch: epoch, sequence: sequence)
    }

    /// A ledger that was told of ten events, stored at 1 to 10.
    private func ledger(acknowledged: Int = 10) -> CanaryLedger {
        var ledger = CanaryLedger()
        ledger.noteSent(through: 10)
        ledger.noteAcknowledged(through: acknowledged, at: position(UInt64(acknowledged)))
        return ledger
    }

    @Test("Where all came once and in order, nothing is told, whether the answer or the record was first")
    func whole() {
        var late = ledger()
        var early = CanaryLedger()
        early.noteSent(through: 10)
        for number in 1...10 {
            late.noteReceived(number, at: position(UInt64(number)))
            early.noteReceived(number, at: position(UInt64(number)))
        }
        early.noteAcknowledged(through: 10, at: position(10))
        let expected = CanaryLedger.Counts(sent: 10, acknowledged: 10, received: 10)
        #expect(late.counts == expected)
        #expect(early.counts == expected)
        #expect(late.isDrained && early.isDrained)
    }

    @Test("A lost event is missing as soon as the reader is behind its body, and not before")
    func loss() {
        var ledger = ledger()
        for number in [1, 2, 4, 5, 6, 7, 8, 9] { ledger.noteReceived(number, at: position(UInt64(number))) }
        #expect(ledger.counts.missing == 0)
        #expect(ledger.pending == 2)
        ledger.noteReceived(10, at: position(10))
        #expect(ledger.counts.missing == 1)
        #expect(ledger.missingNumbers == [3])
        #expect(ledger.isDrained)
    }

    @Test("The last event lost is told by a heartbeat behind it, not by the end of the run")
    func lossAtTheEnd() {
        var ledger = ledger()
        for number in 1...9 { ledger.noteReceived(number, at: position(UInt64(number))) }
        #expect(!ledger.isDrained)
        #expect(ledger.counts.missing == 0 && ledger.pending == 1)
        ledger.notePassed(position(10))
        #expect(ledger.isDrained)
        #expect(ledger.missingNumbers == [10])
    }

    @Test("What was never acknowledged is not missing")
    func unacknowledged() {
        var ledger = ledger(acknowledged: 4)
        for number in 1...4 { ledger.noteReceived(number, at: position(UInt64(number))) }
        #expect(ledger.isDrained)
        #expect(ledger.counts.missing == 0)
        #expect(ledger.counts.sent - ledger.counts.acknowledged == 6)
    }

    @Test("A second delivery is told from a second copy by its position")
    func duplicates() {
        var ledger = ledger()
        for number in 1...10 { ledger.noteReceived(number, at: position(UInt64(number))) }
        let isNew = (ledger.noteReceived(7, at: position(7)), ledger.noteReceived(8, at: position(11)))
        #expect(isNew == (false, false))
        #expect(ledger.counts.deliveredAgain == 1)
        #expect(ledger.counts.storedAgain == 1)
        #expect(ledger.counts.missing == 0)
        #expect(ledger.counts.outOfOrder == 0)
    }

    @Test("A later event first is out of order, within a body and behind what was settled")
    func disorder() {
        var within = ledger()
        for (place, number) in [1, 2, 4, 3, 5, 6, 7, 8, 9, 10].enumerated() {
            within.noteReceived(number, at: position(UInt64(place + 1)))
        }
        #expect(within.counts.outOfOrder == 1)
        #expect(within.counts.missing == 0)
        var behind = ledger()
        for number in [1, 2, 4, 5, 6, 7, 8, 9, 10] { behind.noteReceived(number, at: position(UInt64(number))) }
        #expect(behind.counts.missing == 1)
        let isNew = behind.noteReceived(3, at: position(11))
        #expect(isNew)
        #expect(behind.counts.missing == 0)
        #expect(behind.counts.outOfOrder == 1)
    }

    @Test("A crash that takes what was delivered, and the same sent again, is a copy and no loss")
    func crash() {
        var ledger = CanaryLedger()
        ledger.noteSent(through: 10)
        ledger.noteAcknowledged(through: 5, at: position(5))
        for number in 1...8 { ledger.noteReceived(number, at: position(UInt64(number))) }
        ledger.noteGap(through: position(8))
        for (place, number) in (6...10).enumerated() {
            ledger.noteReceived(number, at: position(UInt64(place + 1), epoch: 2))
        }
        ledger.noteAcknowledged(through: 10, at: position(5, epoch: 2))
        #expect(ledger.counts.missing == 0)
        #expect(ledger.counts.storedAgain == 3)
        #expect(ledger.counts.gaps == 1)
        #expect(ledger.isDrained)
    }

    @Test("An event that nobody sent is told")
    func unknown() {
        var ledger = ledger()
        ledger.noteReceived(11, at: position(11))
        ledger.noteReceived(0, at: position(12))
        #expect(ledger.counts.unknown == 2)
    }

    @Test("Random losses, copies and swaps are counted as they were planted", arguments: 1...20)
    func random(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        let count = 500
        var lost: Set<Int> = []
        var copies = 0
        var order = Array(1...count)
        for number in 2..<count where Int.random(in: 0..<20, using: &generator) == 0 { lost.insert(number) }
        order.removeAll { lost.contains($0) }
        var swaps = 0
        var place = 1
        while place + 2 < order.count {
            if Int.random(in: 0..<15, using: &generator) == 0 {
                order.swapAt(place, place + 1)
                swaps += 1
                place += 2
            }
            place += 1
        }
        var ledger = CanaryLedger()
        ledger.noteSent(through: count)
        var sequence: UInt64 = 0
        for number in order {
            sequence += 1
            ledger.noteReceived(number, at: position(sequence))
            if Int.random(in: 0..<30, using: &generator) == 0 {
                sequence += 1
                copies += 1
                ledger.noteReceived(number, at: position(sequence))
            }
        }
        ledger.noteAcknowledged(through: count, at: position(sequence))
        #expect(ledger.isDrained)
        #expect(Set(ledger.missingNumbers) == lost)
        #expect(ledger.counts.missing == lost.count)
        #expect(ledger.counts.storedAgain == copies)
        #expect(ledger.counts.outOfOrder == swaps)
        #expect(ledger.counts.deliveredAgain == 0)
    }
}
#endif
