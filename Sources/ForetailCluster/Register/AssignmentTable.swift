/// Who owns a partition.
public struct Claim: Hashable, Sendable {
    /// The session that owns it; nil: nobody, it was given up.
    public var owner: SessionID?
    /// How often its owner changed: the fencing token. Grows with every new owner, never falls.
    public var epoch: UInt32

    /// Creates a claim.
    public init(owner: SessionID? = nil, epoch: UInt32 = 0) {
        self.owner = owner
        self.epoch = epoch
    }
}

/// Who owns the partitions of one stream: one register, so that the partitions of a node that died change hands in one write.
public struct AssignmentTable: Hashable, Sendable {
    /// The claims, by partition.
    public var claims: [Claim]

    /// A table in which nobody owns anything.
    public init(partitions: UInt32) {
        claims = [Claim](repeating: Claim(), count: Int(partitions))
    }

    /// Makes a session the owner of a partition.
    public mutating func assign(_ partition: UInt32, to owner: SessionID) {
        let epoch = claims[Int(partition)].epoch + 1
        claims[Int(partition)] = Claim(owner: owner, epoch: epoch)
    }

    /// Takes a partition from its owner; the next one has a higher epoch all the same.
    public mutating func release(_ partition: UInt32) { claims[Int(partition)].owner = nil }
}

/// A partition of a stream.
public struct PartitionID: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// The stream's name.
    public var stream: String
    /// The partition's number.
    public var number: UInt32

    /// Creates an id.
    public init(stream: String, number: UInt32) {
        self.stream = stream
        self.number = number
    }

    /// Orders by stream, then by number.
    public static func < (left: PartitionID, right: PartitionID) -> Bool {
        (left.stream, left.number) < (right.stream, right.number)
    }

    /// The printed form, `metrics/3`.
    public var description: String { "\(stream)/\(number)" }
}
