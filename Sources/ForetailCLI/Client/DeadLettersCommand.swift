#if Server
import ArgumentParser
import FieldExtraction
import Foretail

/// `foretail dead-letters`: what no webhook took.
struct DeadLettersCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "dead-letters",
        abstract: "List, show, send again and purge what webhooks did not take.",
        discussion: """
            Examples:
              foretail dead-letters list --request tr_1
              foretail dead-letters replay dl_7
              foretail dead-letters replay --request tr_1
              foretail dead-letters purge dl_7 dl_8
            """,
        subcommands: [List.self, Show.self, Replay.self, Purge.self])

    static let path = ["v1", "dead-letters"]

    /// `foretail dead-letters list`.
    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "List dead letters, oldest first.")
        @OptionGroup var server: ServerOptions
        @Option(help: ArgumentHelp("Only those of this tail request.", valueName: "id")) var request: String?
        @Flag(help: "Print the server's JSON.") var json = false

        func run() async throws {
            let query = request.map { [("request", $0)] } ?? []
            let letters = try await server.run(at: server.address) { client in
                try await client.all(DeadLettersCommand.path, "deadLetters", query)
            }
            if json { return Output.write(JSONValue.array(letters).compact + "\n") }
            Output.write(DeadLetterText.table(letters, style: TerminalStyle(descriptor: 1)))
        }
    }

    /// `foretail dead-letters show`.
    struct Show: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Show a dead letter with its events, as JSON.")
        @Argument(help: "The dead letter, such as dl_7.") var id: String
        @OptionGroup var server: ServerOptions

        func run() async throws {
            let bytes = try await server.run(at: server.address) { client in
                try await client.bytes("GET", DeadLettersCommand.path + [id])
            }
            Output.write(bytes + [UInt8(ascii: "\n")])
        }
    }

    /// `foretail dead-letters replay`.
    struct Replay: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Send dead letters again, each once, with their old ids.",
            discussion: "Those that are taken are gone; of those that are not, the list says why.")
        @Argument(help: "The dead letters, such as dl_7.") var ids: [String] = []
        @Option(help: ArgumentHelp("All of this tail request, oldest first.", valueName: "id")) var request: String?
        @OptionGroup var server: ServerOptions

        func validate() throws {
            guard ids.isEmpty != (request == nil) else {
                throw ValidationError("name dead letters, or a tail request with --request")
            }
        }

        func run() async throws {
            let address = try server.address
            if let request {
                let answer = try await server.run(at: address) { client in
                    try await client.bytes("POST", DeadLettersCommand.path + ["replay"], [("request", request)])
                }
                let count = (try? JSONValue(parsing: answer))?["queued"]?.whole ?? 0
                return Output.write("\(TerminalText.harmless(request)): \(count) to be sent again\n")
            }
            for id in ids {
                _ = try await server.run(at: address) { client in
                    try await client.send("POST", DeadLettersCommand.path + [id, "replay"])
                }
                Output.write("\(TerminalText.harmless(id)): to be sent again\n")
            }
        }
    }

    /// `foretail dead-letters purge`.
    struct Purge: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Remove dead letters for good.")
        @Argument(help: "The dead letters, such as dl_7.") var ids: [String] = []
        @Option(help: ArgumentHelp("All of this tail request.", valueName: "id")) var request: String?
        @Flag(help: "All there are.") var all = false
        @OptionGroup var server: ServerOptions

        func validate() throws {
            guard [!ids.isEmpty, request != nil, all].count(where: \.self) == 1 else {
                throw ValidationError("name dead letters, a tail request with --request, or --all")
            }
        }

        func run() async throws {
            let address = try server.address
            if ids.isEmpty {
                let query = [("request", request ?? "all")]
                let answer = try await server.run(at: address) { client in
                    try await client.bytes("DELETE", DeadLettersCommand.path, query)
                }
                return Output.write("\((try? JSONValue(parsing: answer))?["purged"]?.whole ?? 0) purged\n")
            }
            for id in ids {
                _ = try await server.run(at: address) { client in
                    try await client.send("DELETE", DeadLettersCommand.path + [id])
                }
                Output.write("\(TerminalText.harmless(id)): purged\n")
            }
        }
    }
}
#endif
