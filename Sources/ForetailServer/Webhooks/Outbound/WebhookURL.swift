#if Server
/// Where a webhook is sent: an `http` or `https` URL taken apart strictly, so that every library reads it the same way.
///
///     try WebhookURL("https://Hooks.example.com/in?a=1").text      // https://hooks.example.com/in?a=1
///
/// Source: RFC 3986, less what nobody needs here: user and password, fragments, zones, and numbers that only some resolvers
/// take for an address (`0x7f.1`, `2130706433`, `010.0.0.1`).
struct WebhookURL: Hashable, Sendable {
    /// The longest URL, in bytes.
    static let maximumBytes = 2_048
    /// Whether TLS is used.
    let isSecure: Bool
    /// The name or the address, without brackets, in lower case.
    let host: String
    /// The port, 443 or 80 where none is stated.
    let port: Int
    /// Path and query; begins with a slash.
    let target: String
    /// The address, where the host is one.
    let address: InternetAddress?

    /// Reads a URL.
    ///
    /// - Throws: ``Problem`` (400) that says what is wrong with it.
    init(_ text: String, field: String = "destination.url") throws(Problem) {
        func fail(_ detail: String, _ remedy: String? = nil) -> Problem {
            .invalid(field, detail, remedy: remedy ?? "write it as https://hooks.example.com/path")
        }
        let bytes = Array(text.utf8)
        guard bytes.count <= Self.maximumBytes else { throw fail("expected at most \(Self.maximumBytes) bytes") }
        guard bytes.allSatisfy(Self.isSound) else {
            throw fail("expected printable ASCII characters; others are percent-encoded")
        }
        let lower = text.lowercased()
        guard let scheme = ["https://", "http://"].first(where: { lower.hasPrefix($0) }) else {
            throw fail("expected a URL that begins with https:// or http://")
        }
        isSecure = scheme == "https://"
        let rest = text.dropFirst(scheme.count)
        let authority = rest.prefix { $0 != "/" && $0 != "?" && $0 != "#" }
        let tail = rest.dropFirst(authority.count)
        guard !tail.contains("#") else { throw fail("a fragment is never sent; leave out what follows '#'") }
        guard !authority.contains("@") else {
            throw fail(
                "user and password are not sent; receivers check the signature", "leave out what stands before '@'")
        }
        guard !authority.contains("%"), !authority.contains("\\") else { throw fail("expected a plain host name") }
        guard !tail.contains("["), !tail.contains("]") else {
            throw fail("brackets stand around an IPv6 address only", "write them as %5B and %5D behind the host")
        }
        guard Self.isEncoded(tail) else { throw fail("expected two hexadecimal digits behind each percent sign") }
        let (name, portText) = try Self.split(authority, fail)
        let standard = isSecure ? 443 : 80
        guard let port = portText.isEmpty ? standard : Self.port(portText) else {
            throw fail("expected a port from 1 to 65535")
        }
        self.port = port
        target = tail.hasPrefix("/") ? String(tail) : "/" + tail
        if authority.hasPrefix("[") {
            guard let address = InternetAddress(name), !address.isV4 else {
                throw fail("expected an IPv6 address in brackets")
            }
            self.address = address
            host = address.description
            return
        }
        let lowered = name.lowercased()
        if Self.endsInNumber(lowered) {
            guard let address = InternetAddress(lowered), address.isV4, address.description == lowered else {
                throw fail(
                    "'\(lowered)' is no address that everybody reads the same way",
                    "write an IPv4 address as four decimal numbers, such as 192.0.2.1")
            }
            self.address = address
            host = lowered
            return
        }
        guard Self.isName(lowered) else { throw fail("'\(lowered)' is no host name") }
        address = nil
        host = lowered
    }

    /// The host as it stands in a URL.
    var urlHost: String { address?.isV4 == false ? "[\(host)]" : host }

    /// The URL, normalised.
    var text: String {
        let standard = isSecure ? 443 : 80
        return "\(isSecure ? "https" : "http")://\(urlHost)\(port == standard ? "" : ":\(port)")\(target)"
    }

    /// Host and port: what limits and the circuit breaker are kept for. Says nothing of path and query, which may hold a token.
    var receiver: String { "\(urlHost):\(port)" }

    // MARK: Parts

    private static func split(
        _ authority: Substring, _ fail: (String, String?) -> Problem
    ) throws(Problem) -> (name: Substring, port: Substring) {
        if authority.hasPrefix("[") {
            guard let end = authority.firstIndex(of: "]") else { throw fail("a bracket is not closed", nil) }
            let name = authority[authority.index(after: authority.startIndex)..<end]
            let rest = authority[authority.index(after: end)...]
            guard rest.isEmpty || rest.hasPrefix(":") else { throw fail("expected a colon behind the bracket", nil) }
            return (name, rest.dropFirst())
        }
        let parts = authority.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count <= 2, let name = parts.first, !name.isEmpty else { throw fail("expected a host", nil) }
        guard parts.count == 1 || !parts[1].isEmpty else { throw fail("expected a port behind the colon", nil) }
        return (name, parts.count == 2 ? parts[1] : "")
    }

    private static func port(_ text: Substring) -> Int? {
        guard text.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let port = Int(text), (1...65_535).contains(port)
        else { return nil }
        return port
    }

    /// Characters that may stand in a URL, and that no library takes for something else.
    private static func isSound(_ byte: UInt8) -> Bool {
        (0x21...0x7E).contains(byte) && !#""<>\^`{|}"#.utf8.contains(byte)
    }

    private static func isEncoded(_ text: Substring) -> Bool {
        text.split(separator: "%", omittingEmptySubsequences: false).dropFirst().allSatisfy { part in
            let digits = Array(part.utf8.prefix(2))
            return digits.count == 2 && digits.allSatisfy { Character(UnicodeScalar($0)).isHexDigit }
        }
    }

    /// Whether the last label is a number, as the WHATWG URL standard asks before it takes a host for an IPv4 address.
    private static func endsInNumber(_ host: String) -> Bool {
        var labels = host.split(separator: ".", omittingEmptySubsequences: false)
        if labels.last == "" { labels.removeLast() }
        guard let last = labels.last, !last.isEmpty else { return false }
        if last.hasPrefix("0x") { return last.utf8.dropFirst(2).allSatisfy { Character(UnicodeScalar($0)).isHexDigit } }
        return last.utf8.allSatisfy { (0x30...0x39).contains($0) }
    }

    private static func isName(_ host: String) -> Bool {
        guard host.utf8.count <= 253 else { return false }
        return host.split(separator: ".", omittingEmptySubsequences: false).allSatisfy { label in
            (1...63).contains(label.utf8.count) && label.first != "-" && label.last != "-"
                && label.utf8.allSatisfy {
                    (0x30...0x39).contains($0) || (0x61...0x7A).contains($0) || $0 == UInt8(ascii: "-")
                        || $0 == UInt8(ascii: "_")
                }
        }
    }
}
#endif
