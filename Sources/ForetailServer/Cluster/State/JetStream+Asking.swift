#if Server && NATS
import Foretail
import ForetailNATS

extension JetStream {
    /// The last message of a subject; asks again while there is no answer, and takes the first that comes.
    ///
    /// A stream without a leader does not answer at all, and one that gets a leader knows nothing of what was asked before: who
    /// waits for the answer to one question learns of the leader when its time is over.
    ///
    /// - Parameter interval: Microseconds after which it is asked again.
    /// - Throws: ``NATSFailure``: one that asking again does not mend, or that of the question whose time was over first.
    func lastMessage(
        _ stream: String, subject: String, askingEvery interval: Int64
    ) async throws(NATSFailure) -> StoredMessage? {
        typealias Answer = Result<StoredMessage?, NATSFailure>
        let end = Monotonic.deadline(after: connection.settings.answerMicroseconds)
        let answer = await withTaskGroup(of: Answer?.self) { group in
            func ask() {
                group.addTask {
                    do throws(NATSFailure) {
                        return .success(try await self.lastMessage(stream, subject: subject))
                    } catch {
                        return .failure(error)
                    }
                }
                group.addTask {
                    await Monotonic.sleep(interval)
                    return nil
                }
            }
            defer { group.cancelAll() }
            ask()
            var last = Answer.failure(NATSFailure(.cancelled, "asking for '\(subject)': the caller went away"))
            for await answer in group {
                switch answer {
                case .success?: return answer!
                case .failure(let failure)?:
                    last = .failure(failure)
                    guard failure.isTransient, Monotonic.now() < end else { return last }
                case nil:
                    if Monotonic.now() < end { ask() }
                }
            }
            return last
        }
        return try answer.get()
    }
}
#endif
