#if Server
import FieldExtraction
import Foretail
import NIOCore
import Testing

@testable import ForetailServer

@Suite("Feed") struct FeedTests {
    private func publish(_ feed: Feed, _ sequences: Range<UInt64>, bytesEach: Int = 10) {
        for sequence in sequences {
            let entry = FeedEntry(
                kind: .event, end: bytesEach, position: Position(sequence: sequence), expires: .latest)
            _ = feed.publish([UInt8](repeating: 0x2E, count: bytesEach), [entry])
        }
    }

    @Test("A reader that keeps up finds everything, in order")
    func keepsUp() async {
        let feed = Feed(stream: "s", after: Position(sequence: 5), limit: 1_000)
        let place = feed.head
        publish(feed, 6..<9)
        guard case .chunks(let chunks) = await feed.take(from: place, atMost: 1_000) else {
            Issue.record("expected chunks")
            return
        }
        #expect(chunks.flatMap(\.entries).map(\.position.sequence) == [6, 7, 8])
    }

    @Test("A reader joins only where the feed reaches back far enough")
    func join() {
        let feed = Feed(stream: "s", after: Position(sequence: 5), limit: 35)
        #expect(feed.join(after: Position(sequence: 4)) == nil)
        #expect(feed.join(after: Position(sequence: 5)) == 0)
        publish(feed, 6..<16)
        // Three chunks of ten bytes are kept: 13, 14, 15.
        #expect(feed.join(after: Position(sequence: 11)) == nil)
        #expect(feed.join(after: Position(sequence: 12)) == 7)
        #expect(feed.join(after: nil) == nil)
    }

    @Test("A feed that begins with the stream covers all of it")
    func joinFromStart() {
        let feed = Feed(stream: "s", after: nil, limit: 1_000)
        #expect(feed.join(after: nil) == 0)
    }

    @Test("A gap of an earlier epoch does not make the feed reach back further")
    func lateGap() {
        let feed = Feed(stream: "s", after: Position(epoch: 2, sequence: 9), limit: 25)
        let gap = FeedEntry(kind: .gap, end: 10, position: Position(epoch: 1, sequence: 80), expires: .latest)
        _ = feed.publish([UInt8](repeating: 0x2E, count: 10), [gap])
        publish(feed, 1..<3)
        #expect(feed.join(after: Position(epoch: 1, sequence: 90)) == nil)
    }

    @Test("A silent reader is told how far nothing matched, once it has got what did")
    func passed() async {
        let feed = Feed(stream: "s", after: Position(sequence: 5), limit: 1_000)
        publish(feed, 6..<8)
        feed.pass(Position(sequence: 90))
        // Cancelled ones do not wait.
        let task = Task {
            while !Task.isCancelled { await Task.yield() }
            return [await feed.take(from: 0, atMost: 100), await feed.take(from: 2, atMost: 100)]
        }
        task.cancel()
        let takings = await task.value
        guard case .chunks = takings[0], case .idle(passed: Position(sequence: 90)) = takings[1] else {
            Issue.record("expected records, then the position: \(takings)")
            return
        }
    }

    @Test("A feed that gets less room keeps its newest records")
    func resized() {
        let feed = Feed(stream: "s", after: nil, limit: 1_000)
        publish(feed, 1..<51)
        #expect(feed.bytes == 500)
        feed.resize(to: 100)
        #expect(feed.bytes == 100)
        #expect(feed.join(after: Position(sequence: 40)) == 40)
        #expect(feed.join(after: Position(sequence: 39)) == nil)
    }

    @Test("Many feeds share what all may keep")
    func shares() {
        var settings = DeliverySettings()
        settings.feedBytes = 1_000
        settings.feedsBytes = 10_000
        #expect(settings.feedShare(feeds: 0, shards: 1) == 1_000)
        #expect(settings.feedShare(feeds: 10, shards: 1) == 1_000)
        #expect(settings.feedShare(feeds: 10, shards: 2) == 500)
        #expect(settings.feedShare(feeds: 100, shards: 1) == 100)
    }

    @Test("A heartbeat says where to resume, and is no message")
    func heartbeat() {
        var buffer = ByteBuffer()
        RecordFormat.serverSentEvents.appendHeartbeat(cursor: nil, to: &buffer)
        RecordFormat.serverSentEvents.appendHeartbeat(cursor: Position(sequence: 7), to: &buffer)
        #expect(String(buffer: buffer) == ": heartbeat\n\n: heartbeat\nid: 0:1-7\n\n")
    }

    @Test("A slow reader finds its place gone")
    func behind() async {
        let feed = Feed(stream: "s", after: nil, limit: 25)
        publish(feed, 1..<10)
        guard case .behind = await feed.take(from: 0, atMost: 100) else {
            Issue.record("expected to be behind")
            return
        }
    }

    @Test("A waiting reader is woken by records, by the time for a heartbeat, and by the end")
    func wakes() async {
        let feed = Feed(stream: "s", after: nil, limit: 1_000)
        async let first = feed.take(from: 0, atMost: 100)
        while !feed.publish([1], [FeedEntry(kind: .outcome, end: 1, position: .none, expires: .latest)]) {
            if feed.head > 0 { break }
            await Task.yield()
        }
        feed.wake()
        guard case .chunks = await first else {
            Issue.record("expected chunks")
            return
        }
        let idle = Task { await feed.take(from: feed.head, atMost: 100) }
        let waker = Task {
            while !Task.isCancelled {
                feed.wakeIdle(since: .max)
                await Task.yield()
            }
        }
        guard case .idle = await idle.value else {
            Issue.record("expected nothing")
            return
        }
        waker.cancel()
        feed.end(.removed)
        feed.end(.shutdown)
        guard case .ended(.removed) = await feed.take(from: feed.head, atMost: 100) else {
            Issue.record("expected the end")
            return
        }
    }

    @Test("A cancelled reader does not wait")
    func cancelled() async {
        let feed = Feed(stream: "s", after: nil, limit: 1_000)
        let task = Task { await feed.take(from: 0, atMost: 100) }
        task.cancel()
        guard case .idle = await task.value else {
            Issue.record("expected nothing")
            return
        }
    }

    @Test("Server-sent events carry the position of events and gaps as id, and nothing else does")
    func serverSentEvents() {
        func text(_ kind: FeedEntry.Kind) -> String {
            var buffer = ByteBuffer()
            let entry = FeedEntry(kind: kind, end: 9, position: Position(sequence: 7), expires: .latest)
            RecordFormat.serverSentEvents.append(
                Array("{\"a\":1}\n".utf8)[...], entry, cursor: entry.passed, to: &buffer)
            return String(buffer: buffer)
        }
        #expect(text(.event) == "id: 0:1-7\ndata: {\"a\":1}\n\n")
        #expect(text(.gap) == "event: gap\nid: 0:1-7\ndata: {\"a\":1}\n\n")
        #expect(text(.prediction) == "event: prediction\ndata: {\"a\":1}\n\n")
        #expect(text(.outcome) == "event: outcome\ndata: {\"a\":1}\n\n")
    }

    @Test("A pace lets a second's worth through at once, then spreads")
    func pace() {
        var pace = Pace(10)
        var now: Int64 = 1_000_000
        #expect((0..<10).allSatisfy { _ in pace.take(now) == nil })
        #expect(pace.take(now) == 100_000)
        now += 100_000
        #expect(pace.take(now) == 100_000)
        now += 10_000_000
        #expect((0..<10).allSatisfy { _ in pace.take(now) == nil })
        #expect(pace.take(now) != nil)
    }
}
#endif
