#if Server
import Foretail
import ForetailSQLite
import Testing

@testable import ForetailServer

@Suite("Inbox of a shard") struct ShardInboxTests {
    private func job(events: Int, _ host: StreamHost) -> AppendJob {
        var batch = EventBatch(stream: "s")
        for _ in 0..<events { batch.append("{}", at: Position(sequence: 0)) }
        return AppendJob(host: host, batch: batch, body: BodyLedger())
    }

    private func host() -> StreamHost {
        StreamHost(
            name: "s", definition: StreamDefinition(), created: ServerClock().now(),
            shard: Shard(number: 0, configuration: ServerConfiguration()), path: "/nowhere", writer: LogWriter())
    }

    @Test("Events keep their room until they are done, and small ones cost more than their text")
    func room() {
        let host = host()
        let job = job(events: 100, host)
        #expect(job.cost > 100 * 16)
        let inbox = ShardInbox(limit: job.cost + job.cost / 2)
        #expect(inbox.add(.append(job)))
        #expect(!inbox.add(.append(job)))
        #expect(inbox.take(until: .max)?.count == 1)
        #expect(inbox.bytes == job.cost)
        #expect(!inbox.add(.append(job)))
        // Work always has room.
        #expect(inbox.add(.work({ _ in }, lane: .server)))
        inbox.release(job.cost, of: host.lane)
        #expect(inbox.add(.append(job)))
    }

    @Test("A lane may fill as much as it leaves free, and another finds room")
    func shares() {
        let (busy, calm) = (host(), host())
        let job = job(events: 10, busy)
        let inbox = ShardInbox(limit: job.cost * 10)
        var taken = 0
        while inbox.add(.append(job)) { taken += 1 }
        #expect(taken == 5)
        #expect(inbox.add(.append(self.job(events: 10, calm))))
        inbox.release(job.cost * 5, of: busy.lane)
        #expect(inbox.bytes == job.cost)
        #expect(inbox.add(.append(job)))
    }

    @Test("A batch beyond the limit goes alone")
    func large() {
        let host = host()
        let inbox = ShardInbox(limit: 10)
        #expect(inbox.add(.append(job(events: 100, host))))
        #expect(!inbox.add(.append(job(events: 1, host))))
    }

    @Test("A stream's events take room on their way to the disk before they are handed over")
    func reservation() {
        let host = host()
        #expect(host.reserve(80, limit: 100))
        #expect(!host.reserve(21, limit: 100))
        #expect(host.reserve(20, limit: 100))
        host.release(100)
        // One that is larger than the limit goes alone.
        #expect(host.reserve(1_000, limit: 100))
        #expect(!host.reserve(1, limit: 100))
        #expect(host.queuedBytes == 1_000)
    }

    @Test("A log that was closed or removed is not opened again")
    func closed() throws {
        let folder = TestServer.temporaryFolder()
        defer { TestServer.remove(folder) }
        for isRemoved in [false, true] {
            let host = StreamHost(
                name: "s", definition: StreamDefinition(), created: ServerClock().now(),
                shard: Shard(number: 0, configuration: ServerConfiguration()), path: "\(folder)/s.sqlite",
                writer: LogWriter())
            _ = try host.log()
            if isRemoved { try host.remove() } else { try host.close() }
            #expect(host.openLog == nil)
            let failure = #expect(throws: LogFailure.self) { try host.log() }
            #expect(failure?.kind == .closed)
        }
    }
}
#endif
