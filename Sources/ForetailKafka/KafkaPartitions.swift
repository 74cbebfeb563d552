#if Kafka
import Foretail

/// The partitions that a source owns, for whoever keeps state beside each: what came, what goes, and when it may go.
///
/// In a shell that keeps one model per partition, with ``KafkaSourceSettings/waitsForRelease`` set:
///
///     let state = try await source.read(into: &batch, waitingAtMost: 200_000)   // idle, when there are changes
///     …                                                                         // process, deliver
///     try await source.acknowledge()
///     for change in partitions.takeChanges() {
///         switch change {
///         case .assigned(let new): for partition in new { restore(partition.number, behind: partition.acknowledged) }
///         case .revoked(let old): for partition in old { store(snapshot(partition.number)) }
///         case .lost(let old): for partition in old { forget(partition.number) }
///         }
///     }
///     partitions.release()
///
/// Between a revocation and the release nobody else reads the partition: the next owner finds the snapshot. It may be used from
/// any thread.
public struct KafkaPartitions: Sendable {
    let gate: Gate<KafkaExchange>

    /// The partitions owned now, with the last position acknowledged of each.
    public var owned: [KafkaPartition] {
        gate.withLock { exchange in
            exchange.owned.sorted { $0.key < $1.key }.map {
                KafkaPartition(
                    number: UInt32($0.key), acknowledged: Position(partition: $0.key, behind: $0.value.acknowledged))
            }
        }
    }

    /// The changes since the last call, oldest first; forgets them. A read that has nothing but changes to tell is `idle`.
    public func takeChanges() -> [KafkaChange] {
        gate.withLock { exchange in
            defer {
                exchange.changes = []
                exchange.areChangesTold = true
            }
            return exchange.changes
        }
    }

    /// Says that whatever belongs to the partitions revoked so far is put away. Without ``KafkaSourceSettings/waitsForRelease``
    /// it does nothing.
    public func release() {
        gate.ring { exchange in
            // A revocation that came since the last look at the changes is not meant.
            if exchange.changes.isEmpty { exchange.awaitsRelease = false }
        }
    }
}

extension Position {
    /// The position of the event before an offset: a sequence is its offset plus one, since sequences count from 1. Nil before the
    /// first.
    init?(partition: Int32, behind offset: Int64) {
        guard offset > 0 else { return nil }
        self.init(partition: UInt32(partition), sequence: UInt64(offset))
    }

    /// The position of the event at an offset.
    init(partition: Int32, offset: Int64) {
        self.init(partition: UInt32(partition), sequence: UInt64(offset) + 1)
    }
}
#endif
