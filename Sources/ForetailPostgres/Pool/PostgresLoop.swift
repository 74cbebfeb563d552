#if Postgres
import CPostgres
import DequeModule
import Foretail

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// The pool's thread: it owns the connections, waits for all of them at once, and decides who asks what.
///
/// One turn: wait, take what others tell, read answers, give up what is late, hand out what is pending.
final class PostgresLoop {
    /// Plans that are remembered; beyond it all are made anew.
    static let mostPlans = 1_024
    /// Keys that one connection is given at a time, so that idle ones get their part.
    static let chunkKeys = 32

    enum PlanState {
        case making(waiting: [Ask], checks: [CheckedContinuation<Result<Void, ReferenceFailure>, Never>])
        case ready(QueryPlan)
    }

    let settings: PostgresSettings
    let text: ConnectionText
    let inbox: LoopInbox
    let status: StatusBoard
    let connector = ThreadExecutor()
    let planner = ThreadExecutor()
    var connections: [PooledConnection] = []
    var pending: Deque<(ask: Ask, plan: QueryPlan)> = []
    var plans: [ReferenceQuery: PlanState] = [:]
    var lastPlan = 0
    var reconnecting = Reconnecting()
    var reader: ResultReader
    private var fetches: [UInt64: Fetch] = [:]
    private var earliestDeadline = Int64.max
    private var closers: [CheckedContinuation<Void, Never>] = []
    private var isClosing = false

    init(_ settings: PostgresSettings, _ text: ConnectionText, _ inbox: LoopInbox, _ status: StatusBoard) {
        self.settings = settings
        self.text = text
        self.inbox = inbox
        self.status = status
        reader = ResultReader(rowBytes: settings.rowBytes)
    }

    /// Serves until the store is closed. Takes the whole thread.
    func run() {
        while !isClosing {
            wait()
            inbox.take().forEach(take)
            giveUpLate()
            dispatch()
            connectAsNeeded()
            status.set(connections: connections.count, failure: reconnecting.failure)
        }
        let rest = inbox.close()
        connections = []
        let failure = text.failure(.refused, "the store is closed")
        for item in rest { take(item) }
        for fetch in fetches.values { fetch.end(failure) }
        for case .making(_, let checks) in plans.values { checks.forEach { $0.resume(returning: .failure(failure)) } }
        closers.forEach { $0.resume() }
    }

    /// Waits for sockets, others and deadlines, and reads what came.
    private func wait() {
        var descriptors = [pollfd(fd: inbox.wake.readEnd, events: Int16(POLLIN), revents: 0)]
        var deadline = min(earliestDeadline, reconnecting.nextTime(isWanted: wantsConnection))
        for connection in connections {
            let events = Int16(POLLIN) | (connection.wantsToWrite ? Int16(POLLOUT) : 0)
            descriptors.append(pollfd(fd: connection.link.socket, events: events, revents: 0))
            deadline = min(deadline, connection.giveUp)
        }
        guard poll(&descriptors, nfds_t(descriptors.count), Monotonic.pollMilliseconds(until: deadline)) > 0 else {
            return
        }
        let ready = zip(connections, descriptors.dropFirst()).filter { $0.1.revents != 0 }.map(\.0)
        ready.forEach(read)
    }

    private func take(_ item: LoopInbox.Item) {
        switch item {
        case .fetch(let fetch):
            fetches[fetch.number] = fetch
            earliestDeadline = min(earliestDeadline, fetch.deadline)
            if let failure = reconnecting.refusal(isConnected: !connections.isEmpty) {
                fetch.end(failure)
            } else {
                add(Ask(fetch: fetch, indices: Array(fetch.keys.indices)))
            }
            if fetch.isOver { fetches[fetch.number] = nil }
        case .cancel(let number):
            fetches.removeValue(forKey: number)?.end(text.failure(.refused, "the caller went away"))
        case .check(let query, let continuation): check(query, continuation)
        case .planned(let query, let result): planned(query, result)
        case .connected(let result): connected(result)
        case .close(let continuation):
            isClosing = true
            if let continuation { closers.append(continuation) }
        }
    }

    private func giveUpLate() {
        let now = Monotonic.now()
        if earliestDeadline <= now {
            earliestDeadline = .max
            for (number, fetch) in fetches {
                if !fetch.isOver, fetch.deadline <= now {
                    fetch.end(
                        text.failure(
                            .timeout,
                            """
                            no answer within \(fetch.microseconds / 1_000) ms; see to the server's load and the query's \
                            plan, or allow more time
                            """))
                }
                if fetch.isOver {
                    fetches[number] = nil
                } else {
                    earliestDeadline = min(earliestDeadline, fetch.deadline)
                }
            }
        } else if fetches.count > 64, fetches.count > 2 * pending.count {
            // Those that ended by themselves.
            fetches = fetches.filter { !$0.value.isOver }
        }
        for connection in connections where connection.giveUp <= now {
            drop(connection, text.failure(.timeout, "the server gave no answer for long, so the connection was cut"))
        }
    }
}
#endif
