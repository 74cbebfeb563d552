#if Server
import ArgumentParser
import FieldExtraction
import FilterLanguage
import Foretail

/// `foretail stream`: the streams of a server.
struct StreamCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "stream",
        abstract: "Add, list, show and remove a server's streams.",
        discussion: """
            A stream comes into being by its first event, too; here it is said beforehand what its key and its time are, how
            long its events are kept, or from which other stream it is counted.

            Examples:
              foretail stream add metrics --key host --retention-age 30d
              foretail stream add errors-per-minute --count-of app --every 1m --by service --filter 'event.level == "error"'
              foretail stream list
            """,
        subcommands: [Add.self, List.self, Show.self, Remove.self])

    static let path = ["v1", "streams"]

    /// `foretail stream list`.
    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "List the streams, by name.")
        @OptionGroup var server: ServerOptions
        @Flag(help: "Print the server's JSON.") var json = false

        func run() async throws {
            let streams = try await server.run(at: server.address) { client in
                try await client.all(StreamCommand.path, "streams")
            }
            if json { return Output.write(JSONValue.array(streams).compact + "\n") }
            Output.write(StreamText.table(streams, style: TerminalStyle(descriptor: 1)))
        }
    }

    /// `foretail stream show`.
    struct Show: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Show a stream: settings, log, warm-up.")
        @Argument(help: "The stream, or its URL.") var name: String
        @OptionGroup var server: ServerOptions
        @Flag(help: "Print the server's JSON.") var json = false

        func run() async throws {
            let (address, name) = try server.stream(name)
            let stream = try await server.run(at: address) { client in
                try await client.get(StreamCommand.path + [name])
            }
            if json { return Output.write(stream.compact + "\n") }
            Output.write(StreamText.facts(stream, style: TerminalStyle(descriptor: 1)))
        }
    }

    /// `foretail stream remove`.
    struct Remove: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Remove streams, with their events, their tail requests and what was learned of them.",
            discussion: "A stream that others are counted from is not removed.")
        @Argument(help: "The streams, or their URLs.") var names: [String]
        @OptionGroup var server: ServerOptions

        func run() async throws {
            for name in names {
                let (address, name) = try server.stream(name)
                _ = try await server.run(at: address) { client in
                    try await client.send("DELETE", StreamCommand.path + [name])
                }
                Output.write("\(TerminalText.harmless(name)): removed\n")
            }
        }
    }
}
#endif
