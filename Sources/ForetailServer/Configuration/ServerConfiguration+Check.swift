#if Server
extension ServerConfiguration {
    /// Refuses what cannot work, before anything is touched.
    ///
    /// - Throws: ``StartError`` naming the setting and the remedy.
    public func check() throws(StartError) {
        guard (0...65_535).contains(port) else {
            throw StartError(message: "listen: \(port) is no port; use 0 to 65535")
        }
        guard tls.certificate.isEmpty == tls.key.isEmpty else {
            let (there, missing) = tls.key.isEmpty ? ("certificate", "key") : ("key", "certificate")
            throw StartError(
                message: "tls.\(there): a certificate needs its key; name tls.\(missing) as well, or neither")
        }
        try checkReach()
        guard (1...64).contains(shards) else { throw StartError(message: "shards: expected 1 to 64, not \(shards)") }
        guard !dataFolder.isEmpty else { throw StartError(message: "dataDir: expected the path of a folder") }
        guard shutdownSeconds >= 1 else { throw StartError(message: "shutdown: expected at least 1s") }
    }

    /// Refuses to be reached by other machines in clear, or by whoever finds the port.
    ///
    /// - Parameters:
    ///   - hasTokens: Whether callers have to say who they are; nil: not known before the data folder is open.
    ///   - tokens: How there come to be tokens.
    func checkReach(
        hasTokens: Bool? = nil, tokens: String = "`foretail token add`, or --require-tokens"
    ) throws(StartError) {
        guard !isLoopback, !isInsecureRemote else { return }
        var missing: [String] = []
        if !tls.isComplete { missing.append("TLS (tls.certificate and tls.key)") }
        if !(hasTokens ?? (requiresTokens || tls.isComplete)) {
            missing.append("tokens (\(tokens))")
        }
        guard !missing.isEmpty else { return }
        throw StartError(
            message:
                "listen: \(host) can be reached from other machines, and that needs \(missing.joined(separator: " and ")); "
                + "listen on 127.0.0.1, or force it with --insecure-remote where something in front sees to both")
    }

    /// Whether only this machine can reach the address. A name that only looks like a loopback address is none.
    private var isLoopback: Bool {
        if host == "localhost" { return true }
        guard let address = InternetAddress(host) else { return false }
        return address.isV4 ? address.bits >> 24 == 127 : address.bits == 1
    }
}
#endif
