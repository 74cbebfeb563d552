/// Why events did not become durable, or why a log refuses.
public struct LogFailure: Error, Hashable, Sendable, CustomStringConvertible {
    /// The kinds of failure, by what helps.
    public enum Kind: Hashable, Sendable {
        /// There is no room on the disk. Helps: free some, or shorten the retention. The log goes on by itself.
        case full
        /// More is submitted than was written yet. Helps: wait and try again.
        case busy
        /// The disk or the file does not answer as it should. The log tries again by itself.
        case unavailable
        /// The log was closed.
        case closed
    }

    /// The kind.
    public var kind: Kind
    /// A sentence that names the file, the place and the remedy.
    public var message: String

    /// Creates a failure.
    public init(kind: Kind, message: String) {
        self.kind = kind
        self.message = message
    }

    /// The file of a log that was there is gone.
    static func gone(_ path: String) -> LogFailure {
        LogFailure(kind: .unavailable, message: "\(path): the file is gone; restore it from a backup")
    }

    /// The message.
    public var description: String { message }
}
