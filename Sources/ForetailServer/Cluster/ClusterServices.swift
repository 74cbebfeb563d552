#if Server && NATS
import HTTPTypes
import Foretail
import ForetailCluster
import ForetailNATS
import Logging

/// What the parts of a node share.
struct ClusterServices: Sendable {
    let settings: ClusterSettings
    let configuration: ServerConfiguration
    let logger: Logger
    /// The connection of events and records.
    let jetStream: JetStream
    /// Registers and definitions, over a connection of their own: renewals wait behind nothing.
    let store: RegisterStore
    let snapshots: SnapshotStore
    let catalogue: ClusterCatalogue
    let agent: ClusterAgent
    let webhooks: ClusterWebhooks

    /// Connects, and creates what is missing.
    ///
    /// - Throws: ``StartError`` naming servers and remedy.
    static func open(
        _ settings: ClusterSettings, _ configuration: ServerConfiguration, address: String, logger: Logger
    ) async throws(StartError) -> ClusterServices {
        try settings.check()
        let (jetStream, leases) = try await connect(settings, configuration)
        await warnOfReplicas(jetStream.connection, settings, logger)
        let store = RegisterStore(jetStream: leases, answerMicroseconds: settings.timing.answer)
        let catalogue = ClusterCatalogue(store: store, defaultPartitions: settings.partitions, logger: logger)
        let agent = ClusterAgent(settings: settings, address: address, catalogue: catalogue, logger: logger)
        let webhooks = try ClusterWebhooks(
            jetStream, configuration, node: settings.node, catalogue: catalogue, agent: agent, logger: logger)
        return ClusterServices(
            settings: settings, configuration: configuration, logger: logger, jetStream: jetStream, store: store,
            snapshots: SnapshotStore(jetStream: jetStream), catalogue: catalogue, agent: agent, webhooks: webhooks)
    }

    /// Says what the operator must know of servers whose replicas may not agree after a crash.
    private static func warnOfReplicas(
        _ connection: NATSConnection, _ settings: ClusterSettings, _ logger: Logger
    ) async {
        guard settings.replicas > 1, let version = await connection.serverVersion(), version < .agreeingReplicas
        else { return }
        let (found, needed) = ("\(version)", "\(NATSServerVersion.agreeingReplicas)")
        logger.warning(
            "this nats-server may keep messages that the others lack when it comes back from a crash: use a newer one, or start it no sooner than three minutes later (docs/cluster.md)",
            metadata: ["version": .string(found), "since": .string(needed)])
    }

    /// Connects, for data and for leases, and creates what is missing.
    private static func connect(
        _ settings: ClusterSettings, _ configuration: ServerConfiguration
    ) async throws(StartError) -> (JetStream, JetStream) {
        do throws(NATSFailure) {
            var data = settings.nats
            data.servers = settings.servers
            data.name = "foretail \(settings.node)"
            // A stream without a leader, and a consumer placed on a server that is gone, do not answer at all: ask again soon.
            data.answerMicroseconds = 1_500_000
            var control = data
            control.name += " (leases)"
            control.answerMicroseconds = 2 * settings.timing.answer
            control.pingMicroseconds = settings.timing.answer
            control.connectMicroseconds = settings.timing.answer
            let jetStream = JetStream(try await NATSConnection.open(data))
            let leases = JetStream(try await NATSConnection.open(control))
            let largest = jetStream.connection.largestMessage
            guard largest >= ClusterNames.messageBytes else {
                throw NATSFailure(
                    .configuration,
                    "max_payload: the nats-servers take messages of \(largest) bytes, and a cluster needs \(ClusterNames.messageBytes): leave max_payload out of their configuration, or raise it"
                )
            }
            try await retry { () async throws(NATSFailure) in
                try await RegisterStore.create(jetStream, replicas: settings.replicas)
                try await SnapshotStore.create(jetStream, replicas: settings.replicas)
                try await WebhookBucket.create(jetStream, replicas: settings.replicas)
                try await DeadLetterLog.create(jetStream, replicas: settings.replicas, configuration.webhooks)
                var ahead = StreamSettings(name: ClusterNames.ahead, subjects: ["foretail-cluster.ahead.*"])
                ahead.storage = .memory
                ahead.maxAge = 60_000_000_000
                ahead.duplicateWindow = ahead.maxAge
                ahead.maxBytes = 64 << 20
                ahead.replicas = settings.replicas
                try await jetStream.ensureStream(ahead)
            }
            return (jetStream, leases)
        } catch {
            throw StartError(message: "--cluster: \(error.message)")
        }
    }

    /// Tries again for half a minute what waiting may mend: servers that start together have no leader at first.
    static func retry<Value>(
        seconds: Int = 30, _ body: () async throws(NATSFailure) -> Value
    ) async throws(NATSFailure) -> Value {
        let deadline = ServerClock().monotonic + Int64(seconds) * 1_000_000
        while true {
            do throws(NATSFailure) {
                return try await body()
            } catch {
                guard error.isTransient || error.code == 10005, ServerClock().monotonic < deadline else { throw error }
                try? await Task.sleep(for: .milliseconds(250))
            }
        }
    }

    /// The core of one partition. The same on all nodes, whatever else they own: what it does follows from its input alone.
    func manager(of stream: ClusterStream, partition: UInt32) -> ManagerConfiguration {
        var manager = configuration.manager
        let share = Int(stream.partitions)
        manager.limits.bufferBytes = max(1 << 20, manager.limits.bufferBytes / share)
        manager.limits.modelBytes = max(4 << 20, manager.limits.modelBytes / share)
        manager.firstPrediction = UInt64(partition) << 40 | 1
        return manager
    }
}

extension Problem {
    /// What NATS refused, or did not answer.
    init(_ failure: NATSFailure) {
        self.init(
            .serviceUnavailable, "cluster-unavailable", failure.message,
            remedy: "try again in a moment; GET /v1/cluster says how this node stands")
        retryAfter = 1
    }
}
#endif
