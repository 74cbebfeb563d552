#if Server
import Foretail
import ForetailSQLite
import HTTPTypes
import Hummingbird
import HummingbirdCore
public import Logging
import NIOCore
import ServiceLifecycle
import Synchronization
import UnixSignals

/// The server: streams, tail requests, and the HTTP API over them.
///
///     let server = try await ForetailServer.start(configuration, logger: logger)
///     try await server.run()                        // until SIGTERM or Ctrl-C
public struct ForetailServer: Sendable {
    private let registry: Registry
    private let group: ServiceGroup
    private let logger: Logger

    /// Opens the data folder, takes up streams and tail requests, and prepares to listen.
    ///
    /// - Parameters:
    ///   - stores: Where rows are that events are joined with.
    ///   - signals: Whether SIGTERM and SIGINT end the server.
    ///   - onListening: Called with the port once the server listens.
    /// - Throws: ``StartError`` naming what is wrong, where, and the remedy.
    public static func start(
        _ configuration: ServerConfiguration, stores: ReferenceStores = ReferenceStores(), logger: Logger,
        signals: Bool = true,
        onListening: @escaping @Sendable (Int) async -> Void = { _ in }
    ) async throws(StartError) -> ForetailServer {
        try configuration.check()
        let edge = try ServerEdge(configuration, logger: logger)
        OpenFiles.raise()
        let registry: Registry
        do throws(LogFailure) {
            registry = try Registry(configuration: configuration, stores: stores, logger: logger)
        } catch {
            throw StartError(message: error.message)
        }
        do throws(Problem) {
            try await registry.load()
        } catch {
            throw StartError(message: error.detail + (error.remedy.map { "; \($0)" } ?? ""))
        }
        do throws(StartError) {
            try configuration.checkReach(hasTokens: registry.tokens.isRequired)
        } catch {
            await registry.close()
            throw error
        }
        return ForetailServer(edge, registry: registry, signals: signals, onListening: onListening)
    }

    private init(
        _ edge: ServerEdge, registry: Registry, signals: Bool, onListening: @escaping @Sendable (Int) async -> Void
    ) {
        self.registry = registry
        logger = edge.logger
        let limits = edge.configuration.limits
        let responder = APIResponder(
            edge: edge, registry: registry, bodies: BodyReader(edge.configuration),
            readers: ReaderCount(limit: limits.subscribers), tickets: TicketDesk(limit: limits.tickets))
        group = edge.group(
            answering: responder, beside: Tending(registry: registry), signals: signals, onListening: onListening)
    }

    /// Serves until ``stop()`` or a signal; then readers get their `end`, what was learned is kept, and the logs are closed.
    ///
    /// - Throws: What made listening or serving fail.
    public func run() async throws {
        do {
            try await group.run()
        } catch {
            await registry.close()
            throw error
        }
        await registry.close()
        logger.info("stopped")
    }

    /// Lets ``run()`` come to its end.
    public func stop() async { await group.triggerGracefulShutdown() }
}

/// Why a server cannot start: the thing, the place, the remedy.
public struct StartError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The sentence.
    public var message: String

    /// Creates an error.
    public init(message: String) { self.message = message }

    /// The message.
    public var description: String { message }
}

/// What has to be done from time to time, and at the end.
private struct Tending: Service {
    let registry: Registry

    func run() async throws {
        await registry.startTending()
        try await gracefulShutdown()
        // Readers first: their connections hold the HTTP server open.
        await registry.endReaders()
    }
}
#endif
