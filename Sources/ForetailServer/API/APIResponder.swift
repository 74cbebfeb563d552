#if Server
import FieldExtraction
import Foretail
import HTTPTypes
import Hummingbird
import Logging
import NIOCore

/// The HTTP API on one page: what each path and method does.
struct APIResponder: CallResponder {
    typealias Context = CallContext

    let edge: ServerEdge
    let registry: Registry
    let bodies: BodyReader
    let readers: ReaderCount
    let tickets: TicketDesk
    /// Who calls.
    var access = Access.open

    static var directory: String { "GET /openapi.json" }

    var isOpen: Bool { !registry.tokens.isRequired }

    func answer(
        _ request: Request, to route: Route, _ method: HTTPRequest.Method, for access: Access
    ) async throws -> Response {
        var responder = self
        responder.access = access
        let known = responder
        return try await access.run { try await known.answer(request, route, method) }
    }

    private func answer(_ request: Request, _ route: Route, _ method: HTTPRequest.Method) async throws -> Response {
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
        case (.cluster, _): throw Problem.unknownPath(request.uri.path, directory: Self.directory)
        }
    }
}
#endif
