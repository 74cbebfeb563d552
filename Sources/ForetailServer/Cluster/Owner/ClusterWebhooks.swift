#if Server && NATS
import Foretail
import ForetailCluster
import ForetailNATS
import Logging
import Synchronization

/// The webhooks that this node delivers: those of the requests that belong to partitions it owns.
///
/// A request belongs to one partition of its stream, by the hash of its id, and with it to whoever owns that partition: leases, balance
/// and epochs are those of partitions.
final class ClusterWebhooks: Sendable {
    /// What an owner of a webhook was made from; another one of these needs another owner.
    private struct Duty: Hashable {
        var partition: PartitionID
        var epoch: UInt32
        /// The number of the request's destination.
        var redirects: Int
    }

    private struct State {
        var owners: [TailRequestID: (duty: Duty, owner: WebhookOwner)] = [:]
        var receivers: [String: Receiver] = [:]
        var seen: (version: Int, duties: [PartitionID: PartitionDuty])?
    }

    let jetStream: JetStream
    let bucket: WebhookBucket
    let deadLetters: DeadLetterLog
    let settings: WebhookSettings
    let client: GuardedClient
    let logger: Logger
    let node: String
    private let catalogue: ClusterCatalogue
    private let agent: ClusterAgent
    private let state = Mutex(State())

    /// - Throws: ``StartError`` where the trusted certificates cannot be read.
    init(
        _ jetStream: JetStream, _ configuration: ServerConfiguration, node: String, catalogue: ClusterCatalogue,
        agent: ClusterAgent, logger: Logger
    ) throws(StartError) {
        self.jetStream = jetStream
        self.node = node
        self.catalogue = catalogue
        self.agent = agent
        self.logger = logger
        settings = configuration.webhooks
        client = try GuardedClient(settings, resolver: configuration.webhookResolver ?? SystemResolver())
        bucket = WebhookBucket(jetStream)
        deadLetters = DeadLetterLog(jetStream: jetStream)
    }

    /// Whether this node may act as a partition's owner at this moment.
    func mayAct(_ partition: PartitionID, _ epoch: UInt32) -> Bool { agent.mayAct(on: partition, epoch: epoch) }

    /// A host and port.
    func receiver(_ name: String) -> Receiver {
        state.withLock { state in
            if let known = state.receivers[name] { return known }
            let receiver = Receiver(name, settings)
            state.receivers[name] = receiver
            return receiver
        }
    }

    /// The partition that a request belongs to.
    static func partition(of request: ClusterRequest, among partitions: UInt32) -> PartitionID {
        PartitionID(
            stream: request.definition.stream,
            number: KeyPartition.number(of: request.id.description.utf8, among: partitions))
    }

    /// Starts and stops owners so that they are those of the duties and definitions.
    func reconcile(_ duties: [PartitionID: PartitionDuty]) {
        let (version, requests) = catalogue.webhooks
        let isChanged = state.withLock { state in
            state.seen?.version != version || state.seen?.duties != duties
        }
        guard isChanged else { return }
        let streams = catalogue.streams
        var wanted: [TailRequestID: (duty: Duty, request: ClusterRequest, destination: WebhookDestination)] = [:]
        for request in requests.values {
            guard case .webhook(let destination) = request.definition.destination,
                let stream = streams[request.definition.stream]
            else { continue }
            let partition = Self.partition(of: request, among: stream.partitions)
            guard let duty = duties[partition], duty.mode == .serve else { continue }
            wanted[request.id] = (
                Duty(partition: partition, epoch: duty.epoch, redirects: request.redirects), request, destination
            )
        }
        let current = state.withLock { $0.owners }
        var isSettled = true
        var owners = current
        for (id, entry) in current where wanted[id]?.duty != entry.duty {
            // One that is still at work here is waited for: two of them would send at the same time.
            if duties[entry.duty.partition]?.epoch == entry.duty.epoch {
                entry.owner.drain()
            } else {
                entry.owner.stop()
            }
            if entry.owner.hasEnded { owners[id] = nil } else { isSettled = false }
        }
        for (id, entry) in wanted where owners[id] == nil {
            let owner = WebhookOwner(
                entry.request, entry.destination, partition: entry.duty.partition, epoch: entry.duty.epoch, hub: self)
            owners[id] = (entry.duty, owner)
            owner.start()
        }
        let names = Set(
            owners.values.compactMap { entry -> String? in
                guard case .webhook(let destination) = entry.owner.request.definition.destination else { return nil }
                return destination.url.receiver
            })
        let settled = owners
        state.withLock { state in
            state.owners = settled
            state.receivers = state.receivers.filter { names.contains($0.key) }
            state.seen = isSettled ? (version: version, duties: duties) : nil
        }
    }

    /// Ends what is sent for a partition that is about to be given up: attempts under way have some seconds.
    func settle(_ partition: PartitionID, epoch: UInt32) async {
        for turn in 0..<150 {
            let owners = state.withLock { state in
                state.owners.values.filter { $0.duty.partition == partition && $0.duty.epoch == epoch }
                    .map(\.owner)
            }.filter { !$0.hasEnded }
            if owners.isEmpty { return }
            for owner in owners { if turn < 100 { owner.drain() } else { owner.stop() } }
            try? await Task.sleep(for: .milliseconds(20))
        }
    }

    /// The webhooks delivered here.
    var statuses: [(id: TailRequestID, status: DeliveryStatus)] {
        state.withLock { $0.owners.map { ($0.key, $0.value.owner) } }.map { (id: $0.0, status: $0.1.status) }
            .sorted { $0.id < $1.id }
    }

    /// How a webhook goes, where it is delivered here.
    func status(of id: TailRequestID) -> DeliveryStatus? {
        state.withLock { $0.owners[id]?.owner }?.status
    }

    /// Ends all connections.
    func close() async {
        let owners = state.withLock { state in
            defer { state.owners = [:] }
            return state.owners.values.map(\.owner)
        }
        for owner in owners { owner.stop() }
        await client.close()
    }
}
#endif
