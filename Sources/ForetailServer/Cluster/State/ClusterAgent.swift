#if Server && NATS
import Foretail
import ForetailCluster
import ForetailNATS
import Logging
import Synchronization

/// The node's part in the cluster, performed: asks registers what ``ClusterNode`` wants asked, and starts and stops owners as it says.
final class ClusterAgent: Sendable {
    private let node: Mutex<ClusterNode>
    private let store: RegisterStore
    private let catalogue: ClusterCatalogue
    private let logger: Logger
    private let clock = ServerClock()
    private let startedAt = ServerClock().monotonic
    private static let turnMilliseconds = 50

    init(settings: ClusterSettings, address: String, catalogue: ClusterCatalogue, logger: Logger) {
        node = Mutex(
            ClusterNode(
                name: settings.node, address: address, instance: .random(in: 1 ... .max), timing: settings.timing))
        store = catalogue.store
        self.catalogue = catalogue
        self.logger = logger
    }

    /// Whether the node may act as a partition's owner at this moment.
    func mayAct(on partition: PartitionID, epoch: UInt32) -> Bool {
        node.withLock { $0.mayAct(on: partition, epoch: epoch, now: clock.monotonic) }
    }

    /// Whether writers and readers do better at another node: this one has been without a valid session for some seconds and reaches
    /// no nats-server, or for longer than the registers take to find a leader. Without one of theirs, events come and go all the same.
    var isCutOff: Bool {
        let isConnected = store.jetStream.connection.state.phase == .connected
        let now = clock.monotonic
        let lapsed = node.withLock { node in
            node.lease.isValid(now: now) ? 0 : now - max(startedAt, node.lease.validUntil ?? startedAt)
        }
        return lapsed >= (isConnected ? Self.electionMicroseconds : Self.cutOffMicroseconds)
    }

    private static let cutOffMicroseconds: Int64 = 3_000_000
    /// Elections of JetStream take up to 9 s, and twice that where votes are split.
    private static let electionMicroseconds: Int64 = 15_000_000

    /// Says that an owner has stopped and all it had to write is written.
    func drained(_ partition: PartitionID, epoch: UInt32) { node.withLock { $0.drained(partition, epoch: epoch) } }

    /// Begins to leave the cluster.
    func leave() { node.withLock { $0.leave() } }

    /// What the node knows at this moment.
    func withNode<Value>(_ body: (borrowing ClusterNode) -> Value) -> Value { node.withLock { body($0) } }

    /// Takes part until the session has ended by the node's own will, or the task is cancelled.
    func run(owners: OwnerDesk) async {
        await withDiscardingTaskGroup { group in
            while !Task.isCancelled {
                let streams = catalogue.streams.mapValues(\.partitions)
                let (commands, duties, notes, isEnded) = node.withLock { node in
                    if catalogue.isComplete { node.setStreams(streams) }
                    let commands = node.step(now: clock.monotonic)
                    return (commands, node.duties, node.takeNotes(), node.lease.isEnded)
                }
                for command in commands {
                    group.addTask {
                        let answer = await self.store.perform(command)
                        self.node.withLock { $0.take(answer, to: command.id, now: self.clock.monotonic) }
                    }
                }
                for note in notes { log(note) }
                owners.reconcile(duties)
                if isEnded { break }
                try? await Task.sleep(for: .milliseconds(Self.turnMilliseconds))
            }
            group.cancelAll()
        }
        owners.reconcile([:])
    }

    private func log(_ note: ClusterNote) {
        switch note {
        case .joined(let id): logger.info("joined the cluster", metadata: ["session": .string("\(id)")])
        case .lost(let id):
            logger.warning(
                "the session was lost: others took this node for dead", metadata: ["session": .string("\(id)")])
        case .expelled(let id): logger.info("a session is over", metadata: ["session": .string("\(id)")])
        case .claimed(let partition, let epoch), .released(let partition, let epoch):
            logger.info(
                "a partition changes its owner",
                metadata: ["partition": .string("\(partition)"), "epoch": .stringConvertible(epoch)])
        }
    }
}
#endif
