#if Server
import FieldExtraction

/// A webhook as a tail request states it.
struct WebhookDestination: Sendable, Equatable {
    /// What may be delivered.
    enum Content: String, Sendable, CaseIterable {
        /// Events, and the gaps between them: at least once, in order.
        case events
        /// Changes of watches, with the events.
        case watches
        /// Predictions: at most once, while they stand.
        case predictions
        /// What became of predictions: at most once.
        case outcomes

        /// Whether it is sent at most once, beside the events.
        var isPerishable: Bool { self == .predictions || self == .outcomes }
    }

    /// Where to.
    var url: WebhookURL
    /// What; always events.
    var deliver: Set<Content> = [.events]
    /// Records in a batch, at most.
    var batchRecords = 100
    /// Bytes of a batch, at most; a larger record is a batch of its own.
    var batchBytes = 256 << 10
    /// How long a batch is tried, in microseconds; nil: as long as the server's setting says.
    var retryFor: Int64?
    /// The secret that was given; nil: none was. Never stored or shown with the definition.
    var secret: WebhookSecret?

    static let names = "type, url, secret, deliver, batchRecords, batchBytes, retryFor"
    /// The longest time that a batch is tried.
    private static let longestRetry: Int64 = 30 * 86_400_000_000

    init(url: WebhookURL) { self.url = url }

    /// Reads the members of a destination, but for `type`.
    init(_ reader: inout ObjectReader) throws(Problem) {
        guard let text = try reader.string("url") else {
            throw .invalid(
                reader.name("url"), "a webhook names the URL that it is sent to",
                remedy: #"{"type":"webhook","url":"https://hooks.example.com/in"}"#)
        }
        url = try WebhookURL(text, field: reader.name("url"))
        if let text = try reader.string("secret") { secret = try WebhookSecret(text, field: reader.name("secret")) }
        if let names = try reader.strings("deliver") {
            for name in names {
                guard let content = Content(rawValue: name) else {
                    throw .invalid(
                        reader.name("deliver"), "'\(name)' cannot be delivered",
                        remedy: "choose of \(Content.allCases.map(\.rawValue).joined(separator: ", "))")
                }
                deliver.insert(content)
            }
        }
        batchRecords = try reader.integer("batchRecords", in: 1...1_000) ?? batchRecords
        batchBytes = try reader.integer("batchBytes", in: 1_024...1_048_576) ?? batchBytes
        retryFor = try reader.duration("retryFor")
        guard retryFor ?? 0 <= Self.longestRetry else {
            throw .invalid(reader.name("retryFor"), "expected at most 30d")
        }
        try reader.finish(knows: Self.names)
    }

    /// Whether some of what is delivered perishes.
    var deliversPerishables: Bool { deliver.contains(where: \.isPerishable) }

    /// The destination as it is stored and shown, without its secret.
    var document: JSONValue {
        JSONValue(members: [
            ("type", .string("webhook")), ("url", .string(url.text)),
            ("deliver", .array(Content.allCases.filter(deliver.contains).map { .string($0.rawValue) })),
            ("batchRecords", .number(batchRecords)), ("batchBytes", .number(batchBytes)),
            ("retryFor", retryFor.map { .string(DurationText.text($0)) }),
        ])
    }
}
#endif
