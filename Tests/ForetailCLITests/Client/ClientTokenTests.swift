#if Server
import ArgumentParser
import Foretail
import Testing

@testable import ForetailCLI

@Suite("ClientToken") struct ClientTokenTests {
    private static let text = "tk_1a2b3c4d5e_" + String(repeating: "0", count: 64)

    @Test("A token of a file goes out with every call, and stands in no description")
    func header() async throws {
        let folder = TemporaryFolder()
        folder.write(Self.text + "\n", to: "token")
        let server = TinyServer([.init(200, "{}")])
        _ = try await NextCommand.parse(["tr_1", "--server", server.url, "--token-file", folder.file("token")]).answer()
        #expect(server.asked.first?.headers.contains("authorization: Bearer \(Self.text)") == true)
        let token = try #require(ClientToken(Self.text))
        #expect(!"\(token)".contains("0"))
    }

    @Test("Without a token nothing is said")
    func none() async throws {
        let server = TinyServer([.init(200, "{}")])
        _ = try await ServerClient.with(try ServerAddress(server.url)) { try await $0.get(["v1"]) }
        #expect(server.asked.first?.headers.contains { $0.lowercased().hasPrefix("authorization") } == false)
    }

    @Test("A token is not sent on to where a server points")
    func redirection() async throws {
        let other = TinyServer([.init(200, "{}")])
        let server = TinyServer([.init(307, "", headers: "location: \(other.url)/v1\r\n")])
        let token = ClientToken(Self.text)
        await #expect(throws: ClientFailure.self) {
            try await ServerClient.with(try ServerAddress(server.url), token: token) { try await $0.get(["v1"]) }
        }
        #expect(server.asked.count == 1 && other.asked.isEmpty)
    }

    @Test("What is no token is refused by the name of its file, without a word of what stands there")
    func refusals() throws {
        let folder = TemporaryFolder()
        folder.write("two\nlines", to: "lines")
        folder.write("", to: "empty")
        for name in ["lines", "empty", "none"] {
            let failure = #expect(throws: BadAddress.self) { try ClientToken.given(file: folder.file(name)) }
            #expect(failure?.message.contains(name) == true && failure?.message.contains("two") == false)
        }
        #expect(ClientToken("a b") == nil && ClientToken("ä") == nil && ClientToken("a\r\nx: y") == nil)
    }
}
#endif
