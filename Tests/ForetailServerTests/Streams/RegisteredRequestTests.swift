#if Server
import Foretail
import ForetailSQLite
import Testing

@testable import ForetailServer

@Suite("Registered requests") struct RegisteredRequestTests {
    private func host(_ path: String = "/nowhere") -> StreamHost {
        StreamHost(
            name: "s", definition: StreamDefinition(), created: ServerClock().now(),
            shard: Shard(number: 0, configuration: ServerConfiguration()), path: path, writer: LogWriter())
    }

    @Test(
        "Filters that can judge no kept event are forgotten, but for the first, which says where it was registered",
        arguments: [
            (5, ["a", "b", "c", "d"]), (11, ["a", "b", "c", "d"]), (20, ["a", "b", "c", "d"]), (21, ["a", "c", "d"]),
            (31, ["a", "d"]), (900, ["a", "d"]),
        ])
    func versions(first: Int, left: [String]) {
        var request = RegisteredRequest(
            id: TailRequestID(1), definition: RequestDefinition(stream: "s", filter: nil), created: ServerClock().now(),
            registeredAt: nil, versions: [], host: host())
        request.versions = zip([UInt64(0), 10, 20, 30], ["a", "b", "c", "d"]).map { after, name in
            Replay.Version(after: Position(sequence: after), filter: .cel(name))
        }
        let kept = request.versions(behind: Position(sequence: UInt64(first)))
        #expect(kept.map { $0.filter?.source } == left)
    }

    @Test("Budgets of bytes are shared by the shards")
    func shares() {
        var configuration = ServerConfiguration()
        configuration.shards = 4
        configuration.manager.limits.bufferBytes = 1_000
        configuration.manager.limits.modelBytes = 2_000
        #expect(configuration.shardManager.limits.bufferBytes == 250)
        #expect(configuration.shardManager.limits.modelBytes == 500)
    }

    @Test("Learning the past ends when nobody needs it any more")
    func cancelledWarmUp() async throws {
        let folder = TestServer.temporaryFolder()
        defer { TestServer.remove(folder) }
        let host = host("\(folder)/s.sqlite")
        try await host.shard.perform { (state) throws(Problem) in
            try? state.manager.describeStream(host.definition.descriptor(name: "s"))
        }
        let log = try host.log()
        var batch = EventBatch(stream: "s")
        for number in 0..<100 { batch.append("{\"v\":\(number)}", at: Position(sequence: 0)) }
        try log.submit(&batch, now: ServerClock().now()) { _ in }
        while log.bounds.count < 100 { await Task.yield() }
        for isCancelled in [true, false] {
            let problem = await WarmUp(
                host: host, requests: [], snapshot: nil, configuration: ServerConfiguration(),
                pool: BlockingPool(threads: 1), isCancelled: { isCancelled }
            ).run()
            #expect(problem == nil)
            #expect(host.warmUp.phase == (isCancelled ? .failed : .ready), "\(host.warmUp)")
            #expect(host.warmUp.done == (isCancelled ? 0 : 100))
        }
    }

    @Test("As many files may be open as the system allows")
    func openFiles() {
        OpenFiles.raise()
        #expect(OpenFiles.limit >= 1_024)
    }
}
#endif
