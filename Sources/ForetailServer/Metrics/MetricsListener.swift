#if Server
import HTTPTypes
import Hummingbird
import Logging
import NIOCore

/// `GET /metrics` on a loopback port, and nothing else: for programs that are no server.
///
///     try await MetricsListener(port: 9464) { "up 1\n" }.run { port in … }      // until cancelled
package struct MetricsListener: Sendable {
    private let port: Int
    private let text: @Sendable () -> String

    /// Creates a listener.
    ///
    /// - Parameters:
    ///   - port: The port of 127.0.0.1; 0: any free one.
    ///   - text: What is answered, in Prometheus' text format.
    package init(port: Int, text: @escaping @Sendable () -> String) {
        self.port = port
        self.text = text
    }

    /// Listens until the task is cancelled.
    ///
    /// - Parameter onListening: Called with the port once it listens.
    /// - Throws: ``StartError`` where the port is taken.
    package func run(onListening: @escaping @Sendable (Int) -> Void) async throws {
        var logger = Logger(label: "foretail.metrics") { StreamLogHandler.standardError(label: $0) }
        logger.logLevel = .error
        let port = port
        let application = Application(
            responder: MetricsResponder(text: text),
            server: .http1(configuration: .init(idleTimeout: .seconds(60))),
            configuration: ApplicationConfiguration(
                address: .hostname("127.0.0.1", port: port), serverName: "foretail"),
            onServerRunning: { channel in onListening(channel.localAddress?.port ?? port) }, logger: logger)
        do {
            try await application.run()
        } catch let error as IOError {
            throw StartError(
                message: "metrics: cannot listen on 127.0.0.1:\(port): \(error); name another port, or 0 for any")
        }
    }
}

private struct MetricsResponder: HTTPResponder {
    let text: @Sendable () -> String

    func respond(to request: Request, context: BasicRequestContext) async throws -> Response {
        guard request.uri.path == "/metrics" else { return Response(status: .notFound) }
        guard request.method == .get else { return Response(status: .methodNotAllowed, headers: [.allow: "GET"]) }
        return Response(
            status: .ok, headers: [.contentType: "text/plain; version=0.0.4; charset=utf-8"],
            body: ResponseBody(byteBuffer: ByteBuffer(string: text())))
    }
}
#endif
