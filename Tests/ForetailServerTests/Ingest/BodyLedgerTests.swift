#if Server
import Foretail
import ForetailSQLite
import Testing

@testable import ForetailServer

@Suite("Ledger of a body") struct BodyLedgerTests {
    private let full = LogFailure(kind: .full, message: "no room")

    @Test("What is accepted is counted, with the last position and line")
    func accepted() async {
        let ledger = BodyLedger()
        ledger.begin(30)
        ledger.settle(.success(Position(sequence: 2)), events: 2, line: 3, cost: 10)
        ledger.settle(.success(Position(sequence: 7)), events: 5, line: 9, cost: 20)
        let account = await ledger.wait()
        #expect(account.accepted == 7)
        #expect(account.last == Position(sequence: 7))
        #expect(account.lastLine == 9)
        #expect(account.failure == nil)
    }

    @Test("Behind a part that failed none is taken, and the first reason stands")
    func failed() throws {
        let ledger = BodyLedger()
        ledger.begin(20)
        #expect(try ledger.epoch() == nil)
        ledger.note(epoch: 4)
        #expect(try ledger.epoch() == 4)
        ledger.settle(.failure(full), events: 1, line: 1, cost: 10)
        ledger.settle(.failure(LogFailure(kind: .closed, message: "later")), events: 1, line: 2, cost: 10)
        let failure = #expect(throws: LogFailure.self) { try ledger.epoch() }
        #expect(failure == full)
    }

    @Test("A body waits until few enough of its bytes wait for the disk")
    func waits() async {
        let ledger = BodyLedger()
        ledger.begin(100)
        // There is room: nobody waits.
        await ledger.wait(until: 100)
        async let account = ledger.wait(until: 40)
        ledger.settle(.success(Position(sequence: 1)), events: 1, line: 1, cost: 50)
        ledger.settle(.success(Position(sequence: 2)), events: 1, line: 2, cost: 10)
        #expect(await account.accepted == 2)
        // A part larger than the window goes alone.
        async let alone = ledger.wait(until: -5)
        ledger.settle(.success(Position(sequence: 3)), events: 1, line: 3, cost: 40)
        #expect(await alone.accepted == 3)
    }

    @Test("A refused part takes no room")
    func withdrawn() async {
        let ledger = BodyLedger()
        ledger.begin(10)
        ledger.withdraw(10)
        #expect(await ledger.wait().accepted == 0)
    }
}
#endif
