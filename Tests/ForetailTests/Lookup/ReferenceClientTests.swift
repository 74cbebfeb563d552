import Synchronization
import Testing

@testable import Foretail

/// A store that answers when it is told to.
private final class ScriptedStore: ReferenceStore {
    typealias Answer = [Result<ReferenceRows, ReferenceFailure>]

    struct Call {
        var keys: [String]
        var continuation: CheckedContinuation<Result<Answer, ReferenceFailure>, Never>
    }

    private let calls = Mutex<[Call]>([])
    let keys: AsyncStream<[String]>
    private let report: AsyncStream<[String]>.Continuation

    init() { (keys, report) = AsyncStream.makeStream() }

    func check(_ query: ReferenceQuery) async throws(ReferenceFailure) {}

    func fetch(
        _ query: ReferenceQuery, keys: [String], timeoutMicroseconds microseconds: Int64
    ) async throws(ReferenceFailure) -> Answer {
        let result = await withCheckedContinuation { continuation in
            calls.withLock { $0.append(Call(keys: keys, continuation: continuation)) }
            report.yield(keys)
        }
        return try result.get()
    }

    func follow(_ receive: @Sendable (ReferenceNotice) -> Void) async {}
    func close() async {}

    /// Answers the oldest call.
    func answer(_ failure: ReferenceFailure? = nil, missing: Int = 0) {
        let call = calls.withLock { $0.removeFirst() }
        let rows = call.keys.dropLast(missing).map { key in
            Result<ReferenceRows, ReferenceFailure>.success(ReferenceRows(json: Array("[\"\(key)\"]".utf8), count: 1))
        }
        call.continuation.resume(returning: failure.map { .failure($0) } ?? .success(rows))
    }
}

/// A client of a scripted store, and what it answered.
private final class ClientBench: Sendable {
    let store = ScriptedStore()
    let client: ReferenceClient<ScriptedStore>
    let answers: AsyncStream<ReferenceAnswer>
    private let report: AsyncStream<ReferenceAnswer>.Continuation
    let time: ManualTime

    final class ManualTime: Sendable {
        let now = Mutex<Int64>(0)
    }

    init(_ limits: ReferenceLimits) {
        let time = ManualTime()
        self.time = time
        client = ReferenceClient("crm", store, limits: limits) { time.now.withLock { $0 } }
        (answers, report) = AsyncStream.makeStream()
    }

    func ask(_ keys: [String], isPrefetch: Bool = false, query: String = "SELECT $1") {
        let query = ReferenceQuery(query)
        client.submit(
            keys.map {
                ReferenceFetch(statement: 0, store: "crm", query: query, key: $0, isPrefetch: isPrefetch)
            }, from: 0
        ) { [report] answers in for answer in answers { report.yield(answer) } }
    }

    /// The next call of the store.
    func call() async -> [String]? {
        var iterator = store.keys.makeAsyncIterator()
        return await iterator.next()
    }

    /// The next answers, sorted by key.
    func answers(_ count: Int) async -> [ReferenceAnswer] {
        var iterator = answers.makeAsyncIterator()
        var taken: [ReferenceAnswer] = []
        while taken.count < count, let answer = await iterator.next() { taken.append(answer) }
        return taken.sorted { $0.key < $1.key }
    }
}

extension ReferenceAnswer {
    fileprivate var kind: ReferenceFailure.Kind? {
        if case .failure(let failure) = result { failure.kind } else { nil }
    }
}

@Suite struct ReferenceClientTests {
    private func limits(_ set: (inout ReferenceLimits) -> Void = { _ in }) -> ReferenceLimits {
        var limits = ReferenceLimits()
        limits.concurrency = 1
        // However slow the machine is, no store is given up for it.
        limits.timeoutMicroseconds = 3_600_000_000
        set(&limits)
        return limits
    }

    @Test func keysThatWaitGoTogether() async {
        let bench = ClientBench(limits { $0.batchKeys = 3 })
        bench.ask(["a"])
        #expect(await bench.call() == ["a"])
        bench.ask(["b", "c", "d", "e"])
        bench.store.answer()
        #expect(await bench.call() == ["b", "c", "d"])
        bench.store.answer()
        #expect(await bench.call() == ["e"])
        bench.store.answer()
        let answers = await bench.answers(5)
        #expect(answers.map(\.key) == ["a", "b", "c", "d", "e"])
        #expect(answers.allSatisfy { $0.kind == nil })
        #expect(bench.client.figures.fetches == 3)
    }

    @Test func keysOfDifferentQueriesDoNotBreakEachOthersBatches() async {
        let bench = ClientBench(limits())
        bench.ask(["x"])
        _ = await bench.call()
        for key in ["a", "b", "c"] {
            bench.ask([key])
            bench.ask([key + "2"], query: "SELECT 2, $1")
        }
        bench.store.answer()
        #expect(await bench.call() == ["a", "b", "c"])
        bench.store.answer()
        #expect(await bench.call() == ["a2", "b2", "c2"])
        bench.store.answer()
        #expect(await bench.answers(7).count == 7)
    }

    @Test func eventsGoBeforeExpectations() async {
        let bench = ClientBench(limits())
        bench.ask(["a"])
        _ = await bench.call()
        bench.ask(["p", "q"], isPrefetch: true)
        bench.ask(["b", "q"])
        bench.store.answer()
        #expect(await bench.call() == ["b", "q"])
        bench.store.answer()
        #expect(await bench.call() == ["p"])
        bench.store.answer()
        #expect(await bench.answers(4).map(\.key) == ["a", "b", "p", "q"])
    }

    @Test func oneKeyIsAskedForOnce() async {
        let bench = ClientBench(limits())
        bench.ask(["a"])
        bench.ask(["a"])
        #expect(await bench.call() == ["a"])
        bench.ask(["a"])
        bench.store.answer()
        #expect(await bench.answers(1).map(\.key) == ["a"])
        #expect(bench.client.figures.keys == 1)
    }

    @Test func anAnswerOfTheWrongLengthIsAFailure() async {
        let bench = ClientBench(limits())
        bench.ask(["a", "b"])
        _ = await bench.call()
        bench.store.answer(missing: 1)
        #expect(await bench.answers(2).map(\.kind) == [.answer, .answer])
    }

    @Test func aStoreThatHangsIsNotWaitedFor() async {
        let bench = ClientBench(limits { $0.timeoutMicroseconds = 1_000 })
        bench.ask(["a"])
        _ = await bench.call()
        #expect(await bench.answers(1).map(\.kind) == [.timeout])
        // What it holds is not free until it returns, and then its answer counts for nothing.
        bench.ask(["b"])
        #expect(bench.client.figures.waiting == 1)
        bench.store.answer()
        #expect(await bench.call() == ["b"])
        bench.store.answer()
        #expect(await bench.answers(1).map(\.key) == ["b"])
    }

    @Test func aStoreThatFailsIsLeftAloneUntilAProbeSucceeds() async {
        let bench = ClientBench(
            limits {
                $0.failures = 2
                $0.shortestPause = 1_000
            })
        for key in ["a", "b"] {
            bench.ask([key])
            _ = await bench.call()
            bench.store.answer(ReferenceFailure(.connection, "down"))
            #expect(await bench.answers(1).map(\.kind) == [.connection])
        }
        #expect(bench.client.figures.isOpen)
        bench.ask(["c"])
        #expect(await bench.answers(1).map(\.kind) == [.refused])
        // One probe; it fails, and the pause doubles.
        bench.time.now.withLock { $0 = 1_000 }
        bench.ask(["d", "e"])
        #expect(await bench.call() == ["d"])
        #expect(await bench.answers(1).map(\.kind) == [.refused])
        bench.store.answer(ReferenceFailure(.connection, "down"))
        #expect(await bench.answers(1).map(\.kind) == [.connection])
        bench.time.now.withLock { $0 = 2_500 }
        bench.ask(["f"])
        #expect(await bench.answers(1).map(\.kind) == [.refused])
        bench.time.now.withLock { $0 = 3_000 }
        bench.ask(["g"])
        #expect(await bench.call() == ["g"])
        bench.store.answer()
        #expect(await bench.answers(1).map(\.kind) == [nil])
        #expect(!bench.client.figures.isOpen)
    }

    @Test(arguments: [ReferenceFailure.Kind.query, .answer])
    func aWrongQueryOrKeyDoesNotCloseTheStore(kind: ReferenceFailure.Kind) async {
        let bench = ClientBench(limits { $0.failures = 1 })
        bench.ask(["a"])
        _ = await bench.call()
        bench.store.answer(ReferenceFailure(kind, "no such table"))
        #expect(await bench.answers(1).map(\.kind) == [kind])
        #expect(!bench.client.figures.isOpen)
    }

    @Test func aStoreIsAskedNoFasterThanItsRate() async {
        let bench = ClientBench(limits { $0.keysPerSecond = 10 })
        bench.ask((0..<15).map { "\($0)" })
        #expect(await bench.call()?.count == 10)
        bench.store.answer()
        _ = await bench.answers(10)
        #expect(bench.client.figures.waiting == 5)
        bench.time.now.withLock { $0 = 300_000 }
        #expect(await bench.call()?.count == 3)
        // What is only expected leaves half of the rate to what is there.
        bench.time.now.withLock { $0 = 500_000 }
        bench.store.answer()
        #expect(await bench.call()?.count == 2)
        bench.store.answer()
        _ = await bench.answers(5)
        bench.time.now.withLock { $0 = 2_000_000 }
        bench.ask((0..<9).map { "p\($0)" }, isPrefetch: true)
        #expect(await bench.call()?.count == 5)
        bench.store.answer()
    }

    @Test func whatCannotWaitIsRefused() async {
        let bench = ClientBench(limits { $0.waitingKeys = 1 })
        bench.ask(["a"])
        _ = await bench.call()
        bench.ask(["b", "c"])
        #expect(await bench.answers(1).map(\.kind) == [.refused])
        bench.store.answer()
        _ = await bench.call()
        bench.store.answer()
        #expect(await bench.answers(2).map(\.key) == ["a", "b"])
    }
}
