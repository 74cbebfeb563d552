#if Server
import Testing

@testable import ForetailServer

@Suite("ConnectionLedger") struct ConnectionLedgerTests {
    private func ledger(_ all: Int, _ each: Int) -> ConnectionLedger {
        var limits = ServerLimits()
        limits.connections = all
        limits.connectionsPerAddress = each
        return ConnectionLedger(limits: limits)
    }

    @Test("The last connection within a limit is let in, the next is refused with its reason, and room comes back")
    func limits() {
        let ledger = ledger(3, 2)
        let first = InternetAddress("192.0.2.1")
        let second = InternetAddress("192.0.2.2")
        #expect(ledger.enter(first) == nil)
        #expect(ledger.enter(first) == nil)
        #expect(ledger.enter(first) == .connectionsPerAddress)
        #expect(ledger.enter(second) == nil)
        #expect(ledger.enter(second) == .connections)
        #expect(ledger.count == 3)
        #expect(ledger.mostOfOneAddress == 2)
        ledger.leave(first)
        #expect(ledger.enter(second) == nil)
        #expect(ledger.enter(nil) == .connections)
        #expect(ledger.refusals == [.connectionsPerAddress: 1, .connections: 2])
    }

    @Test(
        "Addresses that one sender has count as one, others do not",
        arguments: [
            ("2001:db8:1:2::1", "2001:db8:1:2:ffff::9", true), ("2001:db8:1:2::1", "2001:db8:1:3::1", false),
            ("::ffff:192.0.2.1", "192.0.2.1", true), ("192.0.2.1", "192.0.2.2", false),
        ])
    func addresses(first: String, second: String, isOne: Bool) {
        let ledger = ledger(10, 1)
        #expect(ledger.enter(InternetAddress(first)) == nil)
        #expect(ledger.enter(InternetAddress(second)) == (isOne ? .connectionsPerAddress : nil))
    }

    @Test("Nothing is kept of an address that has left")
    func leaving() {
        let ledger = ledger(10, 5)
        let address = InternetAddress("192.0.2.1")
        for _ in 0..<5 { #expect(ledger.enter(address) == nil) }
        for _ in 0..<5 { ledger.leave(address) }
        #expect(ledger.count == 0)
        #expect(ledger.mostOfOneAddress == 0)
    }
}
#endif
