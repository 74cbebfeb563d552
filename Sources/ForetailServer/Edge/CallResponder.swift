#if Server
import Foretail
import HTTPTypes
import Hummingbird
import Logging

/// Who answers calls once the edge let them in. ``respond(to:context:)`` is the same for all of them: the head's check, other
/// origins' consent, who calls, the path and its methods, problem documents, the request's id, the record of control calls,
/// figures.
protocol CallResponder: HTTPResponder where Context == CallContext {
    var edge: ServerEdge { get }

    /// Whether nobody has to say who he is.
    var isOpen: Bool { get }

    /// Where it is written which paths there are.
    static var directory: String { get }

    /// The route of a path; nil for a path that does not exist.
    func route(of path: String) -> Route?

    /// Who calls. Asked before anything else: who is nobody does not even learn which paths there are.
    ///
    /// - Throws: ``Problem``: 401, or 429 for a token that calls too often.
    func identify(_ request: Request, to route: Route?) throws(Problem) -> Access

    /// Answers a call. The route knows the method, which is GET where HEAD was asked.
    func answer(
        _ request: Request, to route: Route, _ method: HTTPRequest.Method, for access: Access
    ) async throws -> Response

    /// How a problem is told.
    func response(to request: Request, _ route: Route?, _ problem: Problem, requestID: String) -> Response
}

extension CallResponder {
    func route(of path: String) -> Route? { Route(path: path) }

    func response(to request: Request, _ route: Route?, _ problem: Problem, requestID: String) -> Response {
        problem.response(requestID: requestID)
    }

    /// Answers a request; whatever goes wrong becomes a problem document.
    func respond(to request: Request, context: CallContext) async throws -> Response {
        let id = Self.id(of: request, context)
        let started = ServerClock().monotonic
        let route = route(of: request.uri.path)
        var response: Response
        var access = Access.open
        var kind: String?
        do {
            try edge.headCheck.check(request.head, isOpen: isOpen)
            if let allowed = edge.origins.preflight(request, route: route) {
                response = allowed
            } else {
                access = try identify(request, to: route)
                let (route, method) = try Self.find(route, for: request)
                response = try await answer(request, to: route, method, for: access)
            }
        } catch let problem as Problem {
            response = self.response(to: request, route, problem, requestID: id)
            kind = problem.kind
        } catch is CancellationError {
            response = Problem.shuttingDown.response(requestID: id)
        } catch {
            edge.logger.error(
                "request failed",
                metadata: ["id": .string(id), "path": .string(request.uri.path), "error": .string("\(error)")])
            response = Problem(
                .internalServerError, "internal", "the server failed; its log says why under this request's id"
            )
            .response(requestID: id)
            kind = "internal"
        }
        edge.origins.mark(&response, for: request)
        if request.method == .head { response = response.withoutContent() }
        // Behind CONNECT nothing more is read from the connection.
        if request.method == .connect { response.headers[.connection] = "close" }
        response.headers[HTTPField.Name("X-Request-Id")!] = id
        let template = route?.template ?? "unknown"
        if AuditLog.isMeant(route, request.method.rawValue, status: response.status.code) {
            await edge.audit.write(
                AuditLog.Entry(
                    time: ServerClock().now(), requestID: id, token: access.use?.id, tenant: access.tenant?.name,
                    address: context.address, method: request.method.rawValue, route: template, object: route?.object,
                    status: response.status.code, problem: kind))
        }
        edge.metrics.noteRequest(
            route: template, method: request.method.rawValue, status: response.status.code,
            microseconds: ServerClock().monotonic - started)
        edge.logger.debug(
            "request",
            metadata: [
                "id": .string(id), "method": .string(request.method.rawValue), "path": .string(request.uri.path),
                "status": .stringConvertible(response.status.code), "token": .string(access.use?.id ?? "none"),
            ])
        return response
    }

    /// The id that the client gave, if it is a sound one, or a new one.
    private static func id(of request: Request, _ context: CallContext) -> String {
        if let given = request.headers[HTTPField.Name("X-Request-Id")!], !given.isEmpty, given.utf8.count <= 128,
            given.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F })
        {
            return given
        }
        return context.id
    }

    /// The route, and what is asked of it: what GET answers, HEAD answers without the content.
    ///
    /// Source: RFC 9110, 9.3.2.
    ///
    /// - Throws: ``Problem``: 404, 405.
    private static func find(
        _ route: Route?, for request: Request
    ) throws(Problem) -> (route: Route, method: HTTPRequest.Method) {
        guard let route else { throw .unknownPath(request.uri.path, directory: directory) }
        let method = request.method == .head ? .get : request.method
        guard route.methods.contains(method) else { throw .wrongMethod(request.method, at: route) }
        return (route, method)
    }
}

extension Problem {
    /// There is no such path.
    static func unknownPath(_ path: String, directory: String) -> Problem {
        Problem(.notFound, "unknown-path", "there is no '\(path)'", remedy: "\(directory) lists what there is")
    }

    /// A path does not know the method.
    fileprivate static func wrongMethod(_ method: HTTPRequest.Method, at route: Route) -> Problem {
        var problem = Problem(
            .methodNotAllowed, "method", "\(route.template) knows no \(method.rawValue)",
            remedy: "use \(route.methods.map(\.rawValue).joined(separator: ", "))")
        problem.allow = route.methods.flatMap { $0 == .get ? ["GET", "HEAD"] : [$0.rawValue] }
        return problem
    }
}
#endif
