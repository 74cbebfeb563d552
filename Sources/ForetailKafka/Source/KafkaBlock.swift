#if Kafka
import Foretail

/// Values of messages as they came, one a line, and what is known of each.
struct KafkaBlock {
    /// One message's value.
    struct Record {
        /// The place of the value, its newline excluded.
        var start: Int
        var end: Int
        /// The members that tell of its message, in `members`; empty where there are none.
        var members: Range<Int>
        var partition: Int32
        var offset: Int64
    }

    /// How far a partition is read with this block.
    struct End {
        var partition: Int32
        /// Which ownership of the partition it belongs to.
        var generation: UInt64
        /// The offset behind the last message, whether it became a record or not.
        var next: Int64
    }

    var bytes: [UInt8] = []
    var members: [UInt8] = []
    var records: [Record] = []
    var ends: [End] = []
    /// What is missing before the block's records.
    var gaps: [Actions.Gap] = []

    var isEmpty: Bool { ends.isEmpty && gaps.isEmpty }
    var byteCount: Int { bytes.count + members.count }

    /// Notes how far a partition is read. A block holds few partitions, and neighbours are mostly of one.
    mutating func note(_ partition: Int32, generation: UInt64, next: Int64) {
        for place in ends.indices.reversed() where ends[place].partition == partition {
            ends[place].next = next
            ends[place].generation = generation
            return
        }
        ends.append(End(partition: partition, generation: generation, next: next))
    }

    /// Takes out what belongs to partitions that leave.
    mutating func remove(_ partitions: Set<Int32>) {
        records.removeAll { partitions.contains($0.partition) }
        ends.removeAll { partitions.contains($0.partition) }
        gaps.removeAll { partitions.contains(Int32($0.from.partition)) }
    }
}
#endif
