#if Server
import ArgumentParser
import FieldExtraction
import Foretail

/// `foretail next`: what is expected of a key at a time ahead, as JSON for programs.
struct NextCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "next",
        abstract: "Say what is expected of a key at a time ahead, announced or not, as JSON.",
        discussion: """
            Of the steps that the tail request asks for, the one whose event is expected nearest to that time.
            Example, what a scaler may ask for before the load comes:
              foretail next tr_1 --key /checkout --in 10m | jq '.fields.count.high'
            """)

    @Argument(help: "The tail request, such as tr_1, or its URL.") var id: String
    @OptionGroup var server: ServerOptions
    @Option(help: ArgumentHelp("The key; leave it out where the stream has none.", valueName: "key")) var key: String?
    @Option(name: .customLong("in"), help: ArgumentHelp("How far ahead; 0s, the next event.", valueName: "duration"))
    var ahead: String?

    func validate() throws {
        if let ahead, DurationOption(argument: ahead) == nil {
            throw ValidationError("--in \(ahead): expected a duration such as 30s, 10m, 2h or 1d")
        }
    }

    func run() async throws { Output.write(try await answer()) }

    /// What the server answers.
    func answer() async throws -> [UInt8] {
        let (address, id) = try server.request(id)
        var query: [(String, String)] = []
        if let key { query.append(("key", key)) }
        if let ahead { query.append(("in", ahead)) }
        let parameters = query
        return try await server.run(at: address) { client in
            try await client.bytes("GET", RequestCommand.path + [id, "next"], parameters)
        }
    }
}
#endif
