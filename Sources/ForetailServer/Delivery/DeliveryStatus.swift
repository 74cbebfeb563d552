#if Server
import FieldExtraction
import Foretail

/// How a delivery to a destination of the server's own goes.
struct DeliveryStatus: Sendable {
    /// What went wrong last.
    struct LastProblem: Sendable {
        /// What is wrong and where.
        var detail: String
        /// What helps.
        var remedy: String?
        /// When it happened.
        var time: Timestamp
    }

    /// The last position that is at the destination for good.
    var cursor: Position?
    /// Durable events of the stream that the delivery has not looked at; nil before the log is open.
    var lag: Int?
    /// Records delivered since the start.
    var written = 0
    /// Attempts that failed since the start.
    var failures = 0
    /// What went wrong last, mended or not.
    var lastProblem: LastProblem?
    /// When it is tried again; nil: nothing is wrong.
    var retryAt: Timestamp?
    /// What only a delivery to a webhook has.
    var webhook: WebhookFigures?

    /// A webhook's receiver took so many records.
    mutating func noteTaken(_ records: Int) {
        written += records
        retryAt = nil
        webhook?.batch = nil
        webhook?.batches += 1
        webhook?.failuresInARow = 0
        webhook?.isPaused = false
    }

    /// A webhook went wrong; whether that is news, and belongs in the log.
    ///
    /// - Parameters:
    ///   - now: The time.
    ///   - wait: Microseconds until it is tried again; nil: it is not.
    ///   - isReceiver: Whether it was the receiver's doing.
    mutating func noteFailure(_ failure: WebhookFailure, at now: Timestamp, retryIn wait: Int64?, isReceiver: Bool)
        -> Bool
    {
        let isNews = retryAt == nil || lastProblem?.detail != failure.detail
        failures += 1
        if isReceiver { webhook?.failuresInARow += 1 }
        lastProblem = .init(detail: failure.detail, remedy: failure.remedy, time: now)
        retryAt = wait.map { Timestamp(microseconds: now.microseconds + $0) }
        return isNews
    }

    private var state: String {
        if let state = webhook?.state { return state }
        return retryAt != nil ? "retrying" : lag ?? 0 > 0 ? "behind" : "current"
    }

    /// The status as it is shown.
    var document: JSONValue {
        JSONValue(
            members: [
                ("state", .string(state)),
                ("position", cursor.map { .string($0.description) }),
                ("lag", lag.map { .number($0) }),
                ("written", .number(written)),
                ("failures", .number(failures)),
                (
                    "lastProblem",
                    lastProblem.map { problem in
                        JSONValue(members: [
                            ("detail", .string(problem.detail)), ("remedy", problem.remedy.map(JSONValue.string)),
                            ("time", .string(problem.time.description)),
                        ])
                    }
                ),
                ("retryAt", retryAt.map { .string($0.description) }),
            ] + (webhook?.members ?? []))
    }
}
#endif
