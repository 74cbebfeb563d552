#if Server
import Foretail

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// Where a server is, and the URLs of what it has.
///
///     let address = try ServerAddress("http://127.0.0.1:7070")
///     address.url(["v1", "streams", "a b", "events"])          // http://127.0.0.1:7070/v1/streams/a%20b/events
struct ServerAddress: Hashable, Sendable, CustomStringConvertible {
    /// Scheme, host, port and a proxy's path, without a slash at the end.
    let description: String
    /// A PEM file of further authorities that its certificate may come from; nil: the system's alone.
    var certificates = Self.variable("FORETAIL_CA_FILE")

    /// Where a server listens that was told nothing else.
    static let standard = "http://127.0.0.1:7070"

    /// Reads an address.
    ///
    /// - Throws: ``BadAddress`` for what is no `http://` or `https://` address, or has credentials, a query or a fragment.
    init(_ text: String) throws(BadAddress) {
        var text = text
        while text.hasSuffix("/") { text.removeLast() }
        guard let scheme = ["http://", "https://"].first(where: { text.lowercased().hasPrefix($0) }) else {
            throw BadAddress(message: "\(text): expected an address such as \(Self.standard)")
        }
        let rest = text.dropFirst(scheme.count)
        let authority = rest.prefix { $0 != "/" }
        if authority.contains("@") {
            throw BadAddress(message: "\(scheme)…: leave out user and password; a server asks for none")
        }
        guard Self.isSound(authority), rest.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F && $0 != 0x3F && $0 != 0x23 })
        else {
            throw BadAddress(message: "\(text): expected scheme, host and port, such as \(Self.standard)")
        }
        description = scheme + rest
    }

    /// The address to use: the one given, that of the environment, or the standard one.
    static func given(_ text: String?) throws(BadAddress) -> ServerAddress {
        if let text { return try ServerAddress(text) }
        if let variable = variable("FORETAIL_SERVER") {
            do throws(BadAddress) {
                return try ServerAddress(variable)
            } catch {
                throw BadAddress(message: "FORETAIL_SERVER: \(error.message)")
            }
        }
        return try ServerAddress(standard)
    }

    /// A variable of the environment, where it is set to something.
    static func variable(_ name: String) -> String? {
        getenv(name).map { String(cString: $0) }.flatMap { $0.isEmpty ? nil : $0 }
    }

    /// The URL of a path, its parts and the query's values percent-encoded.
    func url(_ path: [String], _ query: [(String, String)] = []) -> String {
        var url = description
        for part in path { url += "/" + Self.encoded(part) }
        for (place, (name, value)) in query.enumerated() {
            url += (place == 0 ? "?" : "&") + Self.encoded(name) + "=" + Self.encoded(value)
        }
        return url
    }

    /// A host, in brackets where it is an IPv6 address, and a port if there is one.
    private static func isSound(_ authority: some StringProtocol) -> Bool {
        let name = authority.hasPrefix("[") ? authority.drop { $0 != "]" }.dropFirst() : authority.drop { $0 != ":" }
        guard !authority.isEmpty, authority.first != ":" else { return false }
        return name.isEmpty || name.first == ":" && UInt16(name.dropFirst()).map { $0 > 0 } ?? false
    }

    private static func encoded(_ text: String) -> String {
        var result = ""
        for byte in text.utf8 {
            switch byte {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D, 0x2E, 0x5F, 0x7E:
                result.unicodeScalars.append(Unicode.Scalar(byte))
            default:
                let digits = String(byte, radix: 16, uppercase: true)
                result += digits.utf8.count < 2 ? "%0\(digits)" : "%\(digits)"
            }
        }
        return result
    }
}
#endif
