import ForetailCluster
import Testing

/// A node's own session, step by step.
struct SessionLeaseTests {
    private let timing = ClusterTiming()

    private func record(_ step: SessionLease.Step?) throws -> (SessionRecord, UInt64) {
        guard case .write(let record, let expecting)? = step else { throw Failure() }
        return (record, expecting)
    }

    private func expectReading(_ lease: inout SessionLease, now: Int64) {
        let step = lease.step(now: now)
        #expect(step == .read)
    }

    private struct Failure: Error {}

    /// A session that joined with a write sent at 1,000 and accepted as revision 1.
    private func joined() throws -> SessionLease {
        var lease = SessionLease(name: "n1", address: "a", instance: 7, timing: timing)
        expectReading(&lease, now: 0)
        lease.take(.missing, now: 500)
        let (first, expecting) = try record(lease.step(now: 1_000))
        #expect(expecting == 0 && first.beat == 1 && first.instance == 7)
        lease.take(.written(revision: 1), now: 400_000)
        return lease
    }

    @Test("It is valid for a lease from before its write was sent, not from when the answer came")
    func countsFromSending() throws {
        let lease = try joined()
        #expect(lease.id == SessionID(node: "n1", incarnation: 0))
        #expect(lease.isValid(now: 1_000 + timing.lease - 1))
        #expect(!lease.isValid(now: 1_000 + timing.lease))
    }

    @Test("An answer that comes after the lease is over makes nothing valid")
    func lateAnswer() throws {
        var lease = try joined()
        _ = lease.step(now: 1_001_000)
        lease.take(.written(revision: 2), now: 9_000_000)
        #expect(!lease.isValid(now: 9_000_000))
        #expect(lease.id != nil)
    }

    @Test("A session that lapsed goes on when its next renewal is accepted")
    func lapses() throws {
        var lease = try joined()
        let (renewal, expecting) = try record(lease.step(now: 8_000_000))
        #expect(expecting == 1 && renewal.beat == 2 && renewal.incarnation == 0)
        lease.take(.written(revision: 5), now: 8_001_000)
        #expect(lease.id == SessionID(node: "n1", incarnation: 0))
        #expect(lease.isValid(now: 10_999_999))
        #expect(!lease.isSteady(now: 8_000_000 + timing.settling - 1), "who was late must not judge others at once")
        _ = try record(lease.step(now: 9_000_000))
        lease.take(.written(revision: 6), now: 9_001_000)
        #expect(lease.isSteady(now: 9_600_000))
    }

    @Test("A write whose answer was lost is looked up: it counts if it is there, without making the lease longer")
    func lostAnswer() throws {
        var lease = try joined()
        let (renewal, _) = try record(lease.step(now: 1_500_000))
        lease.take(.unknown, now: 2_500_000)
        expectReading(&lease, now: 2_500_000)
        lease.take(.entry(.session(renewal), revision: 9), now: 2_600_000)
        #expect(!lease.isValid(now: 1_000 + timing.lease))
        let (next, expecting) = try record(lease.step(now: 2_600_000))
        #expect(expecting == 9 && next.beat == 3)
    }

    @Test("It is lost when its register says so, and joins anew as another session")
    func isLost() throws {
        var lease = try joined()
        let (renewal, _) = try record(lease.step(now: 6_000_000))
        lease.take(.refused, now: 6_001_000)
        expectReading(&lease, now: 6_001_000)
        var ended = renewal
        ended.beat = 1
        ended.phase = .ended
        let isLost = lease.take(.entry(.session(ended), revision: 12), now: 6_002_000)
        #expect(isLost)
        #expect(lease.id == nil)
        expectReading(&lease, now: 6_003_000)
        lease.take(.entry(.session(ended), revision: 12), now: 6_004_000)
        let (fresh, expecting) = try record(lease.step(now: 6_005_000))
        #expect(expecting == 12 && fresh.incarnation == 12 && fresh.beat == 1)
        lease.take(.written(revision: 13), now: 6_006_000)
        #expect(lease.id == SessionID(node: "n1", incarnation: 12))
    }

    @Test("An old reading takes nothing away")
    func oldReading() throws {
        var lease = try joined()
        let (renewal, _) = try record(lease.step(now: 1_500_000))
        lease.take(.written(revision: 4), now: 1_501_000)
        _ = lease.step(now: 2_600_000)
        lease.take(.unknown, now: 2_700_000)
        _ = lease.step(now: 2_700_000)
        var old = renewal
        old.instance = 99
        let isLost = lease.take(.entry(.session(old), revision: 3), now: 2_800_000)
        #expect(!isLost)
        #expect(lease.id != nil)
    }

    @Test("A name that another process uses is waited for until that is silent for a lease and the margin")
    func takenName() throws {
        var lease = SessionLease(name: "n1", address: "a", instance: 7, timing: timing)
        _ = lease.step(now: 0)
        let other = SessionRecord(incarnation: 3, instance: 8, beat: 5, phase: .live, address: "b")
        lease.take(.entry(.session(other), revision: 20), now: 100_000)
        #expect(lease.isTaken)
        var now: Int64 = 100_000
        while now < 100_000 + timing.quiet - 1 {
            if lease.step(now: now) == .read { lease.take(.entry(.session(other), revision: 20), now: now) }
            now += 100_000
        }
        let (join, expecting) = try record(lease.step(now: 100_000 + timing.quiet))
        #expect(expecting == 20 && join.incarnation == 20)
    }

    @Test("Leaving is said at once, and the end is written when all is given up")
    func leaves() throws {
        var lease = try joined()
        lease.leave()
        let (leaving, _) = try record(lease.step(now: 1_100_000))
        #expect(leaving.phase == .leaving)
        lease.take(.written(revision: 2), now: 1_200_000)
        #expect(!lease.isEnded && lease.isValid(now: 1_300_000))
        lease.end()
        let (ended, expecting) = try record(lease.step(now: 1_300_000))
        #expect(ended.phase == .ended && expecting == 2)
        lease.take(.written(revision: 3), now: 1_400_000)
        let step = lease.step(now: 1_500_000)
        #expect(lease.isEnded && lease.id == nil && step == nil)
    }
}
