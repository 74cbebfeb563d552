#if Server
import ArgumentParser
import FieldExtraction
import FilterLanguage
import Foretail

extension StreamCommand {
    /// `foretail stream add`.
    struct Add: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Add a stream, or change the settings of one.",
            discussion: """
                Settings that are not stated have the server's defaults. Key, time and lateness of a stream that has events
                stay as they are, and so does what a stream is counted from.
                """)

        @Argument(help: "The stream's name, or its URL.") var name: String
        @OptionGroup var server: ServerOptions
        @Option(help: ArgumentHelp("The fields that make up an event's key.", valueName: "field,…"))
        var key: FieldListOption?
        @Option(help: ArgumentHelp("The field that holds an event's time; else it is found.", valueName: "field"))
        var time: String?
        @Option(help: ArgumentHelp("How late an event may come and still be in order.", valueName: "duration"))
        var lateness: DurationOption?
        @Option(help: "When an event counts as taken: synced to the disk, or handed to the system.")
        var durability: Durability?
        @Option(help: ArgumentHelp("Forget events that are older than this.", valueName: "duration"))
        var retentionAge: DurationOption?
        @Option(help: ArgumentHelp("Forget the oldest events beyond so many bytes.", valueName: "bytes"))
        var retentionBytes: Int?
        @OptionGroup(title: "Counting") var counting: CountedFrom
        @Flag(help: "Print the server's JSON.") var json = false

        /// When an event counts as taken.
        enum Durability: String, ExpressibleByArgument, CaseIterable { case fsync, os }

        /// What a stream of counts is counted from.
        struct CountedFrom: ParsableArguments {
            @Option(help: ArgumentHelp("Count the events of this stream.", valueName: "stream")) var countOf: String?
            @Option(help: ArgumentHelp("One count per key and so long, zeros included.", valueName: "duration"))
            var every: DurationOption?
            @Option(help: ArgumentHelp("Fields to count by.", valueName: "field,…")) var by: FieldListOption?
            @Option(help: "Count only events that satisfy this CEL expression.") var filter: String?
            @Option(
                help: ArgumentHelp("Count only events that match this event pattern.", valueName: "file|json"))
            var pattern: String?
            @Option(help: ArgumentHelp("How many windows of silence get zeros.", valueName: "windows")) var zeros: Int?

            func validate() throws {
                guard countOf == nil else {
                    guard every != nil else {
                        throw ValidationError("--count-of needs the length of a window; add --every, as in --every 1m")
                    }
                    return
                }
                let others = [
                    ("--every", every != nil), ("--by", by != nil), ("--filter", filter != nil),
                    ("--pattern", pattern != nil), ("--zeros", zeros != nil),
                ]
                for (option, isGiven) in others where isGiven {
                    throw ValidationError("\(option) is about counts; name what is counted with --count-of STREAM")
                }
            }

            /// What is sent; nil: the stream has events of its own. `lateness` is about the events that are counted.
            func document(lateness: DurationOption?) throws -> JSONValue? {
                guard let countOf, let every else { return nil }
                let text = try FilterTextOption.text(command: "stream add", expression: filter, pattern: pattern)
                return .object([
                    ("from", .string(countOf)), ("every", .string("\(every.microseconds)us")),
                    ("by", by.map { .array($0.paths.map { .string($0.name) }) }),
                    RequestCommand.member(text) ?? ("filter", nil),
                    ("lateness", lateness.map { .string("\($0.microseconds)us") }),
                    ("zeros", zeros.map { .integer(Int64($0)) }),
                ])
            }
        }

        func validate() throws {
            guard counting.countOf != nil else { return }
            for (option, isGiven) in [("--key", key != nil), ("--time", time != nil)] where isGiven {
                throw ValidationError(
                    "\(option): a stream of counts has the fields of --by as its key, and its windows' ends as times")
            }
        }

        func run() async throws {
            let (address, name) = try server.stream(name)
            let definition = try document()
            let stream = try await server.run(at: address) { client in
                try await client.send("PUT", StreamCommand.path + [name], definition)
            }
            if json { return Output.write(stream.compact + "\n") }
            Output.write(StreamText.facts(stream, style: TerminalStyle(descriptor: 1)))
        }

        /// The definition that is sent; what is not stated is the server's to decide.
        func document() throws -> JSONValue {
            let count = try counting.document(lateness: lateness)
            let retention = JSONValue.object([
                ("age", retentionAge.map { .string("\($0.microseconds)us") }),
                ("bytes", retentionBytes.map { .integer(Int64($0)) }),
            ])
            return .object([
                ("key", key.map { .array($0.paths.map { .string($0.name) }) }), ("time", time.map(JSONValue.string)),
                ("lateness", count == nil ? lateness.map { .string("\($0.microseconds)us") } : nil),
                ("durability", durability.map { .string($0.rawValue) }), ("count", count),
                ("retention", retentionAge == nil && retentionBytes == nil ? nil : retention),
            ])
        }
    }
}
#endif
