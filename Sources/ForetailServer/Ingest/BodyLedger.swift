#if Server
import FieldExtraction
import Foretail
import ForetailSQLite
import Synchronization

/// What became of the parts of one body.
///
/// A body is taken piece by piece, and what is acknowledged of it is always a first part: behind a piece that failed none is
/// taken any more, whatever the log could take again by then.
final class BodyLedger: Sendable {
    /// How a body stands.
    struct Account: Sendable {
        /// Events that are durable.
        var accepted = 0
        /// The position of the last of them.
        var last: Position?
        /// The number of its line, or its place in an array.
        var lastLine = 0
        /// Why the rest is not.
        var failure: LogFailure?

        /// The members of an answer.
        func members(_ rejections: Rejections) -> [(String, JSONValue?)] {
            [
                ("accepted", .number(accepted)), ("rejected", rejections.document),
                ("rejectedCount", .number(rejections.count)), ("last", last.map { .string($0.description) }),
            ]
        }

        /// The members of a problem.
        func extra(_ rejections: Rejections) -> [JSONValue.Member] {
            members(rejections).compactMap { key, value in value.map { JSONValue.Member(key: key, value: $0) } }
        }
    }

    private struct State {
        var account = Account()
        /// Bytes handed over and not settled.
        var waitingBytes = 0
        /// The epoch of the first part's positions.
        var epoch: UInt32?
        /// Who waits, and until how few bytes wait. A body has one reader.
        var waiter: (bytes: Int, continuation: CheckedContinuation<Void, Never>)?

        mutating func takeWaiter() -> CheckedContinuation<Void, Never>? {
            guard let waiter, waitingBytes <= waiter.bytes else { return nil }
            self.waiter = nil
            return waiter.continuation
        }
    }

    private let state = Mutex(State())

    /// Notes that a part is handed over.
    func begin(_ cost: Int) { state.withLock { $0.waitingBytes += cost } }

    /// Notes that a part was not taken after all.
    func withdraw(_ cost: Int) { state.withLock { $0.waitingBytes -= cost } }

    /// The epoch that the next part's positions have to be of; nil for the first.
    ///
    /// - Throws: Why an earlier part failed.
    func epoch() throws(LogFailure) -> UInt32? {
        let (failure, epoch) = state.withLock { ($0.account.failure, $0.epoch) }
        if let failure { throw failure }
        return epoch
    }

    /// Notes the epoch of a part's positions.
    func note(epoch: UInt32) { state.withLock { $0.epoch = epoch } }

    /// Notes what became of a part.
    func settle(_ result: Result<Position, LogFailure>, events: Int, line: Int, cost: Int) {
        let waiter = state.withLock { state in
            state.waitingBytes -= cost
            switch result {
            case .success(let position):
                state.account.accepted += events
                state.account.last = position
                state.account.lastLine = line
            case .failure(let failure): state.account.failure = state.account.failure ?? failure
            }
            return state.takeWaiter()
        }
        waiter?.resume()
    }

    /// Waits until at most so many bytes are not settled.
    ///
    /// - Returns: How the body stands then.
    @discardableResult
    func wait(until bytes: Int = 0) async -> Account {
        await withCheckedContinuation { continuation in
            let waiter = state.withLock { state in
                state.waiter = (max(0, bytes), continuation)
                return state.takeWaiter()
            }
            waiter?.resume()
        }
        return state.withLock { $0.account }
    }
}
#endif
