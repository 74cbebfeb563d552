#if Server && NATS
import Foretail
import ForetailCluster
import ForetailNATS
import ForetailSQLite
public import Logging
import NIOCore
import ServiceLifecycle

/// A node of a cluster: the HTTP API over streams and tail requests that live in NATS JetStream, and owners of partitions.
///
///     let node = try await ClusterServer.start(configuration, cluster: .init(servers: ["nats://a:4222"], node: "n1"), logger: logger)
///     try await node.run()                          // until SIGTERM or Ctrl-C
public struct ClusterServer: Sendable {
    private let services: ClusterServices
    private let group: ServiceGroup
    private let logger: Logger

    /// Connects to NATS, creates what is missing there, and prepares to listen.
    ///
    /// - Parameter onListening: Called with the port once the node listens.
    /// - Throws: ``StartError`` naming what is wrong, where, and the remedy; also for settings that a cluster does not know.
    public static func start(
        _ configuration: ServerConfiguration, cluster settings: ClusterSettings, logger: Logger, signals: Bool = true,
        onListening: @escaping @Sendable (Int) async -> Void = { _ in }
    ) async throws(StartError) -> ClusterServer {
        try configuration.checkReach(hasTokens: false, tokens: "which a node of a cluster does not have yet")
        try configuration.check()
        if configuration.requiresTokens {
            throw StartError(
                message:
                    "requireTokens: tokens are not there in cluster mode; listen on 127.0.0.1 behind something that asks for them"
            )
        }
        guard configuration.stores.isEmpty else {
            throw StartError(message: "stores: lookups are not there in cluster mode; leave --store out")
        }
        try settings.check()
        let edge = try ServerEdge(configuration, auditName: "audit-\(settings.node)", logger: logger)
        do throws(LogFailure) {
            try DataFolder.create(configuration.dataFolder)
        } catch {
            throw StartError(message: error.message)
        }
        OpenFiles.raise()
        let address = "\(edge.scheme)://\(configuration.host):\(configuration.port)"
        let services = try await ClusterServices.open(settings, configuration, address: address, logger: logger)
        return ClusterServer(edge, services, signals: signals, onListening: onListening)
    }

    private init(
        _ edge: ServerEdge, _ services: ClusterServices, signals: Bool,
        onListening: @escaping @Sendable (Int) async -> Void
    ) {
        self.services = services
        logger = edge.logger
        let owners = OwnerDesk(threads: Self.threads, webhooks: services.webhooks) { partition, epoch, control in
            services.catalogue.streams[partition.stream].map {
                PartitionOwner(partition, epoch: epoch, stream: $0, services: services, control: control)
            }
        }
        let ending = ClusterResponder.Ending()
        let responder = ClusterResponder(
            edge: edge, services: services, bodies: BodyReader(edge.configuration),
            desk: ClusterDesk(services: services), owners: owners,
            readers: ReaderCount(limit: edge.configuration.limits.subscribers), ending: ending)
        group = edge.group(
            answering: responder, beside: Membership(services: services, owners: owners, ending: ending),
            leastSeconds: 15, signals: signals, onListening: onListening)
    }

    /// Threads that owners share: one per processor, four at most.
    private static var threads: Int { min(4, max(1, System.coreCount)) }

    /// Serves until ``stop()`` or a signal; then partitions are handed over, and readers get their `end`.
    public func run() async throws {
        try await group.run()
        await services.webhooks.close()
        await services.jetStream.connection.close()
        await services.store.jetStream.connection.close()
        logger.info("stopped")
    }

    /// Lets ``run()`` come to its end.
    public func stop() async { await group.triggerGracefulShutdown() }
}

/// The node's part in the cluster, from joining to the hand-over.
private struct Membership: Service {
    let services: ClusterServices
    let owners: OwnerDesk
    let ending: ClusterResponder.Ending

    func run() async throws {
        let (services, owners) = (services, owners)
        // On threads of their own: leases wait neither for HTTP nor for owners.
        let leases = Task(executorPreference: ThreadExecutor()) { await services.agent.run(owners: owners) }
        let catalogue = Task { await services.catalogue.follow() }
        let tending = Task { await ClusterDesk(services: services).tend() }
        let answering = Task { await OwnerQuestions(services: services, owners: owners).serve() }
        try? await gracefulShutdown()
        services.agent.leave()
        // Producers and readers go on until nothing is owned here any more.
        let deadline = ServerClock().monotonic + 10_000_000
        while !services.agent.withNode({ $0.lease.isEnded }), ServerClock().monotonic < deadline {
            try? await Task.sleep(for: .milliseconds(50))
        }
        ending.set()
        leases.cancel()
        catalogue.cancel()
        tending.cancel()
        answering.cancel()
        await leases.value
        await owners.waitForEnd(milliseconds: 2_000)
    }
}
#endif
