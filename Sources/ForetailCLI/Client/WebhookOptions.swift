#if Server
import ArgumentParser
import FieldExtraction

/// A webhook as a destination, on the command line.
struct WebhookOptions: ParsableArguments {
    @Option(help: ArgumentHelp("Send records to this URL, signed, as batches of CloudEvents.", valueName: "url"))
    var webhook: String?
    @Option(
        help: ArgumentHelp(
            "A file with the webhook's secret, whsec_…, - for standard input; without it the server makes one and it is shown once.",
            valueName: "file"))
    var secretFile: String?
    @Option(
        help: ArgumentHelp(
            "What is sent beside events: watches, predictions, outcomes; may be repeated.", valueName: "content"))
    var deliver: [String] = []
    @Option(help: ArgumentHelp("Records in a batch, at most.", valueName: "n")) var batchRecords: Int?
    @Option(help: ArgumentHelp("How long a batch is tried before it is a dead letter.", valueName: "duration"))
    var retryFor: DurationOption?

    func validate() throws {
        guard webhook == nil else { return }
        let others = [
            ("--secret-file", secretFile != nil), ("--deliver", !deliver.isEmpty),
            ("--batch-records", batchRecords != nil), ("--retry-for", retryFor != nil),
        ]
        for (option, isGiven) in others where isGiven {
            throw ValidationError("\(option) is about a webhook; name it with --webhook URL")
        }
    }

    /// The destination that is sent; nil: there is no webhook. What is not stated is the server's to decide.
    var document: JSONValue? {
        get throws {
            guard let webhook else { return nil }
            let contents = deliver.flatMap { $0.split(separator: ",").map { JSONValue.string(String($0)) } }
            return .object([
                ("type", .string("webhook")), ("url", .string(webhook)), ("secret", try secret.map(JSONValue.string)),
                ("deliver", contents.isEmpty ? nil : .array([.string("events")] + contents)),
                ("batchRecords", batchRecords.map { .integer(Int64($0)) }),
                ("retryFor", retryFor.map { .string("\($0.microseconds)us") }),
            ])
        }
    }

    /// A secret on the command line would stand in the list of processes.
    private var secret: String? {
        get throws {
            guard let secretFile else { return nil }
            let text = secretFile == "-" ? readLine(strippingNewline: true) : SmallFile.text(secretFile)
            guard let secret = text?.split(whereSeparator: \.isWhitespace).first else {
                throw ValidationError("--secret-file \(secretFile): no secret can be read there")
            }
            return String(secret)
        }
    }
}
#endif
