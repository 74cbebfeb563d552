#if Postgres
import CPostgres
import DequeModule
import Foretail

/// A connection of the pool in pipeline mode: what is under way on it, in the order of its answers.
final class PooledConnection {
    /// What one answer of the server belongs to.
    private enum Exchange {
        case ask(Ask, QueryPlan)
        /// A statement prepared, or a setting, for an ask with this deadline.
        case housekeeping(Int64)
        /// The end of a group: an error before it spoils what is left of the group, and nothing else.
        case sync
    }

    /// What came of an ask.
    enum Outcome {
        case rows(OpaquePointer)
        case error(ServerError)
        /// Another one of its group had an error, so that it was not run.
        case skipped
    }

    /// Prepared statements on one connection; one that has more is closed when nothing is under way.
    static let mostStatements = 512
    /// Microseconds beyond a deadline that the server has to end a statement by itself.
    static let graceMicroseconds: Int64 = 1_000_000

    let link: PostgresLink
    private(set) var keysInFlight = 0
    /// Whether libpq holds bytes that the socket did not take.
    private(set) var wantsToWrite = false
    private var exchanges: Deque<Exchange> = []
    private var prepared: Set<Int> = []
    private var timeoutMilliseconds: Int64 = 0
    private var isHeadAnswered = false
    private var receivedBytes = 0
    private var isEnding = false
    /// When the answer at the head is to be given up.
    private(set) var giveUp = Int64.max

    init(_ link: PostgresLink) { self.link = link }

    var isIdle: Bool { exchanges.isEmpty }
    var isWornOut: Bool { isIdle && prepared.count > Self.mostStatements }

    // MARK: Sending

    /// Sends asks in groups, taking each out of the list; false: the connection broke off.
    func send(_ asks: inout Deque<(ask: Ask, plan: QueryPlan)>) -> Bool {
        var isOpen = false
        while let (ask, plan) = asks.first {
            if !prepared.contains(plan.number) {
                guard endGroup(&isOpen), PQsendPrepare(link.connection, plan.name, plan.sql, 0, nil) == 1 else {
                    return false
                }
                prepared.insert(plan.number)
                note(.housekeeping(ask.fetch.deadline), giveUp: ask.fetch.deadline)
                isOpen = true
                guard endGroup(&isOpen) else { return false }
            }
            guard setTimeout(for: ask, &isOpen), send(ask, plan) else { return false }
            asks.removeFirst()
            isOpen = true
            if ask.isAlone { guard endGroup(&isOpen) else { return false } }
        }
        return endGroup(&isOpen) && flush()
    }

    private func send(_ ask: Ask, _ plan: QueryPlan) -> Bool {
        let parameter = plan.parameter == .key ? ask.fetch.keys[ask.indices[0]] : KeyForm.array(ask.keys)
        let isSent = withParameter(parameter) {
            PQsendQueryPrepared(link.connection, plan.name, 1, $0, nil, nil, 0)
        }
        guard isSent == 1 else { return false }
        note(.ask(ask, plan), giveUp: ask.fetch.deadline)
        keysInFlight += ask.indices.count
        return true
    }

    /// Lets the server end a statement itself that takes too long. What is set already stays where it is near enough.
    private func setTimeout(for ask: Ask, _ isOpen: inout Bool) -> Bool {
        let wanted = max(1, min((ask.fetch.microseconds + 999) / 1_000, Int64(Int32.max)))
        guard timeoutMilliseconds < wanted || timeoutMilliseconds > 2 * wanted else { return true }
        guard endGroup(&isOpen),
            PQsendQueryParams(link.connection, "SET statement_timeout = \(wanted)", 0, nil, nil, nil, nil, 0) == 1
        else { return false }
        timeoutMilliseconds = wanted
        note(.housekeeping(ask.fetch.deadline), giveUp: ask.fetch.deadline)
        isOpen = true
        return endGroup(&isOpen)
    }

    private func endGroup(_ isOpen: inout Bool) -> Bool {
        guard isOpen else { return true }
        isOpen = false
        exchanges.append(.sync)
        return PQpipelineSync(link.connection) == 1
    }

    private func note(_ exchange: Exchange, giveUp deadline: Int64) {
        if exchanges.isEmpty { setGiveUp(deadline) }
        exchanges.append(exchange)
    }

    /// Writes as much as the socket takes; false: the connection broke off.
    func flush() -> Bool {
        let left = PQflush(link.connection)
        wantsToWrite = left == 1
        return left >= 0
    }

    // MARK: Receiving

    /// What reading came to.
    enum Reading {
        case open
        case lost
        /// An answer is larger than may be.
        case tooLarge
    }

    /// Takes in what the socket has, and hands over each ask that was answered.
    func receive(answerBytes: Int, _ handle: (Ask, QueryPlan, Outcome) -> Void) -> Reading {
        receivedBytes += Int(foretail_waiting_bytes(link.socket))
        let isReadable = PQconsumeInput(link.connection) == 1
        var nothings = 0
        while PQisBusy(link.connection) == 0, nothings < 2 {
            guard let result = PQgetResult(link.connection) else {
                if isHeadAnswered {
                    isHeadAnswered = false
                    removeHead()
                } else {
                    nothings += 1
                }
                if exchanges.isEmpty { break }
                continue
            }
            nothings = 0
            defer { PQclear(result) }
            guard take(result, handle) else { return .lost }
        }
        guard isReadable, !isEnding, PQstatus(link.connection) == CONNECTION_OK, isReadOnly else { return .lost }
        if receivedBytes > answerBytes, !exchanges.isEmpty { return .tooLarge }
        return flush() ? .open : .lost
    }

    /// Whether the session still refuses to write: a query may call a function that changes the session's settings, of which the
    /// server tells (from version 14 on). Such a connection is not used again.
    private var isReadOnly: Bool {
        PQparameterStatus(link.connection, "default_transaction_read_only").map { String(cString: $0) != "off" } ?? true
    }

    /// Takes a result for the exchange at the head; false: it does not belong there.
    private func take(_ result: OpaquePointer, _ handle: (Ask, QueryPlan, Outcome) -> Void) -> Bool {
        let status = PQresultStatus(result)
        guard let head = exchanges.first, PQstatus(link.connection) == CONNECTION_OK else { return false }
        receivedBytes = 0
        switch head {
        case .sync:
            guard status == PGRES_PIPELINE_SYNC else { return false }
            removeHead()
        case .housekeeping:
            isHeadAnswered = true
        case .ask(let ask, let plan):
            guard !isHeadAnswered else { return true }
            isHeadAnswered = true
            switch status {
            case PGRES_TUPLES_OK: handle(ask, plan, .rows(result))
            case PGRES_PIPELINE_ABORTED: handle(ask, plan, .skipped)
            case PGRES_FATAL_ERROR:
                let error = ServerError(result)
                // The server is about to close: nothing more may be sent here.
                if error.isFarewell { isEnding = true }
                handle(ask, plan, .error(error))
            default: return false
            }
        }
        return true
    }

    private func removeHead() {
        if case .ask(let ask, _)? = exchanges.popFirst() { keysInFlight -= ask.indices.count }
        switch exchanges.first {
        case .ask(let ask, _): setGiveUp(ask.fetch.deadline)
        case .housekeeping(let deadline): setGiveUp(deadline)
        case .sync: setGiveUp(Monotonic.now())
        case nil: giveUp = .max
        }
    }

    private func setGiveUp(_ deadline: Int64) {
        let (sum, isOver) = max(deadline, Monotonic.now()).addingReportingOverflow(Self.graceMicroseconds)
        giveUp = isOver ? .max : sum
    }

    /// Everything under way, for a connection that is given up; the first is the one that the server was at.
    func unanswered() -> [Ask] {
        exchanges.enumerated().compactMap { place, exchange in
            guard case .ask(let ask, _) = exchange, place > 0 || !isHeadAnswered else { return nil }
            return ask
        }
    }
}
#endif
