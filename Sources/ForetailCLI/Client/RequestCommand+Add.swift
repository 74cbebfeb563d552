#if Server
import ArgumentParser
import FieldExtraction
import FilterLanguage
import Foretail

extension RequestCommand {
    /// `foretail request add`.
    struct Add: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Register a tail request; prints its id.",
            discussion: """
                Examples:
                  foretail request add metrics --filter 'event.cpu > 80' --steps 1,12 --predict cpu
                  foretail request add metrics --filter 'event.cpu > 80' --webhook https://hooks.example.com/in
                  foretail request add app --pattern '{"level":["error"]}' --to file:errors.ndjson
                """)

        @Argument(help: "The stream, or its URL.") var stream: String
        @OptionGroup var server: ServerOptions
        @Option(help: "Forward only events that satisfy this CEL expression.") var filter: String?
        @Option(
            help: ArgumentHelp("Forward only events that match this event pattern.", valueName: "file|json"))
        var pattern: String?
        @Option(help: ArgumentHelp("How many events ahead: 12 means 1…12, 1,12 exactly those.", valueName: "n|list"))
        var steps: StepsOption?
        @Option(help: ArgumentHelp("Fields to learn.", valueName: "field,…")) var predict: FieldListOption?
        @Option(help: ArgumentHelp("Fields that decide whether a prediction was right.", valueName: "field,…"))
        var assert: FieldListOption?
        @Option(help: ArgumentHelp("How far a value may lie off, e.g. cpu=0.5 or cpu=2%.", valueName: "field=x|x%"))
        var tolerance: [ToleranceOption] = []
        @Option(help: ArgumentHelp("Announce from this confidence on.", valueName: "p")) var minConfidence: Double?
        @Flag(help: "Announce also what the past alone makes likely.") var trivial = false
        @Option(help: "When to announce a slot again.") var announce: TailOptions.Announce?
        @Option(help: ArgumentHelp("How many other values of a category to list.", valueName: "n"))
        var alternatives: Int?
        @Option(help: ArgumentHelp("How long a prediction stands.", valueName: "duration")) var ttl: DurationOption?
        @OptionGroup(title: "Watches") var watches: WatchOptions
        @Option(
            help: ArgumentHelp(
                "A lookup, as JSON with name, store, query and key; may be repeated.", valueName: "json"))
        var lookup: [String] = []
        @Flag(name: .customLong("no-predictions"), help: "Predict nothing.") var isBlind = false
        @Option(
            help: ArgumentHelp(
                "Where records go: to whoever reads them, or to a file in the server's data folder.",
                valueName: "sse|file:path"))
        var to = "sse"
        @OptionGroup(title: "Webhook") var webhook: WebhookOptions
        @Option(help: ArgumentHelp("Deliver at most so many events a second; the others wait.", valueName: "n"))
        var rateLimit: Double?
        @Option(help: ArgumentHelp("What it is for.", valueName: "text")) var description: String?
        @Flag(help: "Print the server's JSON.") var json = false

        func validate() throws {
            _ = try destination
            _ = try lookups
            try watches.validate(hasFilter: filter != nil || pattern != nil)
            if isBlind {
                let predicting = [
                    ("--steps", steps != nil), ("--predict", predict != nil), ("--assert", assert != nil),
                    ("--tolerance", !tolerance.isEmpty), ("--min-confidence", minConfidence != nil),
                    ("--trivial", trivial), ("--announce", announce != nil), ("--alternatives", alternatives != nil),
                    ("--ttl", ttl != nil),
                ]
                for (option, isGiven) in predicting where isGiven {
                    throw ValidationError("\(option) is about predictions; leave out --no-predictions")
                }
            }
        }

        func run() async throws {
            let (address, name) = try server.stream(stream)
            let filter = try FilterTextOption.text(command: "request add", expression: filter, pattern: pattern)
            let definition = try document(stream: name, filter: filter)
            let request = try await server.run(at: address) { client in
                try await client.send("POST", RequestCommand.path, definition)
            }
            if json { return Output.write(request.compact + "\n") }
            let id = TerminalText.harmless(request["id"]?.text ?? "")
            Output.write(id + "\n")
            if let secret = request["destination"]?["secret"]?.text {
                StandardError.write(
                    "foretail: the webhook's secret, which is not shown again: \(TerminalText.harmless(secret))\n")
            }
            if StandardError.isTerminal, to == "sse", webhook.webhook == nil {
                let ahead = isBlind ? "" : " --ahead"
                StandardError.write("foretail: read it with `foretail tail \(address.url(path + [id]))\(ahead)`\n")
            }
        }

        /// The definition that is sent; what is not stated is the server's to decide.
        func document(stream: String, filter: FilterText?) throws -> JSONValue {
            .object([
                ("stream", .string(stream)),
                RequestCommand.member(filter) ?? ("filter", nil),
                ("destination", try destination),
                ("predictions", isBlind ? .bool(false) : nil),
                ("steps", steps.map { .array($0.steps.map { .integer(Int64($0)) }) }),
                ("predict", predict.map(Self.names)),
                ("assert", assert.map(Self.names)),
                (
                    "tolerance",
                    tolerance.isEmpty ? nil : .object(tolerance.map { ($0.field, Self.value($0.tolerance)) })
                ),
                ("minConfidence", minConfidence.map(JSONValue.double)),
                ("trivial", trivial ? .bool(true) : nil),
                ("announce", announce.map { .string($0.rawValue) }),
                ("alternatives", alternatives.map { .integer(Int64($0)) }),
                ("ttl", ttl.map { .string("\($0.microseconds)us") }),
                ("watch", watch),
                ("lookups", try lookups),
                ("rateLimit", rateLimit.map(JSONValue.double)),
                ("description", description.map(JSONValue.string)),
            ])
        }

        private var watch: JSONValue? {
            guard let settings = watches.settings else { return nil }
            return .object([
                ("within", settings.within.map { .string("\($0.microseconds)us") }),
                ("probability", settings.within.map { .double($0.probability) }),
                ("overdue", settings.overdue.map { _ in .bool(true) }),
                ("overdueProbability", settings.overdue.map { .double($0.probability) }),
            ])
        }

        private var lookups: JSONValue? {
            get throws {
                guard !lookup.isEmpty else { return nil }
                return .array(
                    try lookup.map { text in
                        guard let value = try? JSONValue(parsing: Array(text.utf8)), case .object = value else {
                            throw ValidationError("--lookup \(text): expected a JSON object")
                        }
                        return value
                    })
            }
        }

        private var path: [String] { RequestCommand.path }

        private var destination: JSONValue? {
            get throws {
                if let document = try webhook.document {
                    guard to == "sse" else { throw ValidationError("--to and --webhook both say where records go") }
                    return document
                }
                if to == "sse" { return nil }
                guard to.hasPrefix("file:"), to.utf8.count > 5 else {
                    throw ValidationError("--to \(to): expected sse or file:PATH, such as file:alerts/cpu.ndjson")
                }
                return .object([("type", .string("file")), ("path", .string(String(to.dropFirst(5))))])
            }
        }

        private static func names(_ fields: FieldListOption) -> JSONValue {
            .array(fields.paths.map { .string($0.name) })
        }

        private static func value(_ tolerance: PredictionSettings.Tolerance) -> JSONValue {
            switch tolerance {
            case .absolute(let value): .double(value)
            case .percent(let value): .string("\(value)%")
            }
        }
    }
}
#endif
