import Foretail
import ForetailTesting
import Testing

@Suite("InMemoryLog") struct InMemoryLogTests {
    private func batch(_ texts: [String]) -> EventBatch {
        var batch = EventBatch(stream: "s")
        for text in texts { batch.append(text, at: Position(sequence: 0)) }
        return batch
    }

    @Test("positions grow strictly; reading goes on exactly after a position")
    func positions() async throws {
        var log = InMemoryLog()
        var events = batch(["1", "2", "3"])
        try await log.submit(&events)
        #expect(events.frames.map(\.position.description) == ["0:1-1", "0:1-2", "0:1-3"])
        var read = EventBatch(stream: "s")
        let more = try await log.read(after: Position(sequence: 1), limit: 1, into: &read)
        #expect(more)
        #expect(read.frames.map(\.position.sequence) == [2])
    }

    @Test("a crash loses what was not settled, says so, and begins a new epoch")
    func crash() async throws {
        var log = InMemoryLog()
        var events = batch(["1", "2"])
        try await log.submit(&events)
        try await log.settle()
        var lost = batch(["3", "4"])
        try await log.submit(&lost)
        let lostGap = log.crash()
        let gap = try #require(lostGap)
        #expect(gap.from == Position(sequence: 3) && gap.to == Position(sequence: 4) && gap.count == 2)
        #expect(log.count == 2)
        var next = batch(["5"])
        try await log.submit(&next)
        #expect(next.frames[0].position == Position(epoch: 2, sequence: 1))
        let second = log.crash()
        let third = log.crash()
        #expect(second?.count == 1)
        #expect(third == nil)
    }

    @Test("trimming forgets up to and including a position")
    func trim() async throws {
        var log = InMemoryLog()
        var events = batch(["1", "2", "3"])
        try await log.submit(&events)
        try await log.settle()
        try await log.trim(through: Position(sequence: 2))
        #expect(log.count == 1)
        #expect(log.durableCount == 1)
        #expect(log.lastDurable == Position(sequence: 3))
    }
}
