#if Server
import Foretail
import ForetailSQLite
import Testing

@testable import ForetailServer

@Suite("What a shard has to do") struct ShardLineTests {
    private func host(_ name: String, of owner: String? = nil) -> StreamHost {
        StreamHost(
            name: name, definition: StreamDefinition(), created: ServerClock().now(),
            shard: Shard(number: 0, configuration: ServerConfiguration()), path: "/nowhere", writer: LogWriter(),
            owner: owner)
    }

    private func batch(_ events: Int) -> EventBatch {
        var batch = EventBatch(stream: "s")
        for number in 0..<events { batch.append("{}", at: Position(sequence: UInt64(number + 1))) }
        return batch
    }

    private func job(_ events: Int, _ host: StreamHost) -> AppendJob {
        AppendJob(host: host, batch: batch(events), body: BodyLedger())
    }

    @Test("a stream far behind holds back its own producers, and nobody else's")
    func room() {
        let (busy, calm) = (host("busy"), host("calm"))
        var line = ShardLine()
        #expect(line.hasRoom(for: job(1_000, busy)))
        line.append(.events(busy, batch(2_048), now: ServerClock().now(), done: 0), lane: busy.lane)
        #expect(!line.hasRoom(for: job(1_000, busy)))
        #expect(line.hasRoom(for: job(64, busy)))
        #expect(line.hasRoom(for: job(1_000, calm)))
        line.hold(job(1_000, busy))
        // Order within a stream: what comes behind what is held is held as well.
        #expect(!line.hasRoom(for: job(1, busy)))
        #expect(line.takeHeld() == nil)
        line.note(1, of: busy, lane: busy.lane, microseconds: 10)
        #expect(line.takeHeld()?.batch.count == 1_000)
        #expect(line.takeHeld() == nil)
        #expect(line.hasRoom(for: job(1_000, busy)))
    }

    @Test("control calls keep their place behind the events of their stream, and pass those of others")
    func order() {
        let (busy, calm) = (host("busy"), host("calm"))
        var line = ShardLine()
        let now = ServerClock().now()
        for _ in 0..<3 { line.append(.events(busy, batch(10), now: now, done: 0), lane: busy.lane) }
        line.append(.events(calm, batch(10), now: now, done: 0), lane: calm.lane)
        line.append(.work { _ in }, lane: calm.lane)
        var order: [String] = []
        while let (lane, step) = line.take() {
            switch step {
            case .events(let host, _, _, _): order.append(host.name)
            case .work: order.append("work")
            case .losses: order.append("losses")
            }
            line.finish(lane, microseconds: lane == busy.lane ? 1_000 : 10)
        }
        #expect(order == ["busy", "calm", "work", "busy", "busy"])
    }

    @Test("streams of a tenant do not hold up one another, and have together what one stream of another tenant has")
    func tenants() {
        let hosts = [host("one", of: "a"), host("two", of: "a"), host("only", of: "b")]
        var line = ShardLine()
        let now = ServerClock().now()
        for host in hosts {
            for _ in 0..<100 { line.append(.events(host, batch(1), now: now, done: 0), lane: host.lane) }
        }
        var turns: [String: Int] = [:]
        for _ in 0..<100 {
            guard let (lane, step) = line.take(), case .events(let host, _, _, _) = step else { break }
            turns[host.name, default: 0] += 1
            line.finish(lane, microseconds: 100)
        }
        #expect(turns["one"] == turns["two"])
        #expect(abs((turns["only"] ?? 0) - 50) <= 2, "\(turns)")
        // Alone again, a stream costs its tenant what it takes.
        while let (lane, _) = line.take() { line.finish(lane, microseconds: 100) }
        #expect(line.isEmpty)
    }

    @Test("the dearer a stream's events, the fewer in a turn; one at least")
    func slices() {
        let host = host("s")
        var line = ShardLine()
        #expect(line.turnEvents(of: host) == .max)
        host.countPredicting(256)
        #expect(line.turnEvents(of: host) == 4, "what is not known yet may be dear")
        line.note(100, of: host, lane: host.lane, microseconds: 100_000)
        #expect(line.turnEvents(of: host) == 4)
        for _ in 0..<20 { line.note(1, of: host, lane: host.lane, microseconds: 1_000_000) }
        #expect(line.turnEvents(of: host) == 1)
        for _ in 0..<60 { line.note(1_000, of: host, lane: host.lane, microseconds: 1_000) }
        #expect(line.turnEvents(of: host) > 1_000)
        line.forget(host)
        #expect(line.turnEvents(of: host) == 4)
    }
}
#endif
