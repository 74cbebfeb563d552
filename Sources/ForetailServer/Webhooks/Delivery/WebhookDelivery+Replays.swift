#if Server
import Foretail
import ForetailSQLite
import HTTPTypes
import Logging
import Synchronization

/// Dead letters of a webhook that somebody wants sent again.
extension WebhookDelivery {
    /// Sends dead letters again when somebody asks for it: each once, oldest first, until one fails.
    func runReplays() async {
        replays.continuation.yield()
        for await _ in replays.stream {
            do throws(Problem) {
                while !Task.isCancelled, try await replayNext() {}
            } catch {
                // They stay queued: whoever asks next, or the next start, finds them.
                desk.logger.error(
                    "dead letters not sent again",
                    metadata: ["request": .string(request.id.description), "reason": .string(error.detail)])
            }
        }
    }

    /// - Returns: Whether one was taken, and there may be more.
    private func replayNext() async throws(Problem) -> Bool {
        let number = request.id.number
        let next = try await desk.store { (store) throws(CatalogueFailure) in try store.nextQueued(of: number) }
        guard let next else { return false }
        let letter = next.letter
        let failure: WebhookFailure
        switch await sender.attempt(letter.message, next.body) {
        case .taken:
            state.withLock { $0.written += letter.records }
            try await desk.store { (store) throws(CatalogueFailure) in _ = try store.removeDeadLetter(letter.id) }
            return true
        case .waits:
            failure = WebhookFailure(
                .connection, "\(sender.receiver.name): left alone after failures in a row; replay later")
        case .failed(let failed):
            if failed.kind == .cancelled { return false }
            failure = failed
        }
        let now = clock.now()
        try await desk.store { (store) throws(CatalogueFailure) in
            try store.failDeadLetter(letter, reason: failure.detail, at: now)
        }
        return false
    }
}
#endif
