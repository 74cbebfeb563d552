#if Server
import ArgumentParser
import FieldExtraction
import FilterLanguage
import Foretail

/// `foretail request`: the tail requests of a server.
struct RequestCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "request",
        abstract: "Add, list, show, change and remove a server's tail requests.",
        discussion: """
            Examples:
              foretail request add metrics --filter 'event.cpu > 80' --steps 3
              foretail tail http://127.0.0.1:7070/v1/tail-requests/tr_1 --ahead
              foretail request update tr_1 --filter 'event.cpu > 90'
            """,
        subcommands: [Add.self, List.self, Show.self, Update.self, Remove.self])

    static let path = ["v1", "tail-requests"]

    /// `foretail request list`.
    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "List the tail requests.")
        @OptionGroup var server: ServerOptions
        @Option(help: ArgumentHelp("Only those of this stream.", valueName: "name")) var stream: String?
        @Flag(help: "Print the server's JSON.") var json = false

        func run() async throws {
            let query = stream.map { [("stream", $0)] } ?? []
            let requests = try await server.run(at: server.address) { client in
                try await client.all(RequestCommand.path, "tailRequests", query)
            }
            if json { return Output.write(JSONValue.array(requests).compact + "\n") }
            Output.write(RequestText.table(requests, style: TerminalStyle(descriptor: 1)))
        }
    }

    /// `foretail request show`.
    struct Show: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Show a tail request.")
        @Argument(help: "The tail request, such as tr_1, or its URL.") var id: String
        @OptionGroup var server: ServerOptions
        @Flag(help: "Print the server's JSON.") var json = false

        func run() async throws {
            let (address, id) = try server.request(id)
            let request = try await server.run(at: address) { client in
                try await client.get(RequestCommand.path + [id])
            }
            Output.write(
                json ? request.compact + "\n" : RequestText.facts(request, style: TerminalStyle(descriptor: 1)))
        }
    }

    /// `foretail request update`.
    struct Update: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Change a tail request's filter, from an exact position on, or its webhook.",
            discussion: "Anything else is changed by a new tail request.")
        @Argument(help: "The tail request, such as tr_1, or its URL.") var id: String
        @OptionGroup var server: ServerOptions
        @Option(help: "The new filter, a CEL expression.") var filter: String?
        @Option(help: ArgumentHelp("The new filter, an event pattern.", valueName: "file|json")) var pattern: String?
        @Flag(help: "No filter: every event.") var all = false
        @OptionGroup(title: "Webhook") var webhook: WebhookOptions
        @Flag(help: "Print the server's JSON.") var json = false

        func validate() throws {
            guard [filter != nil, pattern != nil, all, webhook.webhook != nil].count(where: \.self) == 1 else {
                throw ValidationError(
                    "state the new filter, one of --filter, --pattern and --all, or the webhook's new destination")
            }
        }

        func run() async throws {
            let (address, id) = try server.request(id)
            let text = try FilterTextOption.text(command: "request update", expression: filter, pattern: pattern)
            let destination = try webhook.document
            let change = JSONValue.object([
                destination.map { ("destination", $0) } ?? RequestCommand.member(text) ?? ("filter", .null)
            ])
            let request = try await server.run(at: address) { client in
                try await client.send("PATCH", RequestCommand.path + [id], change)
            }
            if json { return Output.write(request.compact + "\n") }
            if destination != nil {
                return Output.write("\(TerminalText.harmless(id)): sent to \(RequestText.destination(request))\n")
            }
            let place = (request["inForceAfter"]?.text).map { "behind \($0)" } ?? "from the first event on"
            Output.write("\(TerminalText.harmless(id)): the new filter is in force \(place)\n")
        }
    }

    /// `foretail request remove`.
    struct Remove: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Remove tail requests; their predictions are withdrawn.")
        @Argument(help: "The tail requests, such as tr_1, or their URLs.") var ids: [String]
        @OptionGroup var server: ServerOptions

        func run() async throws {
            for id in ids {
                let (address, id) = try server.request(id)
                _ = try await server.run(at: address) { client in
                    try await client.send("DELETE", RequestCommand.path + [id])
                }
                Output.write("\(TerminalText.harmless(id)): removed\n")
            }
        }
    }

    /// The member of a request's document that states a filter.
    static func member(_ filter: FilterText?) -> (String, JSONValue?)? {
        filter.map { ($0.dialect == .pattern ? "pattern" : "filter", .string($0.source)) }
    }
}
#endif
