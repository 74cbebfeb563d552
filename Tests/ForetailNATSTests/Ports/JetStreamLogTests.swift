#if NATS
import FieldExtraction
import Foretail
import Testing

@testable import ForetailNATS

@Suite("The log on JetStream", .enabled(if: NATSServer.isAvailable), .timeLimit(.minutes(10)))
struct JetStreamLogTests {
    private func batch(_ range: Range<Int>, size: Int = 0) -> EventBatch {
        var batch = EventBatch(stream: "s")
        let filler = String(repeating: "x", count: size)
        for number in range { batch.append(#"{"n":\#(number),"x":"\#(filler)"}"#, at: Position(sequence: 0)) }
        for index in batch.frames.indices { batch.frames[index].line = 0 }
        return batch
    }

    private func numbers(_ batch: EventBatch) -> [Int] {
        batch.frames.map { frame in
            let value = try? JSONValue(parsing: Array(batch.bytes[frame.body]))
            return Int(value?["n"]?.number ?? -1)
        }
    }

    private func readAll(_ log: inout JetStreamLog) async throws -> EventBatch {
        var all = EventBatch(stream: "s")
        var last: Position?
        while true {
            var part = EventBatch(stream: "s")
            let hasMore = try await log.read(after: last, limit: 700, into: &part)
            #expect(part.count <= 700)
            for frame in part.frames {
                all.append(String(decoding: part.bytes[frame.body], as: UTF8.self), at: frame.position)
            }
            last = part.frames.last?.position ?? last
            if !hasMore { return all }
        }
    }

    @Test("Events get positions at once, are read back as they were, and are forgotten up to a position")
    func roundTrip() async throws {
        let jetStream = try await NATSServer.shared.jetStream()
        let layout = EventStreamLayout(stream: unusedName())
        let bucket = try await StreamEpochs.bucket(jetStream)
        var log = try await JetStreamLog.open(jetStream, layout, epochs: bucket)
        #expect(log.lastSettled == nil)
        var empty = EventBatch(stream: "s")
        #expect(try await log.read(after: nil, limit: 10, into: &empty) == false)
        #expect(empty.count == 0)
        var first = batch(0..<2_000)
        try await log.submit(&first)
        #expect(first.frames[0].position == Position(epoch: 2, sequence: 2))
        #expect(first.frames[1_999].position == Position(epoch: 2, sequence: 2_001))
        try await log.settle()
        #expect(log.lastSettled == first.frames[1_999].position)
        // A record of another form, with a line number.
        var text = EventBatch(stream: "s")
        text.bytes = Array(#"{"a":"1"}1;x"#.utf8)
        var frame = EventBatch.Frame(body: 0..<9, raw: 9..<12, line: 77)
        frame.position = Position(sequence: 0)
        text.frames = [frame]
        try await log.submit(&text)
        try await log.settle()
        let all = try await readAll(&log)
        #expect(numbers(all).prefix(2_000).elementsEqual(0..<2_000))
        #expect(all.frames.prefix(2_000).map(\.position) == first.frames.map(\.position))
        var last = EventBatch(stream: "s")
        #expect(try await log.read(after: first.frames[1_999].position, limit: 10, into: &last) == false)
        #expect(last.bytes[last.frames[0].raw].elementsEqual("1;x".utf8) && last.frames[0].line == 77)
        #expect(last.bytes[last.frames[0].body].elementsEqual(#"{"a":"1"}"#.utf8))
        try await log.trim(through: first.frames[999].position)
        var rest = EventBatch(stream: "s")
        _ = try await log.read(after: nil, limit: 5, into: &rest)
        #expect(rest.frames[0].position == first.frames[1_000].position)
    }

    @Test("A writer that comes anew begins a new epoch and ends the one before")
    func fencing() async throws {
        let server = try await NATSServer.shared
        let layout = EventStreamLayout(stream: unusedName())
        let one = try await server.jetStream()
        let other = try await server.jetStream()
        var first = try await JetStreamLog.open(one, layout, epochs: StreamEpochs.bucket(one))
        var events = batch(0..<10)
        try await first.submit(&events)
        try await first.settle()
        var second = try await JetStreamLog.open(other, layout, epochs: StreamEpochs.bucket(other))
        var late = batch(10..<20)
        try await first.submit(&late)
        let failure = await #expect(throws: ForetailError.self) { try await first.settle() }
        #expect(
            failure?.code == .log && failure?.message.contains("another writer") == true,
            "\(String(describing: failure))")
        var more = batch(20..<30)
        try await second.submit(&more)
        try await second.settle()
        #expect(more.frames[0].position.epoch == events.frames[0].position.epoch + 1)
        let all = try await readAll(&second)
        #expect(numbers(all) == Array(0..<10) + Array(20..<30))
        #expect(all.frames.map(\.position) == events.frames.map(\.position) + more.frames.map(\.position))
        #expect(zip(all.frames, all.frames.dropFirst()).allSatisfy { $0.position < $1.position })
        await #expect(throws: ForetailError.self) { try await first.submit(&late) }
    }

    @Test("A stream that was deleted and made anew has a higher epoch")
    func anew() async throws {
        let jetStream = try await NATSServer.shared.jetStream()
        let layout = EventStreamLayout(stream: unusedName())
        let bucket = try await StreamEpochs.bucket(jetStream)
        var log = try await JetStreamLog.open(jetStream, layout, epochs: bucket)
        var events = batch(0..<3)
        try await log.submit(&events)
        try await log.settle()
        try await jetStream.deleteStream(layout.name)
        var again = try await JetStreamLog.open(jetStream, layout, epochs: bucket)
        var anew = batch(0..<3)
        try await again.submit(&anew)
        try await again.settle()
        #expect(anew.frames[0].position > events.frames[2].position)
        #expect(anew.frames[0].position.sequence == 2)
        let failure = await #expect(throws: ForetailError.self) {
            var none = EventBatch(stream: "s")
            _ = try await log.read(after: nil, limit: 1, into: &none)
        }
        #expect(failure?.message.contains("made anew") == true, "\(String(describing: failure))")
    }

    @Test("Epochs begin where a writer began; of nodes that ask at once all get the same")
    func epochs() async throws {
        let server = try await NATSServer.shared
        let jetStream = try await server.jetStream()
        let name = unusedName()
        try await jetStream.ensureStream(StreamSettings(name: name, subjects: [name]))
        let bucket = try await StreamEpochs.bucket(jetStream)
        let known = try await withThrowingTaskGroup(of: StreamEpochs.self) { group in
            for _ in 0..<8 { group.addTask { try await StreamEpochs.current(of: name, in: bucket) } }
            return try await group.reduce(into: Set<StreamEpochs>()) { $0.insert($1) }
        }
        #expect(known.count == 1 && known.first?.current == 1)
        var epochs = try await StreamEpochs.current(of: name, in: bucket)
        try await epochs.begin(at: 5, of: name, in: bucket)
        try await epochs.begin(at: 5, of: name, in: bucket)
        try await epochs.begin(at: 9, of: name, in: bucket)
        #expect([1, 4, 5, 8, 9, 100].map { epochs.epoch(of: $0) } == [1, 1, 3, 3, 4, 4])
        #expect(try await StreamEpochs.current(of: name, in: bucket) == epochs)
        var stale = known.first!
        let failure = await #expect(throws: NATSFailure.self) { try await stale.begin(at: 9, of: name, in: bucket) }
        #expect(failure?.kind == .conflict)
    }

    @Test("A full stream fails what does not fit; with room again it goes on in a new epoch, and tells what was lost")
    func full() async throws {
        let jetStream = try await NATSServer.shared.jetStream()
        let layout = EventStreamLayout(stream: unusedName())
        var settings = layout.settings()
        settings.maxBytes = 200_000
        var log = try await JetStreamLog.open(
            jetStream, layout, settings: settings, epochs: StreamEpochs.bucket(jetStream), patience: 2_000_000)
        var acknowledged: [Position] = []
        var given: Position?
        var failure: ForetailError?
        for round in 0..<100 where failure == nil {
            var events = batch(round * 10..<round * 10 + 10, size: 300)
            try await log.submit(&events)
            given = events.frames.last?.position
            do throws(ForetailError) {
                try await log.settle()
                acknowledged += events.frames.map(\.position)
            } catch {
                failure = error
            }
        }
        #expect(
            failure?.code == .log && failure?.message.contains("make room") == true, "\(String(describing: failure))")
        let kept = try await readAll(&log)
        #expect(Set(acknowledged).isSubset(of: kept.frames.map(\.position)))
        try await log.trim(through: acknowledged[acknowledged.count / 2])
        var more = batch(5_000..<5_010)
        try await log.submit(&more)
        try await log.settle()
        #expect(more.frames[0].position.epoch == acknowledged[0].epoch + 1)
        #expect(log.lost?.through == given, "\(String(describing: log.lost))")
        let all = try await readAll(&log)
        #expect(Array(numbers(all).suffix(10)) == Array(5_000..<5_010))
    }

    @Test("A server killed again and again under a writer: what settled is there at its position, in order, once")
    func kills() async throws {
        let server = try await NATSServer.make()
        let jetStream = try await server.jetStream { $0.answerMicroseconds = 3_000_000 }
        let layout = EventStreamLayout(stream: "kills")
        var log = try await JetStreamLog.open(
            jetStream, layout, epochs: StreamEpochs.bucket(jetStream), patience: 120_000_000)
        let isOver = Flag()
        let killer = Task {
            defer { isOver.set() }
            for _ in 0..<6 {
                try await Task.sleep(for: .milliseconds(Int.random(in: 200...600)))
                server.stop()
                try await Task.sleep(for: .milliseconds(100))
                try server.start()
            }
        }
        var positions: [Position] = []
        let deadline = Deadline("20,000 events are stored, and the server is killed no more")
        while !isOver.isSet || positions.count < 20_000 {
            try deadline.check()
            for _ in 0..<5 {
                var events = batch(positions.count..<positions.count + 200)
                try await log.submit(&events)
                positions += events.frames.map(\.position)
            }
            try await log.settle()
        }
        try await killer.value
        let all = try await readAll(&log)
        #expect(numbers(all) == Array(0..<positions.count))
        #expect(all.frames.map(\.position) == positions)
        // Kills that follow each other while a server is slow to start are one break.
        #expect(jetStream.connection.state.reconnects >= 1)
    }
}
#endif
