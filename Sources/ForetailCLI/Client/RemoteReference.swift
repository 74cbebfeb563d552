#if Server
/// A stream or a tail request of a server, as a URL names it.
///
///     http://127.0.0.1:7070/metrics                      // the stream `metrics`
///     http://127.0.0.1:7070/v1/streams/metrics           // the same
///     http://127.0.0.1:7070/v1/tail-requests/tr_1        // the tail request tr_1
struct RemoteReference: Hashable, Sendable {
    /// What is named.
    enum Target: Hashable, Sendable {
        /// A stream.
        case stream(String)
        /// A tail request.
        case request(String)
    }

    /// The server.
    var address: ServerAddress
    /// What of it.
    var target: Target

    /// Whether a text is meant as a URL.
    static func isURL(_ text: String) -> Bool {
        let lowercased = text.lowercased()
        return lowercased.hasPrefix("http://") || lowercased.hasPrefix("https://")
    }

    /// Names something of a server.
    init(address: ServerAddress, target: Target) {
        self.address = address
        self.target = target
    }

    /// Reads a URL.
    init(_ url: String) throws(BadAddress) {
        if url.contains("?") || url.contains("#") {
            throw BadAddress(message: "\(url): leave out what follows '?' or '#'; there are options for it")
        }
        // The first two slashes belong to the scheme.
        var parts = url.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        while parts.last == "" { parts.removeLast() }
        let known = parts.lastIndex(of: "v1").flatMap { $0 > 2 && $0 + 2 < parts.count ? $0 : nil }
        let head = parts[..<(known ?? max(0, parts.count - 1))]
        guard parts.count > 3 else {
            throw BadAddress(message: "\(url): expected the address of a stream, such as \(url)/metrics")
        }
        address = try ServerAddress(head.joined(separator: "/"))
        guard let known else {
            target = .stream(try Self.decoded(parts[parts.count - 1], of: url))
            return
        }
        let name = try Self.decoded(parts[known + 2], of: url)
        switch (parts[known + 1], parts[(known + 3)...].joined(separator: "/")) {
        case ("streams", ""), ("streams", "tail"), ("streams", "events"): target = .stream(name)
        case ("tail-requests", ""), ("tail-requests", "events"): target = .request(name)
        default:
            throw BadAddress(
                message: "\(url): expected …/STREAM, …/v1/streams/STREAM or …/v1/tail-requests/ID")
        }
    }

    private static func decoded(_ part: String, of url: String) throws(BadAddress) -> String {
        var bytes: [UInt8] = []
        var rest = Array(part.utf8)[...]
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "%") else {
                bytes.append(byte)
                continue
            }
            guard rest.count >= 2, let value = UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16) else {
                throw BadAddress(message: "\(url): a '%' is followed by two hexadecimal digits")
            }
            bytes.append(value)
            rest = rest.dropFirst(2)
        }
        guard let text = String(validating: bytes, as: UTF8.self), !text.isEmpty else {
            throw BadAddress(message: "\(url): expected the name of a stream at the end")
        }
        return text
    }
}
#endif
