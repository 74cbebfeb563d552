#if Server
import Testing

@testable import ForetailServer

@Suite("What may be on its way to one receiver", .timeLimit(.minutes(5))) struct ReceiverTests {
    private func receiver(attempts: Int = 2, bytes: Int = 100) -> Receiver {
        var settings = WebhookSettings()
        settings.receiverAttempts = attempts
        settings.receiverBytes = bytes
        settings.breakerFailures = 2
        settings.breakerMicroseconds = 3_600_000_000
        settings.longestBreakerMicroseconds = 3_600_000_000
        return Receiver("h:443", settings)
    }

    /// Waits until so many wait for a place.
    private func waitFor(_ receiver: Receiver, waiting: Int) async throws {
        for _ in 0..<6_000 where receiver.figures.waiting != waiting { try await Task.sleep(for: .milliseconds(10)) }
        #expect(receiver.figures.waiting == waiting)
    }

    @Test("As many attempts and bytes as allowed pass, the next wait for their turn")
    func limits() async throws {
        let receiver = receiver()
        #expect(await receiver.enter(bytes: 60))
        #expect(await receiver.enter(bytes: 40))
        let third = Task { await receiver.enter(bytes: 1) }
        try await waitFor(receiver, waiting: 1)
        let fourth = Task { await receiver.enter(bytes: 100) }
        try await waitFor(receiver, waiting: 2)
        #expect(!receiver.tryEnter(bytes: 0), "nobody goes before those who wait")
        receiver.leave(bytes: 40, .well)
        #expect(await third.value)
        #expect(receiver.figures.attempts == 2 && receiver.figures.bytes == 61)
        receiver.leave(bytes: 1, .well)
        #expect(receiver.figures.waiting == 1, "one byte too many")
        receiver.leave(bytes: 60, .well)
        #expect(await fourth.value)
        receiver.leave(bytes: 100, nil)
        #expect(receiver.figures.attempts == 0 && receiver.figures.bytes == 0)
    }

    @Test("What is larger than all room goes alone")
    func large() async {
        let receiver = receiver()
        #expect(await receiver.enter(bytes: 1_000))
        #expect(!receiver.tryEnter(bytes: 1))
        receiver.leave(bytes: 1_000, .well)
    }

    @Test("Who is cancelled waits no more, and takes no place")
    func cancelled() async throws {
        let receiver = receiver(attempts: 1)
        #expect(await receiver.enter(bytes: 1))
        let waiting = Task { await receiver.enter(bytes: 1) }
        try await waitFor(receiver, waiting: 1)
        waiting.cancel()
        #expect(await !waiting.value)
        receiver.leave(bytes: 1, .well)
        #expect(receiver.figures.attempts == 0)
    }

    @Test("What may be dropped leaves a place for events, and stays away from a receiver that is unwell")
    func perishables() async {
        let receiver = receiver(attempts: 2)
        #expect(receiver.tryEnter(bytes: 1))
        #expect(!receiver.tryEnter(bytes: 1))
        #expect(await receiver.enter(bytes: 1))
        receiver.leave(bytes: 1, .unwell)
        receiver.leave(bytes: 1, .unwell)
        #expect(!receiver.tryEnter(bytes: 1))
        #expect(receiver.admit() != nil)
        #expect(receiver.figures.breaker == "open")
    }
}
#endif
