#if Server
import HTTPTypes
import Hummingbird

/// What a request's head has to keep to, before anything is done for it.
struct HeadCheck: Sendable {
    private let limits: ServerLimits
    /// The names that the server goes by.
    private let names: Set<String>
    /// Whether they hold for everybody: where they were stated.
    private let areStated: Bool

    init(_ configuration: ServerConfiguration) {
        limits = configuration.limits
        areStated = !configuration.hosts.isEmpty
        names = Set((configuration.hosts + [configuration.host]).map(Self.folded))
    }

    /// Refuses a head that is too large, or meant for another server.
    ///
    /// - Parameter isOpen: Whether no token is needed. Whoever has to show one cannot be a page that a browser was led to by a
    ///   name that points here.
    /// - Throws: ``Problem``: 414, 431, 421, 403.
    func check(_ head: HTTPRequest, isOpen: Bool) throws(Problem) {
        if (head.path ?? "").utf8.count > limits.targetBytes { throw .targetTooLong(limits.targetBytes) }
        if head.headerFields.count > limits.headers { throw .headTooLarge("limits.headers", limits.headers) }
        var bytes = 0
        for field in head.headerFields { bytes += field.name.rawName.utf8.count + field.value.utf8.count }
        if bytes > limits.headerBytes { throw .headTooLarge("limits.headerBytes", limits.headerBytes) }
        guard isOpen || areStated else { return }
        try check(host: head.authority)
        if isOpen { try checkSite(head) }
    }

    /// Refuses a change that a page of another site asks for: a form needs no consent of the server that it is sent to.
    ///
    /// Source: Fetch Metadata Request Headers, 2.3; browsers let no page set these headers.
    private func checkSite(_ head: HTTPRequest) throws(Problem) {
        guard ![.get, .head, .options].contains(head.method) else { return }
        var isForeign = head.headerFields[HTTPField.Name("Sec-Fetch-Site")!] == "cross-site"
        if let origin = head.headerFields[.origin] {
            let host = origin.firstRange(of: "://").map { String(origin[$0.upperBound...]) }
            isForeign = isForeign || !(host.map { Self.isKnown($0, names) } ?? false)
        }
        guard isForeign else { return }
        throw Problem(
            .forbidden, "cross-site", "a page of another site asks for this", field: "Origin",
            remedy: "serve the page under a name in the setting hosts, or have the server ask for tokens")
    }

    /// Refuses a name that is not this server's. A page of another site that has its own name point to this machine would
    /// otherwise read and write what is here (DNS rebinding). Addresses and `localhost` cannot be pointed elsewhere.
    private func check(host authority: String?) throws(Problem) {
        guard let authority, !Self.isKnown(authority, names) else { return }
        throw Problem(
            .misdirectedRequest, "host", "this server does not go by the name in Host", field: "Host",
            remedy: "use its address or localhost, or let its operator add the name to the setting hosts")
    }

    /// Whether `host:port` is an address, `localhost`, or a name among those given.
    private static func isKnown(_ authority: String, _ names: Set<String>) -> Bool {
        let host = folded(name(of: authority))
        return names.contains(host) || host == "localhost" || host.hasSuffix(".localhost")
            || InternetAddress(host) != nil
    }

    /// The host of `host:port`, without the brackets of an IPv6 address.
    private static func name(of authority: String) -> String {
        guard authority.hasPrefix("[") else { return String(authority.prefix { $0 != ":" }) }
        let address = authority.dropFirst().prefix { $0 != "]" }
        let rest = authority.dropFirst(address.count + 2)
        // What stands behind the brackets belongs to a name that is none.
        return rest.isEmpty || rest.first == ":" ? String(address) : authority
    }

    private static func folded(_ host: String) -> String {
        let host = host.lowercased()
        return host.hasSuffix(".") ? String(host.dropLast()) : host
    }
}
#endif
