#if NATS
import FieldExtraction

/// What a line such as `nats://127.0.0.1:4222/ORDERS?subject=orders.>&from=new` names: a server, a stream or subject on it, and where
/// to begin.
///
/// Credentials have no place in it: they would be seen by everybody who lists processes. They come from the environment.
public struct NATSAddress: Sendable {
    /// The server's address, without path.
    public var server: String
    /// What stands behind the slash: a stream, or a subject to publish to.
    public var name: String
    /// `subject=`: the subjects to read, as one pattern.
    public var subject: String?
    /// `from=`: where to begin.
    public var start = ReaderSettings.Start.new

    /// Whether a text is the address of something on NATS.
    public static func isOne(_ text: String) -> Bool { NATSSettings.isAddress(text) }

    /// Reads an address.
    ///
    /// - Throws: ``NATSFailure`` (`refused`) naming what is wrong and the form that is right.
    public init(_ text: String) throws(NATSFailure) {
        func refuse(_ why: String) -> NATSFailure {
            NATSFailure(
                .refused,
                "\(NATSConnection.withoutPassword(text)): \(why); expected nats://HOST:PORT/NAME[?subject=…&from=all|new|SEQUENCE|TIME]"
            )
        }
        guard Self.isOne(text), let colon = text.firstIndex(of: ":") else { throw refuse("no address of NATS") }
        let scheme = text[..<colon].lowercased() == "nats" ? "nats" : "tls"
        let rest = text[text.index(colon, offsetBy: 3)...]
        let parts = rest.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        let path = parts[0].split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        guard !path[0].isEmpty else { throw refuse("the host is missing") }
        guard !path[0].contains("@") else {
            throw NATSFailure(
                .refused,
                "\(NATSConnection.withoutPassword(text)): credentials in the address would be seen by others; set NATS_CREDS "
                    + "(a file), NATS_TOKEN, or NATS_USER and NATS_PASSWORD instead")
        }
        server = "\(scheme)://\(path[0])"
        guard path.count == 2, !path[1].isEmpty, !path[1].contains("/") else {
            throw refuse("the name of a stream or subject behind the host is missing")
        }
        name = String(path[1])
        guard parts.count == 2 else { return }
        for pair in parts[1].split(separator: "&") {
            let sides = pair.split(separator: "=", maxSplits: 1).map(String.init)
            guard sides.count == 2 else { throw refuse("'\(pair)' has no value") }
            switch sides[0] {
            case "subject": subject = sides[1]
            case "from":
                guard let start = Self.start(sides[1]) else { throw refuse("from=\(sides[1]) is no place to begin") }
                self.start = start
            default: throw refuse("'\(sides[0])' is not known")
            }
        }
    }

    private static func start(_ text: String) -> ReaderSettings.Start? {
        switch text {
        case "all": return .all
        case "new": return .new
        default:
            if let sequence = UInt64(text) { return .sequence(max(1, sequence)) }
            guard text.contains("-") else { return nil }
            return StreamInfo.time(.string(text)).map { .time($0) }
        }
    }

    /// How the server is reached, with what the environment says (``NATSSettings/takeEnvironment(_:)``).
    ///
    /// - Parameter variable: Gives the value of an environment variable; nil: it is not set.
    public func settings(_ variable: (String) -> String?) -> NATSSettings {
        var settings = NATSSettings(servers: [server])
        settings.takeEnvironment(variable)
        return settings
    }
}
#endif
