#if Server
import FieldExtraction

/// What a delivery to a webhook has beside what every delivery has.
struct WebhookFigures: Sendable {
    /// A batch that is being tried.
    struct Batch: Sendable {
        var message: String
        var records: Int
        var started: Timestamp
    }

    /// Why nothing is sent any more; nil: it is.
    var stopped: String?
    /// Whether a batch would be a dead letter, and there is no room for more of them.
    var isPaused = false
    /// The batch on its way.
    var batch: Batch?
    /// Attempts that failed since one went well.
    var failuresInARow = 0
    /// Batches taken since the start.
    var batches = 0
    /// Batches that became dead letters since the start.
    var buried = 0
    /// Predictions and outcomes sent since the start.
    var perishablesSent = 0
    /// Predictions and outcomes dropped since the start: expired, in vain, or too many.
    var perishablesDropped = 0
    /// Host and port, and the state of the circuit breaker.
    var receiver = ""
    var breaker = "closed"

    /// The state that goes before those of every delivery; nil: none does.
    var state: String? { stopped != nil ? "stopped" : isPaused ? "paused" : nil }

    /// The members as they are shown.
    var members: [(String, JSONValue?)] {
        [
            ("stopped", stopped.map(JSONValue.string)), ("receiver", .string(receiver)), ("breaker", .string(breaker)),
            ("failuresInARow", .number(failuresInARow)),
            (
                "batch",
                batch.map { batch in
                    JSONValue(members: [
                        ("message", .string(batch.message)), ("records", .number(batch.records)),
                        ("since", .string(batch.started.description)),
                    ])
                }
            ),
            ("batches", .number(batches)), ("deadLetters", .number(buried)),
            ("perishablesSent", .number(perishablesSent)), ("perishablesDropped", .number(perishablesDropped)),
        ]
    }
}
#endif
