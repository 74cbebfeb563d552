#if Server
import ArgumentParser
import FieldExtraction
import Foretail
import ForetailServer
import ForetailSQLite

/// `foretail token`: who may call a server, written to its data folder, or said to it.
struct TokenCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "token",
        abstract: "Add, list and revoke the tokens of a server.",
        discussion: """
            Works on the data folder, whether the server runs or not: a server that runs sees it within a second. With --server
            it asks the server instead, with a token of the scope admin over all streams. From the first token on the server
            wants one for every call.

            Examples:
              foretail token add ops --scope admin --stream '*'
              foretail token add team-a --scope read,write --stream 'team-a.*' --rate events=5000 --limit requests=100
              foretail token list
              foretail token revoke tk_1a2b3c4d5e
            """,
        subcommands: [Add.self, List.self, Revoke.self])

    static let path = ["v1", "tokens"]

    /// `foretail token add`.
    struct Add: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Add a token, and print it: this once, and never again.")
        @Argument(help: "The tenant it belongs to. Several tokens may have one name.") var name: String
        @Option(help: ArgumentHelp("read, write, admin; may be repeated.", valueName: "scope,…")) var scope: [String]
        @Option(help: ArgumentHelp("A stream, or the beginning of names and *; may be repeated.", valueName: "pattern"))
        var stream: [String]
        @Option(
            help: ArgumentHelp(
                "In a second: events, bytes, calls, such as events=1000,bytes=1MiB.", valueName: "name=value,…"))
        var rate: [String] = []
        @Option(
            help: ArgumentHelp(
                "At a time: streams, requests, readers, filterBytes, such as requests=100.", valueName: "name=value,…"))
        var limit: [String] = []
        @Option(help: ArgumentHelp("When it ends, such as 30d or 2030-01-01T00:00:00Z.", valueName: "when"))
        var expires: String?
        @OptionGroup var place: TokenPlace
        @Flag(help: "Print what it may as JSON, the token among it.") var json = false

        func validate() throws { _ = try definition() }

        /// What is asked for.
        func definition() throws -> TokenDefinition {
            var scopes: Set<AccessScope> = []
            for text in scope.flatMap({ $0.split(separator: ",") }) {
                guard let known = AccessScope(rawValue: String(text)) else {
                    throw ValidationError("--scope \(text): expected read, write or admin")
                }
                scopes.insert(known)
            }
            var streams: [StreamPattern] = []
            for text in stream.flatMap({ $0.split(separator: ",") }) {
                guard let pattern = StreamPattern(String(text)) else {
                    throw ValidationError(
                        "--stream \(text): expected a stream's name, or the beginning of names with a * behind it")
                }
                streams.append(pattern)
            }
            var quotas = TokenQuotas()
            try Self.read(rate, "--rate", ["events", "bytes", "calls"], into: &quotas)
            try Self.read(limit, "--limit", ["streams", "requests", "readers", "filterBytes"], into: &quotas)
            var end: Timestamp?
            if let expires {
                guard let time = TokenDefinition.end(expires, now: SystemClock().now()) else {
                    throw ValidationError("--expires \(expires): expected a duration such as 30d, or a time to come")
                }
                end = time
            }
            do throws(StartError) {
                return try TokenDefinition(name: name, scopes: scopes, streams: streams, quotas: quotas, expires: end)
            } catch {
                throw ValidationError(error.message)
            }
        }

        private static func read(
            _ texts: [String], _ option: String, _ names: [String], into quotas: inout TokenQuotas
        ) throws {
            for text in texts.flatMap({ $0.split(separator: ",") }) {
                guard names.contains(where: { text.hasPrefix("\($0)=") }), quotas.set(text) else {
                    throw ValidationError(
                        "\(option) \(text): expected one of \(names.joined(separator: ", ")) and a number, such as "
                            + "\(names[0])=1000")
                }
            }
        }

        func run() async throws {
            let definition = try definition()
            let document: JSONValue
            if let client = try place.remote {
                document = try await ServerOptions.run(at: client.address, tokenFile: client.tokenFile) { client in
                    try await client.send("POST", TokenCommand.path, Self.document(definition))
                }
            } else {
                let now = SystemClock().now()
                let secret = TokenSecret.random()
                let stored = secret.stored(definition, created: now)
                try await place.change { catalogue throws(CatalogueFailure) in try catalogue.addToken(stored) }
                document = JSONValue.object(
                    [("id", .string(secret.id)), ("token", .string(secret.text))] + definition.members)
            }
            if json { return Output.write(document.compact + "\n") }
            Output.write((document["token"]?.text ?? "") + "\n")
            StandardError.write(
                "foretail token: \(document["id"]?.text ?? ""), shown this once; keep it in a file that only you can read\n"
            )
        }

        /// What the server is asked for.
        private static func document(_ definition: TokenDefinition) -> JSONValue {
            JSONValue.object(
                definition.members + [("expires", definition.expires.map { .string($0.description) })])
        }
    }

    /// `foretail token list`.
    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "List tokens, oldest first; never what they are.")
        @OptionGroup var place: TokenPlace
        @Flag(help: "Print JSON.") var json = false

        func run() async throws {
            let tokens = try await all()
            if json { return Output.write(JSONValue.array(tokens).compact + "\n") }
            Output.write(TokenText.table(tokens, style: TerminalStyle(descriptor: 1)))
        }

        private func all() async throws -> [JSONValue] {
            guard let client = try place.remote else {
                let stored = try await place.read { catalogue throws(CatalogueFailure) in try catalogue.tokens() }
                return try stored.map { try TokenText.document($0) }
            }
            return try await ServerOptions.run(at: client.address, tokenFile: client.tokenFile) { client in
                var tokens: [JSONValue] = []
                var after: String?
                repeat {
                    let page = try await client.get(TokenCommand.path, after.map { [("after", $0)] } ?? [])
                    tokens += page["tokens"]?.elements ?? []
                    after = page["next"]?.text
                } while after != nil
                return tokens
            }
        }
    }

    /// `foretail token revoke`.
    struct Revoke: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Revoke tokens, from now on and for what they read at the moment.")
        @Argument(help: "The ids, such as tk_1a2b3c4d5e.") var ids: [String]
        @OptionGroup var place: TokenPlace

        func run() async throws {
            for id in ids {
                if let client = try place.remote {
                    try await ServerOptions.run(at: client.address, tokenFile: client.tokenFile) { client in
                        _ = try await client.send("DELETE", TokenCommand.path + [id])
                    }
                } else {
                    let now = SystemClock().now()
                    let wasInForce = try await place.change { catalogue throws(CatalogueFailure) in
                        try catalogue.revokeToken(id, at: now)
                    }
                    guard wasInForce else {
                        throw ForetailError(
                            .source,
                            "there is no token \(TerminalText.harmless(id)) in force; see `foretail token list`")
                    }
                }
                Output.write("\(TerminalText.harmless(id)): revoked\n")
            }
        }
    }
}
#endif
