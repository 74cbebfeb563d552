/// Why a snapshot was refused, for programs (`code`) and for people (`message`: the thing, the place, the next step).
///
///     snapshot, byte 8: format version 2, but this build reads version 1; use the build that wrote it, or start fresh
public struct SnapshotError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The kinds of refusal.
    public enum Code: Sendable {
        /// The bytes are no snapshot, or one of something else.
        case foreign
        /// The snapshot was written in another version of the format.
        case version
        /// The snapshot was written by a build with other models or for another configuration.
        case layout
        /// The bytes are not those that were written.
        case damaged
        /// The bytes are as they were written, but state that no build leaves behind.
        case invalid
    }

    /// The kind of refusal.
    public let code: Code
    /// A sentence naming the thing, the place and the remedy.
    public let message: String

    /// Creates an error.
    package init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    /// The message.
    public var description: String { message }
}
