/// Failures of encrypted connections, in words that say whose certificate it is and what to do.
enum TLSFailure {
    /// A failure to connect with the reason and the remedy, where it is one of TLS; else as it is.
    ///
    /// The library's words hold OpenSSL's, `SSL handshake error: 20:unable to get local issuer certificate:depth=0:cert=…`.
    static func explained(_ failure: NATSFailure, _ settings: NATSSettings) -> NATSFailure {
        // With TLS 1.3 a client hears that its certificate is missing when the handshake is over, or just that the server is gone.
        if settings.asksForTLS, settings.certificateFile == nil, wasEnded(failure.message) {
            let remedy =
                "the server ended the connection, as one does that wants a certificate of the client; name one with "
                + "--nats-cert and --nats-key, or NATS_CERT and NATS_KEY"
            return NATSFailure(.connection, "\(failure.message); \(remedy)")
        }
        guard failure.kind == .connection, let remedy = remedy(failure.message, settings) else { return failure }
        return NATSFailure(.authentication, "\(failure.message); \(remedy)")
    }

    private static func wasEnded(_ words: String) -> Bool {
        ["Expected 'PONG'", "Connection Closed", "Connection reset", "Broken pipe"].contains { words.contains($0) }
    }

    private static func remedy(_ words: String, _ settings: NATSSettings) -> String? {
        func holds(_ word: String) -> Bool { words.contains(word) }
        let trusted = settings.authoritiesFile.map { "'\($0)'" } ?? "the system's authorities"
        if holds("mismatch") {
            return
                "the server's certificate is not for this name; use a name that it holds in the address, or give the "
                + "server a certificate for this one"
        }
        if holds("local issuer") || holds("self-signed") || holds("self signed") || holds("unable to verify") {
            return "the server's certificate does not come from \(trusted); name its authority with --nats-ca FILE or "
                + "NATS_CA"
        }
        if holds("expired") { return "the server's certificate is over; give the server a new one" }
        if holds("not yet valid") {
            return "the server's certificate does not count yet; check the clocks, or give the server another one"
        }
        if holds("certificate required") || holds("bad certificate") || holds("unknown ca") {
            return "the server wants a certificate of the client from an authority that it knows; name one with "
                + "--nats-cert and --nats-key, or NATS_CERT and NATS_KEY"
        }
        return holds("SSL") ? "check the files of certificates, here and at the server" : nil
    }
}
