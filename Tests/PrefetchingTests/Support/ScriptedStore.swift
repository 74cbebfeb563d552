import Synchronization

/// A store whose loads wait until they are let go, one by one, if that is asked for.
final class ScriptedStore: Sendable {
    struct Failure: Error, Equatable {}

    /// A load that waits.
    private struct Held {
        let keys: [Int]
        let continuation: CheckedContinuation<[Int: String], any Error>
    }

    private struct State {
        var rows: [Int: String] = [:]
        var calls: [[Int]] = []
        var isHolding = false
        var held: [Held] = []
        var arrivals: [CheckedContinuation<Void, Never>] = []
    }

    private let state = Mutex(State())

    init(rows: [Int: String] = [:], isHolding: Bool = false) {
        state.withLock {
            $0.rows = rows
            $0.isHolding = isHolding
        }
    }

    /// What it was asked for, call by call.
    var calls: [[Int]] { state.withLock { $0.calls } }

    func set(_ key: Int, _ value: String) { state.withLock { $0.rows[key] = value } }

    /// Loads, or waits to be let go. The rows are read when the load begins.
    func load(_ keys: [Int]) async throws -> [Int: String] {
        let rows = state.withLock { state in
            state.calls.append(keys)
            return state.rows.filter { keys.contains($0.key) }
        }
        guard state.withLock({ $0.isHolding }) else { return rows }
        return try await withCheckedThrowingContinuation { continuation in
            let arrivals = state.withLock { state in
                state.held.append(Held(keys: keys, continuation: continuation))
                defer { state.arrivals = [] }
                return state.arrivals
            }
            for arrival in arrivals { arrival.resume() }
        }
    }

    /// Waits until a load is held.
    func arrival() async {
        await withCheckedContinuation { continuation in
            let isThere = state.withLock { state in
                if state.held.isEmpty { state.arrivals.append(continuation) }
                return !state.held.isEmpty
            }
            if isThere { continuation.resume() }
        }
    }

    /// Lets the oldest load go, with the rows that it read or others.
    func release(with rows: [Int: String]) async {
        await arrival()
        state.withLock { $0.held.removeFirst() }.continuation.resume(returning: rows)
    }

    /// Lets the oldest load fail.
    func fail() async {
        await arrival()
        state.withLock { $0.held.removeFirst() }.continuation.resume(throwing: Failure())
    }
}
