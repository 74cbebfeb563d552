public import Foretail
import Synchronization

/// A reference store in memory: rows by key, changed by the test, which hears of what was asked.
///
///     let store = InMemoryReferenceStore(["a": #"{"name":"Ada"}"#])
///     store.put("a", #"{"name":"Grace"}"#)       // and tells whoever follows
///     store.hold(); …; store.release()           // answers nobody in between
public final class InMemoryReferenceStore: ReferenceStore {
    private struct State {
        var rows: [String: String]
        var asked: [[String]] = []
        var failure: ReferenceFailure?
        var isHeld = false
        var waiting: [CheckedContinuation<Void, Never>] = []
        var followers: [Int: AsyncStream<ReferenceNotice>.Continuation] = [:]
        var next = 0
    }

    private let state: Mutex<State>

    /// Creates a store with a row, a JSON object, for each of some keys.
    public init(_ rows: [String: String] = [:]) { state = Mutex(State(rows: rows)) }

    /// The keys of each fetch so far.
    public var asked: [[String]] { state.withLock { $0.asked } }

    /// Puts a row in, or takes it out, and tells those who follow.
    public func put(_ key: String, _ row: String?) {
        state.withLock { state in
            state.rows[key] = row
            for follower in state.followers.values { follower.yield(.key(key)) }
        }
    }

    /// Lets every fetch fail from now on; nil: none.
    public func fail(_ failure: ReferenceFailure?) { state.withLock { $0.failure = failure } }

    /// Holds back all answers until ``release()``.
    public func hold() { state.withLock { $0.isHeld = true } }

    /// Lets go what was held back.
    public func release() {
        let waiting = state.withLock { state in
            state.isHeld = false
            defer { state.waiting = [] }
            return state.waiting
        }
        for continuation in waiting { continuation.resume() }
    }

    /// Accepts every query but one about a table called `missing`.
    public func check(_ query: ReferenceQuery) async throws(ReferenceFailure) {
        guard !query.text.contains("missing") else {
            throw ReferenceFailure(.query, "there is no table 'missing'; create it, or ask another")
        }
    }

    /// Reads the rows of keys as they are when they are asked for.
    public func fetch(
        _ query: ReferenceQuery, keys: [String], timeoutMicroseconds microseconds: Int64
    ) async throws(ReferenceFailure) -> [Result<ReferenceRows, ReferenceFailure>] {
        let (rows, failure) = state.withLock { state in
            state.asked.append(keys)
            return (keys.map { state.rows[$0] }, state.failure)
        }
        await withCheckedContinuation { continuation in
            let isHeld = state.withLock { state in
                if state.isHeld { state.waiting.append(continuation) }
                return state.isHeld
            }
            if !isHeld { continuation.resume() }
        }
        if let failure { throw failure }
        return rows.map { row in
            .success(row.map { ReferenceRows(json: Array("[\($0)]".utf8), count: 1) } ?? .none)
        }
    }

    /// Follows changes.
    public func follow(_ receive: @Sendable (ReferenceNotice) -> Void) async {
        let (notices, report) = AsyncStream<ReferenceNotice>.makeStream()
        let number = state.withLock { state in
            state.next += 1
            state.followers[state.next] = report
            return state.next
        }
        for await notice in notices { receive(notice) }
        state.withLock { $0.followers[number] = nil }
    }

    /// Lets go what was held back.
    public func close() async { release() }
}
