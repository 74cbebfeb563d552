import Synchronization

/// Takes answers of a store. Called on any thread; must not block.
public typealias ReferenceReceiver = @Sendable ([ReferenceAnswer]) -> Void

/// A store as its users see it: asked in batches, never beyond its share, and left alone for a while when it fails.
///
///     let client = ReferenceClient("crm", store, clock: monotonic)
///     client.submit(stage.takeFetches(), from: 0) { answers in … }
///
/// Every fetch is answered once, at the latest when its time is over, whatever the store does. What events wait for goes before
/// what is only expected. Keys that wait while all fetches are under way go together in the next one, so that batches grow with
/// the load. After ``ReferenceLimits/failures`` failures in a row the circuit opens (Nygard, Release It!, 2018): what is asked
/// is refused at once, until a single probe succeeds.
/// Cost: a few microseconds for each batch, and less than one for each key.
public final class ReferenceClient<Store: ReferenceStore>: Sendable {
    /// The store's name.
    public let name: String
    /// The store.
    public let store: Store
    /// Its share.
    public let limits: ReferenceLimits
    private let queue: Mutex<ReferenceQueue>
    private let clock: @Sendable () -> Int64

    private typealias Rows = [Result<ReferenceRows, ReferenceFailure>]

    /// Creates a client.
    ///
    /// - Parameter clock: Microseconds of the monotonic clock.
    public init(
        _ name: String, _ store: Store, limits: ReferenceLimits = ReferenceLimits(),
        clock: @escaping @Sendable () -> Int64
    ) {
        self.name = name
        self.store = store
        self.limits = limits
        self.clock = clock
        queue = Mutex(ReferenceQueue(limits: limits, now: clock()))
    }

    /// What was asked of the store, and how it answered.
    public var figures: ReferenceFigures { queue.withLock { $0.figures(now: clock()) } }

    /// Asks for rows.
    ///
    /// - Parameters:
    ///   - source: Tells those apart who number their statements themselves.
    ///   - receiver: Gets each fetch's answer, those together that come together.
    public func submit(_ fetches: [ReferenceFetch], from source: Int, to receiver: @escaping ReferenceReceiver) {
        guard !fetches.isEmpty else { return }
        let now = clock()
        let refused = queue.withLock { queue in
            fetches.compactMap { fetch -> (ReferenceQueue.Item, String)? in
                let item = ReferenceQueue.Item(
                    identity: .init(source: source, statement: fetch.statement, key: fetch.key), query: fetch.query,
                    receiver: receiver)
                return queue.add(item, isPrefetch: fetch.isPrefetch, now: now).map { (item, $0) }
            }
        }
        answer(refused.map { ($0.0, refusal($0.1)) }, readAt: now)
        pump()
    }

    /// Follows the store's notices until the task is cancelled. Whatever a store tells of, it is there again: if it is left alone, what
    /// is asked next is a probe.
    public func follow(_ receive: @Sendable (ReferenceNotice) -> Void) async {
        await store.follow { notice in
            if notice == .everything { queue.withLock { $0.endPause(now: clock()) } }
            receive(notice)
        }
    }

    private func refusal(_ reason: String) -> Result<ReferenceRows, ReferenceFailure> {
        .failure(ReferenceFailure(.refused, "store '\(name)' was not asked: \(reason)"))
    }

    /// Begins as many fetches as the store's share allows.
    private func pump() {
        while true {
            let now = clock()
            switch queue.withLock({ $0.next(now: now) }) {
            case .read(let batch): begin(batch)
            case .refuse(let items): answer(items.map { ($0, refusal("it failed too often lately")) }, readAt: now)
            case nil:
                guard let pause = queue.withLock({ $0.pause(now: now) }) else { return }
                Task { [self] in
                    try? await Task.sleep(for: .microseconds(pause))
                    queue.withLock { $0.isPausing = false }
                    pump()
                }
                return
            }
        }
    }

    private func begin(_ batch: ReferenceQueue.Batch) {
        let limit = limits.timeoutMicroseconds
        let timer = Task { [self] in
            // A store that does not keep its time is not waited for.
            try? await Task.sleep(for: .microseconds(limit + limit / 4))
            guard queue.withLock({ $0.isUnderWay(batch.number) }) else { return }
            let failure = ReferenceFailure(
                .timeout,
                "store '\(name)' gave no answer within \(Double(limit) / 1_000_000) s; look whether it is well")
            end(batch, .failure(failure), startedAt: clock(), isGivenUp: true)
        }
        Task { [self] in
            let startedAt = clock()
            let rows: Result<Rows, ReferenceFailure>
            do throws(ReferenceFailure) {
                rows = .success(
                    try await store.fetch(
                        batch.items[0].query, keys: batch.items.map(\.identity.key), timeoutMicroseconds: limit))
            } catch {
                rows = .failure(error)
            }
            end(batch, rows, startedAt: startedAt, isGivenUp: false)
            timer.cancel()
        }
    }

    private func end(
        _ batch: ReferenceQueue.Batch, _ rows: Result<Rows, ReferenceFailure>, startedAt: Int64, isGivenUp: Bool
    ) {
        var rows = rows
        if case .success(let found) = rows, found.count != batch.items.count {
            rows = .failure(
                ReferenceFailure(
                    .answer, "store '\(name)' answered \(found.count) of \(batch.items.count) keys; mend the store"))
        }
        let now = clock()
        var failure: ReferenceFailure?
        if case .failure(let error) = rows { failure = error }
        let isFirst = queue.withLock { queue in
            queue.end(
                batch.number, failure: failure, microseconds: now - startedAt, isGivenUp: isGivenUp, now: now)
        }
        if isFirst {
            let answers = batch.items.enumerated().map { place, item in
                (item, rows.flatMap { $0[place] })
            }
            answer(answers, readAt: startedAt)
        }
        pump()
    }

    /// Gives answers to those who asked, each source its own together.
    private func answer(
        _ answers: [(ReferenceQueue.Item, Result<ReferenceRows, ReferenceFailure>)], readAt: Int64
    ) {
        var bySource: [Int: (receiver: ReferenceReceiver, answers: [ReferenceAnswer])] = [:]
        for (item, result) in answers {
            bySource[item.identity.source, default: (item.receiver, [])].answers.append(
                ReferenceAnswer(
                    statement: item.identity.statement, key: item.identity.key, result: result, readAt: readAt))
        }
        for (receiver, answers) in bySource.values { receiver(answers) }
    }
}
