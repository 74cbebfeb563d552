#if Server
/// Changes that wait for one disk write together: while one write is under way, those that come form the next.
///
/// A thousand registrations at once cost a few syncs, not a thousand.
actor GroupCommit<Item: Sendable, Value: Sendable> {
    private typealias Waiting = (item: Item, continuation: CheckedContinuation<Result<Value, Problem>, Never>)

    private let commit: @Sendable ([Item]) async throws(Problem) -> [Value]
    private var waiting: [Waiting] = []
    private var isCommitting = false

    /// Creates a queue before `commit`, which writes all or none and gives a value for each.
    init(_ commit: @escaping @Sendable ([Item]) async throws(Problem) -> [Value]) { self.commit = commit }

    /// Adds an item and waits until it is written.
    func add(_ item: Item) async throws(Problem) -> Value {
        let result: Result<Value, Problem> = await withCheckedContinuation { continuation in
            waiting.append((item, continuation))
            if !isCommitting {
                isCommitting = true
                Task { await run() }
            }
        }
        return try result.get()
    }

    private func run() async {
        while !waiting.isEmpty {
            let group = waiting
            waiting = []
            do throws(Problem) {
                let values = try await commit(group.map(\.item))
                for (place, entry) in group.enumerated() {
                    entry.continuation.resume(returning: .success(values[place]))
                }
            } catch {
                for entry in group { entry.continuation.resume(returning: .failure(error)) }
            }
        }
        isCommitting = false
    }
}
#endif
