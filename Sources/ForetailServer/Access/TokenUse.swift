#if Server
import FieldExtraction
import ForetailSQLite
import HTTPTypes
import Synchronization

/// A token in force, and what it has used.
final class TokenUse: Sendable {
    /// What is used of a token since the server started.
    struct Counts: Sendable {
        var calls = 0
        var events = 0
        var bytes = 0
        /// Calls and bodies that were over a rate.
        var refused = 0
        var last: Timestamp?
    }

    private struct State {
        var counts = Counts()
        var calls: TokenBucket?
        var events: TokenBucket?
        var bytes: TokenBucket?
        var revoked: Timestamp?
    }

    /// Its id, which may be logged.
    let id: String
    /// What it may.
    let definition: TokenDefinition
    /// When it was made.
    let created: Timestamp
    /// Whose it is.
    let tenant: Tenant
    private let hash: [UInt8]
    private let state: Mutex<State>

    /// Takes up what the catalogue holds.
    ///
    /// - Throws: ``Problem`` where its definition cannot be read.
    init(_ stored: StoredToken, tenant: Tenant) throws(Problem) {
        id = stored.id
        hash = stored.hash
        created = stored.created
        self.tenant = tenant
        definition = try TokenDefinition(stored)
        let quotas = definition.quotas
        state = Mutex(
            State(
                calls: quotas.calls.map { TokenBucket(perSecond: $0) },
                events: quotas.events.map { TokenBucket(perSecond: $0) },
                bytes: quotas.bytes.map { TokenBucket(perSecond: $0) }, revoked: stored.revoked))
    }

    /// What was used.
    var counts: Counts { state.withLock { $0.counts } }

    /// When it was revoked.
    var revoked: Timestamp? {
        get { state.withLock { $0.revoked } }
        set { state.withLock { $0.revoked = newValue } }
    }

    /// Whether it may be used: not revoked, not over.
    func isInForce(_ now: Timestamp) -> Bool { revoked == nil && definition.expires.map { now < $0 } ?? true }

    /// Whether a text is this token.
    func matches(_ secret: TokenSecret) -> Bool { secret.matches(hash) }

    /// Counts a call.
    ///
    /// - Throws: ``Problem`` (429) where it is over the rate.
    func takeCall(_ clock: ServerClock = ServerClock()) throws(Problem) {
        let (now, time) = (clock.monotonic, clock.now())
        let wait = state.withLock { state -> Int64? in
            state.counts.last = time
            if let wait = state.calls?.take(1, now: now) {
                state.counts.refused += 1
                return wait
            }
            state.counts.calls += 1
            return nil
        }
        if let wait { throw .overRate("calls", definition.quotas.calls ?? 0, of: self, what: "calls a second", wait) }
    }

    /// Counts events that are written.
    ///
    /// - Throws: ``Problem`` (429) where those before them were over a rate. Nothing of these was taken.
    func takeEvents(_ events: Int, bytes: Int, now: Int64 = ServerClock().monotonic) throws(Problem) {
        let (eventWait, byteWait) = state.withLock { state -> (Int64?, Int64?) in
            // Both are asked before either is taken from.
            let waits = (state.events?.take(0, now: now), state.bytes?.take(0, now: now))
            guard waits.0 == nil, waits.1 == nil else {
                state.counts.refused += 1
                return waits
            }
            _ = state.events?.take(events, now: now)
            _ = state.bytes?.take(bytes, now: now)
            state.counts.events += events
            state.counts.bytes += bytes
            return (nil, nil)
        }
        if let eventWait, eventWait >= byteWait ?? 0 {
            throw .overRate("events", definition.quotas.events ?? 0, of: self, what: "events a second", eventWait)
        }
        if let byteWait {
            throw .overRate("bytes", definition.quotas.bytes ?? 0, of: self, what: "bytes a second", byteWait)
        }
    }

    /// Refuses a filter that is larger than the token's may be.
    func check(filterBytes: Int) throws(Problem) {
        guard let limit = definition.quotas.filterBytes, filterBytes > limit else { return }
        var problem = Problem(
            .tooManyRequests, "quota", "filter: \(filterBytes) bytes, and token \(id) may have \(limit)",
            field: "filter", remedy: "write a shorter filter, or ask for a token with a larger quota `filterBytes`")
        problem.limit = Problem.Limit(name: "quotas.filterBytes", value: limit, used: filterBytes)
        problem.retryAfter = 60
        throw problem
    }
}

extension Problem {
    /// A token that uses more in a second than it may.
    fileprivate static func overRate(
        _ name: String, _ value: Int, of use: TokenUse, what: String, _ wait: Int64
    ) -> Problem {
        var problem = Problem(
            .tooManyRequests, "quota", "token \(use.id) may have \(value) \(what)",
            remedy: "go on after `Retry-After`, or ask for a token with a larger quota `\(name)`")
        problem.limit = Limit(name: "quotas.\(name)", value: value)
        problem.retryAfter = Int((wait + 999_999) / 1_000_000)
        return problem
    }

    /// A tenant that has as many of something as it may.
    static func quotaReached(_ name: String, _ value: Int, used: Int, what: String) -> Problem {
        var problem = Problem(
            .tooManyRequests, "quota", "\(what): the quota \(name) of \(value) is reached",
            remedy: "remove what is not needed, or ask for a token with a larger quota `\(name)`")
        problem.limit = Limit(name: "quotas.\(name)", value: value, used: used)
        problem.retryAfter = 5
        return problem
    }
}
#endif
