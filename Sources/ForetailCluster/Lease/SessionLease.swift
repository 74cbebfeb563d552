/// A node's own session: a lease on its name, in one register, renewed by compare-and-set.
///
///     var lease = SessionLease(name: "n1", address: "http://127.0.0.1:7070", instance: 7, timing: ClusterTiming())
///     lease.step(now: 0)                          // .read
///     lease.take(.missing, now: 2_000)
///     lease.step(now: 2_000)                      // .write(…, expecting: 0)
///     lease.take(.written(revision: 1), now: 4_000)
///     lease.isValid(now: 2_999_000)               // true: three seconds from when the write was sent
///
/// It is valid for ``ClusterTiming/lease`` from before the last renewal was sent that is known to have been accepted. A session
/// that lapsed is not lost: if its next renewal is accepted, nobody has ended it, and all it owned is still its own. It is
/// lost when its register says so. Pure: no clock, no register; times are microseconds of one monotonic clock.
public struct SessionLease: Sendable {
    /// What is to be done with the register.
    public enum Step: Hashable, Sendable {
        /// Read it.
        case read
        /// Write it.
        case write(SessionRecord, expecting: UInt64)
    }

    private enum State {
        /// Without a session; the register is read.
        case outside
        /// The name is used by another process; since when its revision is known.
        case taken(revision: UInt64, since: Int64)
        /// The register is free at this revision.
        case free(revision: UInt64)
        /// In the cluster.
        case held(Held)
        /// Left for good.
        case ended
    }

    private struct Held {
        var incarnation: UInt64
        var beat: UInt64
        var revision: UInt64
        /// When the last renewal was sent that was accepted.
        var sentAt: Int64
        /// Since when it has been valid without a break.
        var steadySince: Int64
        /// Whether the register has to be read before it can be written: the last outcome is not known.
        var isInDoubt = false
        /// Whether it is to be renewed at once.
        var isDue = false
    }

    private struct Pending {
        var step: Step
        var sentAt: Int64
    }

    /// The node's name.
    public let name: String
    private let address: String
    private let instance: UInt64
    private let timing: ClusterTiming
    private var state = State.outside
    private var pending: Pending?
    private var lastRead: Int64?
    private var phase = SessionRecord.Phase.live

    /// Creates the lease of a process that has not joined.
    ///
    /// - Parameters:
    ///   - name: The node's name, unique in the cluster.
    ///   - address: Where its API is reached.
    ///   - instance: A number no other process has.
    ///   - timing: The cluster's durations.
    public init(name: String, address: String, instance: UInt64, timing: ClusterTiming) {
        self.name = name
        self.address = address
        self.instance = instance
        self.timing = timing
    }

    /// The session, lapsed or not; nil before it is known to be there, and after it was lost.
    public var id: SessionID? {
        guard case .held(let held) = state else { return nil }
        return SessionID(node: name, incarnation: held.incarnation)
    }

    /// Whether the session is over by the node's own will.
    public var isEnded: Bool {
        if case .ended = state { return true }
        return false
    }

    /// Whether the node gives up its partitions.
    public var isLeaving: Bool { phase != .live }

    /// Whether another process is using the name.
    public var isTaken: Bool {
        if case .taken = state { return true }
        return false
    }

    /// Whether the node may act as an owner now.
    public func isValid(now: Int64) -> Bool {
        guard case .held(let held) = state else { return false }
        return now < held.sentAt + timing.lease
    }

    /// When the session lapses unless it is renewed; nil without one.
    public var validUntil: Int64? {
        guard case .held(let held) = state else { return nil }
        return held.sentAt + timing.lease
    }

    /// Whether the node may end sessions of others: its own has been valid for so long that the registers work for all.
    public func isSteady(now: Int64) -> Bool {
        guard case .held(let held) = state, isValid(now: now) else { return false }
        return now - held.steadySince >= timing.settling
    }

    /// Says to others that the node gives its partitions up, with the next renewal, which is due at once.
    public mutating func leave() {
        guard phase == .live else { return }
        phase = .leaving
        mutateHeld { $0.isDue = true }
        if id == nil, pending == nil { state = .ended }
    }

    /// Ends the session; everything it owned must have been given up.
    public mutating func end() {
        guard phase != .ended else { return }
        phase = .ended
        guard id == nil else { return mutateHeld { $0.isDue = true } }
        state = .ended
    }

    /// What to do with the register now; nil: nothing, or an answer is waited for.
    public mutating func step(now: Int64) -> Step? {
        guard pending == nil, let step = next(now: now) else { return nil }
        pending = Pending(step: step, sentAt: now)
        return step
    }

    private func next(now: Int64) -> Step? {
        switch state {
        case .ended: return nil
        case .outside: return .read
        case .taken(let revision, let since):
            if now - since >= timing.quiet { return join(over: revision) }
            return now - (lastRead ?? since) >= timing.poll ? .read : nil
        case .free(let revision): return join(over: revision)
        case .held(let held):
            if held.isInDoubt { return .read }
            guard held.isDue || now - held.sentAt >= timing.renewal else { return nil }
            return .write(record(incarnation: held.incarnation, beat: held.beat + 1), expecting: held.revision)
        }
    }

    private func join(over revision: UInt64) -> Step {
        .write(record(incarnation: revision, beat: 1), expecting: revision)
    }

    private func record(incarnation: UInt64, beat: UInt64) -> SessionRecord {
        SessionRecord(incarnation: incarnation, instance: instance, beat: beat, phase: phase, address: address)
    }

    /// Takes the answer to the last step, or that there was none in time.
    ///
    /// - Returns: Whether the session was lost by it: others took the node for dead. All it owned is gone; it joins anew.
    @discardableResult
    public mutating func take(_ answer: RegisterAnswer, now: Int64) -> Bool {
        guard let pending else { return false }
        self.pending = nil
        switch (pending.step, answer) {
        case (.write(let record, _), .written(let revision)):
            accept(record, revision: revision, sentAt: pending.sentAt)
            return false
        case (.write, _):
            doubt()
            return false
        case (.read, .entry(.session(let record), let revision)):
            lastRead = now
            return see(record, revision: revision, now: now)
        case (.read, .missing):
            lastRead = now
            return see(nil, revision: 0, now: now)
        case (.read, _):
            return false
        }
    }

    private mutating func accept(_ record: SessionRecord, revision: UInt64, sentAt: Int64) {
        guard record.phase != .ended else {
            state = .ended
            return
        }
        var held = Held(
            incarnation: record.incarnation, beat: record.beat, revision: revision, sentAt: sentAt, steadySince: sentAt)
        if case .held(let before) = state, sentAt < before.sentAt + timing.lease {
            held.steadySince = before.steadySince
        }
        // It may be leaving since the write was sent.
        held.isDue = record.phase != phase
        state = .held(held)
    }

    /// The last write may have been accepted, now or later.
    private mutating func doubt() {
        if case .held = state { return mutateHeld { $0.isInDoubt = true } }
        state = .outside
    }

    private mutating func see(_ record: SessionRecord?, revision: UInt64, now: Int64) -> Bool {
        let isMine = record?.instance == instance && record?.phase != .ended
        if case .held(let held) = state {
            guard isMine, let record, record.incarnation == held.incarnation, revision >= held.revision else {
                // A reading may be old; what is newer than the last known revision and not this session's is certain.
                if revision < held.revision, record != nil { return false }
                state = phase == .live ? .outside : .ended
                return true
            }
            mutateHeld { held in
                held.beat = max(held.beat, record.beat)
                held.revision = revision
                held.isInDoubt = false
                held.isDue = true
            }
            return false
        }
        guard phase == .live || isMine else {
            state = .ended
            return false
        }
        guard let record else {
            state = .free(revision: 0)
            return false
        }
        if isMine {
            // The joining write was accepted although nobody said so. When it was sent is forgotten: it is renewed at once.
            state = .held(
                Held(
                    incarnation: record.incarnation, beat: record.beat, revision: revision, sentAt: now - timing.lease,
                    steadySince: now, isDue: true))
        } else if record.phase == .ended {
            state = .free(revision: revision)
        } else if case .taken(revision, _) = state {
            // As before: it goes on being quiet.
        } else {
            state = .taken(revision: revision, since: now)
        }
        return false
    }

    private mutating func mutateHeld(_ change: (inout Held) -> Void) {
        guard case .held(var held) = state else { return }
        change(&held)
        state = .held(held)
    }
}
