#if Server
import Foretail
import Hummingbird
import HummingbirdCore
import Logging
import NIOCore
import ServiceLifecycle
import UnixSignals

extension ServerEdge {
    /// What serves until it is told to stop: the listener, the watch over its certificate, and a service of the caller's.
    ///
    /// Whoever ends, the listener or a signal, ends all; the caller's service is told before the listener.
    ///
    /// - Parameters:
    ///   - leastSeconds: A shutdown may take so long, however short `shutdown` is.
    ///   - signals: Whether SIGTERM and SIGINT end it, and SIGHUP has the certificate read again.
    ///   - onListening: Called with the port once it listens.
    func group<Responder: HTTPResponder>(
        answering responder: Responder, beside service: some Service, leastSeconds: Int = 1, signals: Bool,
        onListening: @escaping @Sendable (Int) async -> Void
    ) -> ServiceGroup where Responder.Context: InitializableFromSource<ApplicationRequestContextSource> {
        let (limits, connections, certificates) = (configuration.limits, connections, certificates)
        let (host, statedPort, logger) = (configuration.host, configuration.port, logger)
        let application = Application(
            responder: responder,
            server: HTTPServerBuilder { responder in
                EdgeChannel(responder: responder, limits: limits, ledger: connections, certificates: certificates)
            },
            configuration: ApplicationConfiguration(
                address: .hostname(host, port: statedPort), serverName: "foretail", backlog: 1_024),
            onServerRunning: { channel in
                let port = channel.localAddress?.port ?? statedPort
                logger.info(
                    "listening",
                    metadata: ["address": .string("\(host):\(port)"), "tls": .stringConvertible(certificates != nil)])
                await onListening(port)
            },
            logger: logger)
        var services = ServiceGroupConfiguration(
            services: [
                .init(service: application, successTerminationBehavior: .gracefullyShutdownGroup),
                .init(service: service, successTerminationBehavior: .ignore),
            ],
            gracefulShutdownSignals: signals ? [.sigterm, .sigint] : [], logger: logger)
        if let certificates {
            let watch = CertificateWatch(store: certificates, logger: logger, trapsSignal: signals)
            services.services.append(.init(service: watch, successTerminationBehavior: .ignore))
        }
        services.maximumGracefulShutdownDuration = .seconds(max(leastSeconds, configuration.shutdownSeconds))
        return ServiceGroup(configuration: services)
    }
}
#endif
