/// One life of a node in the cluster. A node that was taken for dead, or starts again, has a new one.
public struct SessionID: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// The node's name.
    public var node: String
    /// The revision that the session's first record replaced. As compare-and-set replaces a revision once, no two sessions of
    /// a name share it, and later ones have larger.
    public var incarnation: UInt64

    /// Creates an id.
    public init(node: String, incarnation: UInt64) {
        self.node = node
        self.incarnation = incarnation
    }

    /// Orders by name, then by age.
    public static func < (left: SessionID, right: SessionID) -> Bool {
        (left.node, left.incarnation) < (right.node, right.incarnation)
    }

    /// The printed form, `n1#42`.
    public var description: String { "\(node)#\(incarnation)" }
}

/// What a node's session register says.
public struct SessionRecord: Hashable, Sendable {
    /// How far a session is.
    public enum Phase: String, Hashable, Sendable {
        /// It takes partitions.
        case live
        /// It gives its partitions up.
        case leaving
        /// It is over, by its own will or because others took it for dead. Nothing of it counts any more.
        case ended
    }

    /// The session's incarnation, see ``SessionID``.
    public var incarnation: UInt64
    /// A number by which a process knows its own writes; drawn at its start.
    public var instance: UInt64
    /// How often it was renewed.
    public var beat: UInt64
    /// How far it is.
    public var phase: Phase
    /// Where the node's API is reached, such as `http://10.0.0.1:7070`.
    public var address: String

    /// Creates a record.
    public init(incarnation: UInt64, instance: UInt64, beat: UInt64, phase: Phase, address: String) {
        self.incarnation = incarnation
        self.instance = instance
        self.beat = beat
        self.phase = phase
        self.address = address
    }
}
