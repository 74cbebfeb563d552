#if Server
import ArgumentParser
import FieldExtraction
import Foretail
import ForetailSQLite
import Testing

@testable import ForetailCLI
@testable import ForetailServer

@Suite("TokenCommand") struct TokenCommandTests {
    @Test("A token is written to the data folder as a hash, listed and revoked, and a folder is made for the first")
    func folder() async throws {
        let folder = TemporaryFolder()
        let place = ["--data-dir", folder.path]
        try await TokenCommand.Add.parse(
            [
                "team-a", "--scope", "read,write", "--stream", "team-a.*", "--rate", "events=10,bytes=1MiB", "--limit",
                "requests=5", "--expires", "30d",
            ] + place
        ).run()
        let catalogue = try Catalogue(path: folder.file("catalogue.sqlite"))
        let stored = try #require(try catalogue.tokens().first)
        let definition = try TokenDefinition(stored)
        #expect(stored.name == "team-a" && stored.hash.count == 32 && stored.expires != nil)
        #expect(definition.scopes == [.read, .write] && definition.streams.map(\.description) == ["team-a.*"])
        #expect(definition.quotas.events == 10 && definition.quotas.bytes == 1 << 20 && definition.quotas.requests == 5)
        try await TokenCommand.Revoke.parse([stored.id] + place).run()
        #expect(try catalogue.tokens().first?.revoked != nil)
        await #expect(throws: ForetailError.self) { try await TokenCommand.Revoke.parse([stored.id] + place).run() }
        let table = String(
            decoding: TokenText.table([try TokenText.document(stored)], style: .plain),
            as: UTF8.self)
        #expect(table.contains(stored.id) && table.contains("read, write") && table.contains("events 10"))
        try catalogue.close()
    }

    @Test("A server that is named is asked instead")
    func server() async throws {
        let folder = TemporaryFolder()
        folder.write("tk_1a2b3c4d5e_0", to: "token")
        let server = TinyServer([
            .init(201, #"{"id":"tk_1","token":"tk_1_x"}"#), .init(200, #"{"tokens":[]}"#), .init(204, ""),
        ])
        let place = ["--server", server.url, "--token-file", folder.file("token")]
        try await TokenCommand.Add.parse(["ops", "--scope", "admin", "--stream", "*"] + place).run()
        try await TokenCommand.List.parse(place).run()
        try await TokenCommand.Revoke.parse(["tk_1"] + place).run()
        #expect(
            server.asked.map(\.line) == ["POST /v1/tokens", "GET /v1/tokens", "DELETE /v1/tokens/tk_1"])
        #expect(
            server.asked.first?.body == #"{"name":"ops","scopes":["admin"],"streams":["*"],"quotas":{}}"#)
    }

    @Test(
        "What is wrong is said before anything is written",
        arguments: [
            [], ["a"], ["a", "--scope", "read"], ["a", "--scope", "root", "--stream", "*"],
            ["a", "--scope", "read", "--stream", "a*b"], ["a b", "--scope", "read", "--stream", "*"],
            ["a", "--scope", "read", "--stream", "*", "--rate", "requests=1"],
            ["a", "--scope", "read", "--stream", "*", "--limit", "events=1"],
            ["a", "--scope", "read", "--stream", "*", "--expires", "yesterday"],
            ["a", "--scope", "read", "--stream", "*", "--token-file", "x"],
            ["a", "--scope", "read", "--stream", "*", "--server", "http://h:1", "--data-dir", "x"],
        ])
    func usage(arguments: [String]) {
        #expect(throws: (any Error).self) { try TokenCommand.Add.parse(arguments) }
    }
}
#endif
