#if Server
import ArgumentParser
import Testing

@testable import ForetailCLI

@Suite("NextCommand") struct NextCommandTests {
    private static let body = #"{"key":"/a b","step":10,"in":"10m"}"# + "\n"

    @Test("asks for the key and the time, and hands on the server's JSON")
    func asks() async throws {
        let server = TinyServer([.init(200, Self.body), .init(200, Self.body)])
        let command = try NextCommand.parse(
            ["\(server.url)/v1/tail-requests/tr_1", "--key", "/a b", "--in", "10m"])
        #expect(String(decoding: try await command.answer(), as: UTF8.self) == Self.body)
        _ = try await NextCommand.parse(["tr_2", "--server", server.url]).answer()
        #expect(
            server.asked.map(\.line) == [
                "GET /v1/tail-requests/tr_1/next?key=%2Fa%20b&in=10m", "GET /v1/tail-requests/tr_2/next",
            ])
    }

    @Test("a time that is none is refused before anybody is asked")
    func refused() {
        #expect(throws: (any Error).self) { try NextCommand.parse(["tr_1", "--in", "soon"]) }
        #expect(throws: (any Error).self) { try NextCommand.parse(["tr_1", "--in=-5m"]) }
    }
}
#endif
