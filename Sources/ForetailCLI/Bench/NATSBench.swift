#if NATS
import Foretail
import ForetailNATS

/// One run of `foretail bench nats`: the same events as `foretail bench log` through JetStream, and a bucket beside.
struct NATSBench {
    var address: NATSAddress
    var options: NATSOptions
    var events: Int
    var eventBytes: Int
    var batchEvents: Int
    var replicas: Int

    /// A line of the result: what was done, how often a second.
    struct Figure {
        var name: String
        var count: Int
        var seconds: Double

        var perSecond: Int { Int(Double(count) / seconds) }
    }

    /// Makes streams, measures, removes them.
    func run() async throws -> [Figure] {
        let jetStream = try await NATSTail.open(address, options)
        let layout = EventStreamLayout(stream: "bench")
        let bucketName = "foretail-bench"
        try await jetStream.deleteStream(layout.name)
        var figures: [Figure] = []
        figures.append(try await publish(jetStream, layout))
        try await jetStream.deleteStream(layout.name)
        let epochs = try await KeyValueBucket.open(jetStream, bucketName, KeyValueSettings(replicas: replicas))
        var log = try await JetStreamLog.open(
            jetStream, layout, settings: layout.settings(replicas: replicas), epochs: epochs)
        figures.append(try await append(&log, until: events, each: batchEvents, "appended to the log"))
        figures.append(try await read(&log))
        figures.append(try await consume(jetStream, layout))
        figures.append(try await append(&log, until: 2_000, each: 1, "single appends, each waited for"))
        figures.append(try await update(epochs))
        try await jetStream.deleteStream(layout.name)
        try await epochs.destroy()
        await jetStream.connection.close()
        return figures
    }

    private func makeBatch(_ count: Int) -> EventBatch {
        var batch = EventBatch(stream: "bench")
        let filler = String(repeating: "x", count: max(0, eventBytes - 24))
        for number in 0..<count {
            batch.append(#"{"n":\#(10_000_000 + number),"text":"\#(filler)"}"#, at: Position(sequence: 0))
            batch.frames[number].line = 0
        }
        return batch
    }

    private func timed(_ name: String, _ count: Int, _ work: () async throws -> Void) async rethrows -> Figure {
        let start = ContinuousClock.now
        try await work()
        let (seconds, attoseconds) = (ContinuousClock.now - start).components
        return Figure(name: name, count: count, seconds: Double(seconds) + Double(attoseconds) * 1e-18)
    }

    private func publish(_ jetStream: JetStream, _ layout: EventStreamLayout) async throws -> Figure {
        try await jetStream.ensureStream(layout.settings(replicas: replicas))
        let events = makeBatch(batchEvents)
        var number: UInt64 = 0
        return try await timed("published with ids", self.events / batchEvents * batchEvents) {
            var batch = PublishBatch()
            for _ in 0..<self.events / batchEvents {
                batch.removeAll()
                for frame in events.frames {
                    number += 1
                    batch.append(
                        subject: layout.subject(of: 0), payload: events.bytes[frame.body], id: MessageID("b", number))
                }
                if let failure = await jetStream.publish(batch).failure { throw failure }
            }
        }
    }

    private func append(
        _ log: inout JetStreamLog, until count: Int, each size: Int, _ name: String
    ) async throws -> Figure {
        let template = makeBatch(size)
        let start = ContinuousClock.now
        for _ in 0..<count / size {
            var batch = template
            try await log.submit(&batch)
            if size == 1 { try await log.settle() }
        }
        try await log.settle()
        let (seconds, attoseconds) = (ContinuousClock.now - start).components
        return Figure(
            name: name, count: count / size * size, seconds: Double(seconds) + Double(attoseconds) * 1e-18)
    }

    private func read(_ log: inout JetStreamLog) async throws -> Figure {
        let start = ContinuousClock.now
        var last: Position?
        var count = 0
        var hasMore = true
        while hasMore {
            var batch = EventBatch(stream: "bench")
            hasMore = try await log.read(after: last, limit: 10_000, into: &batch)
            count += batch.count
            last = batch.frames.last?.position ?? last
        }
        let (seconds, attoseconds) = (ContinuousClock.now - start).components
        return Figure(
            name: "read from the log", count: count, seconds: Double(seconds) + Double(attoseconds) * 1e-18)
    }

    private func consume(_ jetStream: JetStream, _ layout: EventStreamLayout) async throws -> Figure {
        let last = try await jetStream.streamInfo(layout.name).lastSequence
        return try await timed("consumed", Int(last)) {
            var reader = MessageReader(jetStream, ReaderSettings(stream: layout.name))
            var batch = MessageBatch()
            while (reader.position ?? 0) <= last { try await reader.read(into: &batch, waitingAtMost: 10_000_000) }
            await reader.close()
        }
    }

    private func update(_ bucket: KeyValueBucket) async throws -> Figure {
        var revision = try await bucket.put("lease", [0])
        return try await timed("compare-and-set, each waited for", 2_000) {
            for number in 0..<2_000 {
                revision = try await bucket.update("lease", Array("\(number)".utf8), revision: revision)
            }
        }
    }
}
#endif
