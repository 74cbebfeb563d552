/// A register that the nodes of a cluster share: a place for one value, changed by compare-and-set.
public enum RegisterKey: Hashable, Sendable {
    /// The names of all nodes that ever joined.
    case members
    /// The session of a node, by its name.
    case session(String)
    /// Who owns the partitions of a stream, by the stream's name.
    case table(String)
}

/// What a register holds.
public enum RegisterValue: Hashable, Sendable {
    /// The names of nodes, in order.
    case members([String])
    /// A node's session.
    case session(SessionRecord)
    /// Who owns the partitions of a stream.
    case table(AssignmentTable)
}

/// One thing to ask of a register. Whoever performs it answers with ``RegisterAnswer`` under the same number, in any order, or never.
public struct RegisterCommand: Hashable, Sendable {
    /// What is asked.
    public enum Operation: Hashable, Sendable {
        /// The value and its revision.
        case read
        /// To put a value in the place of the one with this revision; 0: where there is none.
        case write(RegisterValue, expecting: UInt64)
    }

    /// The number of the command.
    public var id: UInt64
    /// The register.
    public var key: RegisterKey
    /// What is asked of it.
    public var operation: Operation
}

/// What became of a command.
public enum RegisterAnswer: Hashable, Sendable {
    /// The value, and its revision: grows with every change of any register.
    case entry(RegisterValue, revision: UInt64)
    /// Nothing was ever written there.
    case missing
    /// Written, under this revision.
    case written(revision: UInt64)
    /// Not written: the register holds another revision.
    case refused
    /// Nobody knows: it may have been written, or be written yet.
    case unknown
}
