public import Foretail

/// Why a call of NATS or JetStream failed: what kind of failure, and a sentence naming thing, place and remedy.
public struct NATSFailure: Error, Hashable, Sendable, CustomStringConvertible {
    /// What kind of failure it is.
    public enum Kind: String, Hashable, Sendable {
        /// No server can be reached, or the connection broke while the answer was awaited.
        case connection
        /// The server does not accept the credentials, or does not permit the subject; or its certificate is not trusted.
        case authentication
        /// No answer came in time. Of something that was written it is not known whether it is stored.
        case timeout
        /// Nobody answers to the subject: JetStream is off, or the stream has no leader at the moment.
        case noResponders
        /// The stream, consumer, message or key does not exist.
        case notFound
        /// There is such a stream, consumer or key already.
        case exists
        /// A compare-and-set found another revision or sequence than the one expected.
        case conflict
        /// The stream, the account or the disk takes no more.
        case full
        /// JetStream or the stream is not available at the moment (offline, without a leader).
        case unavailable
        /// The server keeps another configuration than the one asked for.
        case configuration
        /// The stream ends before a sequence that was seen: it lost data.
        case lost
        /// The stream was deleted and made anew.
        case replaced
        /// A stored object does not agree with its manifest.
        case damaged
        /// The message is larger than the server takes.
        case tooLarge
        /// The connection was closed by its owner.
        case closed
        /// The caller's task was cancelled.
        case cancelled
        /// The server's answer cannot be understood.
        case answer
        /// The server refused for another reason; the message holds its words.
        case refused
    }

    /// What kind of failure it is.
    public var kind: Kind
    /// A sentence naming the thing, the place and the remedy.
    public var message: String
    /// JetStream's own number of the error (`err_code`); nil where it came from elsewhere.
    public var code: Int?

    /// Creates a failure.
    public init(_ kind: Kind, _ message: String, code: Int? = nil) {
        self.kind = kind
        self.message = message
        self.code = code
    }

    /// The message.
    public var description: String { message }

    /// Whether trying again later may help without anybody doing anything.
    public var isTransient: Bool {
        switch kind {
        case .connection, .timeout, .noResponders, .unavailable: true
        default: false
        }
    }

    /// Whether it is unknown if something that was written is stored.
    public var isOutcomeUnknown: Bool { kind == .timeout || kind == .connection || kind == .cancelled }

    /// The failure as an error of a port.
    public func error(_ code: ForetailError.Code) -> ForetailError { ForetailError(code, message) }
}
