#if Server
import Testing

@testable import ForetailServer

/// Who may be listened to without TLS and tokens.
@Suite("Reach") struct ReachTests {
    @Test("Loopback needs nothing", arguments: ["127.0.0.1", "127.8.8.8", "::1", "localhost"])
    func loopback(host: String) throws {
        var configuration = ServerConfiguration()
        configuration.host = host
        try configuration.check()
    }

    @Test(
        "What other machines can reach is refused, with both ways out",
        arguments: [
            "0.0.0.0", "::", "192.0.2.1", "example.org", "127.0.0.1.example.org", "127.example.org", "::ffff:127.0.0.1",
        ])
    func remote(host: String) throws {
        var configuration = ServerConfiguration()
        configuration.host = host
        let error = #expect(throws: StartError.self) { try configuration.check() }
        for part in [host, "tls.certificate", "tokens", "127.0.0.1", "--insecure-remote"] {
            #expect(error?.message.contains(part) == true, "\(error?.message ?? "")")
        }
        // TLS alone keeps out nobody who finds the port. Whether there are tokens is known when the data folder is open.
        configuration.tls.certificate = "chain.pem"
        configuration.tls.key = "key.pem"
        try configuration.check()
        try configuration.checkReach(hasTokens: true)
        let half = #expect(throws: StartError.self) { try configuration.checkReach(hasTokens: false) }
        #expect(half?.message.contains("needs tokens (") == true, "\(half?.message ?? "")")
        configuration.isInsecureRemote = true
        try configuration.check()
        try configuration.checkReach(hasTokens: false)
    }
}
#endif
