#if Server
import HTTPTypes
import Testing

@testable import ForetailServer

@Suite("URLs of webhooks") struct WebhookURLTests {
    @Test(
        "A URL is normalised",
        arguments: [
            ("https://Hooks.Example.com", "https://hooks.example.com/"),
            ("HTTPS://h.example:443/a?b=c", "https://h.example/a?b=c"),
            ("http://h.example:80/", "http://h.example/"), ("http://h:8080?x", "http://h:8080/?x"),
            ("https://[2001:DB8::1]:8443/x", "https://[2001:db8::1]:8443/x"),
            ("http://127.0.0.1:1/", "http://127.0.0.1:1/"),
            ("https://a_b.example/%2F", "https://a_b.example/%2F"),
            ("https://[::ffff:7f00:1]/", "https://[::ffff:127.0.0.1]/"),
        ])
    func normalised(text: String, expected: String) throws {
        let url = try WebhookURL(text)
        #expect(url.text == expected)
        #expect(try WebhookURL(url.text) == url)
    }

    @Test(
        "What another library may read in another way is refused",
        arguments: [
            "", "hooks.example.com", "ftp://h/", "file:///etc/passwd", "https://", "https:///x", "https://user@h/",
            "https://user:pass@h/", "https://h@evil/", "https://h#f", "https://h/#f", "https://h:0/",
            "https://h:65536/",
            "https://h:/", "https://h:+80/", "https://h:8 0/", "https://h/a b", "https://h/\\evil", "https://h\\@evil/",
            "https://h%2eexample/", "https://h/%zz", "https://h/%", "https://é.example/", "https://h\n.example/",
            "https://h..example/", "https://.example/", "https://example./", "https://-h/", "https://h-/",
            "https://0x7f000001/", "https://0x7f.1/", "https://2130706433/", "https://017700000001/",
            "https://127.1/", "https://0177.0.0.1/", "https://127.0.0.01/", "https://1.2.3/", "https://1.2.3.4.5/",
            "https://256.1.1.1/", "https://a.1/", "https://a.0x1/", "https://[::1/", "https://::1/",
            "https://[1.2.3.4]/", "https://h/a[0]",
            "https://[fe80::1%25eth0]/", "https://[::1]x/", "https://[]/", "https://h/\u{0}",
        ])
    func refused(text: String) {
        let problem = #expect(throws: Problem.self) { try WebhookURL(text) }
        #expect(problem?.field == "destination.url")
        #expect(problem?.status.code == 400)
    }

    @Test("The longest URL is taken, one byte more is not")
    func longest() throws {
        let start = "https://h.example/"
        let path = String(repeating: "a", count: WebhookURL.maximumBytes - start.utf8.count)
        #expect(try WebhookURL(start + path).text.utf8.count == WebhookURL.maximumBytes)
        #expect(throws: Problem.self) { try WebhookURL(start + path + "a") }
    }

    @Test("What limits are kept for says nothing of path and query")
    func receiver() throws {
        #expect(try WebhookURL("https://h.example/secret?token=1").receiver == "h.example:443")
    }
}
#endif
