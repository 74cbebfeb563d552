/// The place of an event in its stream: `partition:epoch-sequence`.
///
/// Assigned by the log, never by the core; grows strictly within its partition (first by epoch, then by sequence) and
/// identifies an event for ever.
public struct Position: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// The partition of the stream's log.
    public var partition: UInt32
    /// The epoch, which recovery of the log begins anew.
    public var epoch: UInt32
    /// The number of the event within partition and epoch, from 1.
    public var sequence: UInt64

    /// Creates a position.
    public init(partition: UInt32 = 0, epoch: UInt32 = 1, sequence: UInt64) {
        self.partition = partition
        self.epoch = epoch
        self.sequence = sequence
    }

    /// Orders by partition, epoch, sequence.
    public static func < (left: Position, right: Position) -> Bool {
        (left.partition, left.epoch, left.sequence) < (right.partition, right.epoch, right.sequence)
    }

    /// The printed form, `0:1-42`.
    public var description: String { "\(partition):\(epoch)-\(sequence)" }
}
