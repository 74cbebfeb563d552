#if Server
import Testing

@testable import ForetailCLI

@Suite("ServerAddress and RemoteReference") struct ServerAddressTests {
    @Test(
        "An address is scheme, host, port and a proxy's path",
        arguments: [
            ("http://127.0.0.1:7070", "http://127.0.0.1:7070"), ("HTTP://h:1/", "http://h:1"),
            ("https://h/tail//", "https://h/tail"), ("http://[::1]:7070", "http://[::1]:7070"),
        ])
    func sound(text: String, address: String) throws {
        #expect(try ServerAddress(text).description == address)
    }

    @Test(
        "Anything else is refused",
        arguments: [
            "127.0.0.1:7070", "", "http://", "http://h:x", "http://h:99999", "http://u:p@h", "http://h/a b", "ftp://h",
        ])
    func unsound(text: String) {
        #expect(throws: BadAddress.self) { try ServerAddress(text) }
    }

    @Test("Parts of paths and values are percent-encoded")
    func encoding() throws {
        let address = try ServerAddress("http://h:1/x/")
        #expect(
            address.url(["v1", "streams", "a/b ä"], [("filter", "event.cpu > 80 && true"), ("after", "0:1-2")])
                == "http://h:1/x/v1/streams/a%2Fb%20%C3%A4?filter=event.cpu%20%3E%2080%20%26%26%20true&after=0%3A1-2")
    }

    @Test(
        "A URL names a stream or a tail request",
        arguments: [
            ("http://h:1/metrics", "http://h:1", RemoteReference.Target.stream("metrics")),
            ("http://h:1/proxy/a%20b/", "http://h:1/proxy", .stream("a b")),
            ("http://h:1/v1/streams/m", "http://h:1", .stream("m")),
            ("http://h:1/v1/streams/m/tail", "http://h:1", .stream("m")),
            ("http://h:1/p/v1/tail-requests/tr_1", "http://h:1/p", .request("tr_1")),
            ("http://h:1/v1/tail-requests/tr_1/events", "http://h:1", .request("tr_1")),
        ])
    func references(url: String, address: String, target: RemoteReference.Target) throws {
        let reference = try RemoteReference(url)
        #expect(reference.address.description == address)
        #expect(reference.target == target)
    }

    @Test(
        "What names neither is refused",
        arguments: [
            "http://h:1", "http://h:1/", "http://h:1/m?filter=x", "http://h:1/v1/streams/m/history",
            "http://h:1/a%2", "http:///m",
        ])
    func badReferences(url: String) {
        #expect(throws: BadAddress.self) { try RemoteReference(url) }
    }
}
#endif
