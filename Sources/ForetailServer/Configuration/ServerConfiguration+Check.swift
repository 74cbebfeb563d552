#if Server
extension ServerConfiguration {
    /// Refuses what cannot work, before anything is touched.
    ///
    /// - Throws: ``StartError`` naming the setting and the remedy.
    public func check() throws(StartError) {
        guard (0...65_535).contains(port) else {
            throw StartError(message: "listen: \(port) is no port; use 0 to 65535")
        }
        guard isLoopback || allowsRemote else {
            throw StartError(
                message:
                    "listen: \(host) can be reached from other machines, and nobody has to say who he is yet; "
                    + "listen on 127.0.0.1, or force it with --allow-remote if something in front of it asks for tokens"
            )
        }
        guard (1...64).contains(shards) else { throw StartError(message: "shards: expected 1 to 64, not \(shards)") }
        guard !dataFolder.isEmpty else { throw StartError(message: "dataDir: expected the path of a folder") }
        guard shutdownSeconds >= 1 else { throw StartError(message: "shutdown: expected at least 1s") }
    }

    /// Whether only this machine can reach the address.
    private var isLoopback: Bool { host == "localhost" || host == "::1" || host.hasPrefix("127.") }
}
#endif
