#if Server
import FieldExtraction
import Foretail
import HTTPTypes
import Hummingbird
import Logging
import NIOCore

/// The HTTP API on one page: what each path and method does.
struct APIResponder: HTTPResponder {
    typealias Context = CallContext

    let registry: Registry
    let readers: ReaderCount
    let metrics: ServerMetrics
    let headCheck: HeadCheck
    let connections: ConnectionLedger
    let certificates: CertificateStore?
    let logger: Logger
    let tickets: TicketDesk
    let origins: CrossOrigin
    let audit: AuditLog
    /// Who calls.
    var access = Access.open

    /// Answers a request; whatever goes wrong becomes a problem document.
    func respond(to request: Request, context: Context) async throws -> Response {
        let id = requestID(request, context)
        let started = ServerClock().monotonic
        let route = Route(path: request.uri.path)
        var response: Response
        var responder = self
        var kind: String?
        do {
            try headCheck.check(request.head, isOpen: !registry.tokens.isRequired)
            if let allowed = origins.preflight(request, route: route) {
                response = allowed
            } else {
                responder.access = try identify(request, to: route)
                let known = responder
                response = try await known.access.run { try await known.answer(request, route: route) }
            }
        } catch let problem as Problem {
            response = responder.response(to: request, route, problem, requestID: id)
            kind = problem.kind
        } catch is CancellationError {
            response = Problem.shuttingDown.response(requestID: id)
        } catch {
            logger.error(
                "request failed",
                metadata: ["id": .string(id), "path": .string(request.uri.path), "error": .string("\(error)")])
            response = Problem(
                .internalServerError, "internal", "the server failed; its log says why under this request's id"
            )
            .response(requestID: id)
            kind = "internal"
        }
        origins.mark(&response, for: request)
        if request.method == .head { response = response.withoutContent() }
        // Behind CONNECT nothing more is read from the connection.
        if request.method == .connect { response.headers[.connection] = "close" }
        response.headers[HTTPField.Name("X-Request-Id")!] = id
        if AuditLog.isMeant(route, request.method.rawValue, status: response.status.code) {
            await audit.write(
                AuditLog.Entry(
                    time: ServerClock().now(), requestID: id, token: responder.access.use?.id,
                    tenant: responder.access.tenant?.name, address: context.address, method: request.method.rawValue,
                    route: route?.template ?? "unknown", object: route?.object, status: response.status.code,
                    problem: kind))
        }
        metrics.noteRequest(
            route: route?.template ?? "unknown", method: request.method.rawValue, status: response.status.code,
            microseconds: ServerClock().monotonic - started)
        logger.debug(
            "request",
            metadata: [
                "id": .string(id), "method": .string(request.method.rawValue), "path": .string(request.uri.path),
                "status": .stringConvertible(response.status.code),
                "token": .string(responder.access.use?.id ?? "none"),
            ])
        return response
    }

    private func answer(_ request: Request, route: Route?) async throws -> Response {
        guard let route else {
            throw Problem(
                .notFound, "unknown-path", "there is no '\(request.uri.path)'",
                remedy: "GET /openapi.json lists what there is")
        }
        // What GET answers, HEAD answers without the content. Source: RFC 9110, 9.3.2.
        let method = request.method == .head ? .get : request.method
        guard route.methods.contains(method) else {
            var problem = Problem(
                .methodNotAllowed, "method", "\(route.template) knows no \(request.method.rawValue)",
                remedy: "use \(route.methods.map(\.rawValue).joined(separator: ", "))")
            problem.allow = route.methods.flatMap { $0 == .get ? ["GET", "HEAD"] : [$0.rawValue] }
            throw problem
        }
        try await admit(to: route, method)
        switch (route, method) {
        case (.events(let name), _): return try await ingest(request, stream: name)
        case (.history(let name), _): return try await history(request, stream: name)
        case (.streamTail(let name), _): return try await tail(request, stream: name)
        case (.streams, _): return try await listStreams(request)
        case (.stream(let name), .put): return try await putStream(request, name)
        case (.stream(let name), .delete): return try await deleteStream(request, name)
        case (.stream(let name), _): return try await getStream(request, name)
        case (.requests, .post): return try await register(request)
        case (.requests, _): return try listRequests(request)
        case (.request(let id), .patch): return try await update(request, id)
        case (.request(let id), .delete): return try await remove(request, id)
        case (.request(let id), _): return try get(request, id)
        case (.requestEvents(let id), _): return try await events(request, id)
        case (.requestNext(let id), _): return try await next(request, id)
        case (.requestConfidence(let id), _): return try await confidence(request, id)
        case (.requestBuffer(let id), _): return try await buffer(request, id)
        case (.requestPredictions(let id), _): return try await predictions(request, id)
        case (.deadLetters, .delete): return try await purgeDeadLetters(request)
        case (.deadLetters, _): return try await listDeadLetters(request)
        case (.deadLettersReplay, _): return try await replayDeadLetters(request)
        case (.deadLetter(let id), .delete): return try await purgeDeadLetter(request, id)
        case (.deadLetter(let id), _): return try await getDeadLetter(request, id)
        case (.deadLetterReplay(let id), _): return try await replayDeadLetter(request, id)
        case (.tokens, .post): return try await addToken(request)
        case (.tokens, _): return try listTokens(request)
        case (.token(let id), .delete): return try await revokeToken(request, id)
        case (.token(let id), _): return try getToken(request, id)
        case (.tickets, _): return try await issueTicket(request)
        case (.live, _): return Response(json: JSONValue(members: [("status", .string("live"))]))
        case (.ready, _): return try ready(request)
        case (.status, _): return try status(request)
        case (.metrics, _): return try exposition(request)
        case (.openAPI, _): return openAPI()
        case (.page, _): return page()
        }
    }

    /// The id that the client gave, if it is a sound one, or a new one.
    private func requestID(_ request: Request, _ context: Context) -> String {
        if let given = request.headers[HTTPField.Name("X-Request-Id")!], !given.isEmpty, given.utf8.count <= 128,
            given.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F })
        {
            return given
        }
        return context.id
    }

    /// A control request's body, as JSON.
    func body(of request: Request) async throws -> JSONValue {
        if let type = request.headers[.contentType]?.lowercased(), !type.contains("json") {
            throw Problem(
                .unsupportedMediaType, "media-type", "expected JSON, not '\(type)'", field: "Content-Type",
                remedy: "send application/json")
        }
        let bytes = try await whole(request, limit: registry.configuration.limits.controlBytes)
        do throws(FieldExtractionError) {
            var limits = registry.configuration.manager.limits.scan
            limits.line = max(limits.line, bytes.count)
            return try JSONValue(parsing: bytes, limits: limits)
        } catch {
            throw Problem.invalid("body", error.description)
        }
    }

    /// A body read whole, unpacked, up to a limit.
    func whole(_ request: Request, limit: Int) async throws -> [UInt8] {
        var pieces = BodyPieces(request, limit: limit, ratio: registry.configuration.limits.unpackRatio)
        var bytes: [UInt8] = []
        do {
            while let piece = try await pieces.next() { bytes += piece }
        } catch let problem as Problem {
            await pieces.drain()
            throw problem
        }
        return bytes
    }
}
#endif
