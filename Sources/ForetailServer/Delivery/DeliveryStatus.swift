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
