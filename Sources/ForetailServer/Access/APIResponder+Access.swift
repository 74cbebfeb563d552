#if Server
import FieldExtraction
import Foretail
import ForetailSQLite
import HTTPTypes
import Hummingbird

/// Who calls, what he may, and what he sees.
extension APIResponder {
    /// Who calls. Asked before anything else: who is nobody does not even learn which paths there are.
    ///
    /// - Throws: ``Problem``: 401, or 429 for a token that calls too often.
    func identify(_ request: Request, to route: Route?) throws(Problem) -> Access {
        let method = request.method == .head ? .get : request.method
        guard registry.tokens.isRequired, route?.need(method) != .nothing else { return .open }
        let access = try caller(request, route)
        try access.use?.takeCall()
        return access
    }

    private func caller(_ request: Request, _ route: Route?) throws(Problem) -> Access {
        let header = request.headers[.authorization]
        let clock = ServerClock()
        if header == nil, let route, route.takesTickets,
            let ticket = try QueryReader(request).peek("ticket")
        {
            guard let access = tickets.access(ticket, to: route, now: clock.monotonic),
                access.isInForce(clock.now())
            else { throw .unauthenticated(isGiven: true) }
            return access
        }
        return Access(use: try registry.tokens.identify(header, now: clock.now()))
    }

    /// Refuses what the caller may not do, and what he does not see.
    ///
    /// - Throws: ``Problem``: 403 where a scope is lacking, 404 for what belongs to others.
    func admit(to route: Route, _ method: HTTPRequest.Method) async throws(Problem) {
        guard access.use != nil else { return }
        let need = route.need(method)
        switch need {
        case .nothing, .token: break
        case .scopes(let scopes): guard scopes.allSatisfy(access.allows) else { throw .forbidden(need.description) }
        case .everything: guard access.isWhole else { throw .forbidden(need.description) }
        }
        guard !access.isWhole else { return }
        switch route.subject {
        case .nothing: break
        case .stream(let name): guard isVisible(stream: name) else { throw .unknownStream(name) }
        case .request(let id):
            let request = try registry.request(text: id)
            guard isVisible(request) else { throw .unknownRequest(id) }
            guard method == .get || isOwn(request) else {
                throw .forbidden("the scope admin over its stream: \(id) belongs to others")
            }
        case .deadLetter(let id):
            guard let number = DeadLetter.number(id) else { throw .unknownDeadLetter(id) }
            let letter = try await registry.webhooks.store { (store) throws(CatalogueFailure) in
                try store.deadLetter(number)?.letter
            }
            guard let letter, isVisible(letter) else { throw .unknownDeadLetter(id) }
        }
    }

    /// How a problem is told: as a document, but for a browser that asks for the page without a token, which gets the page.
    /// That holds nothing but a field to put a token in.
    func response(to request: Request, _ route: Route?, _ problem: Problem, requestID: String) -> Response {
        var response = problem.response(requestID: requestID)
        guard problem.status == .unauthorized, route == .page,
            request.headers[.accept]?.lowercased().contains("text/html") == true
        else { return response }
        let asking = page()
        response.headers[.contentType] = asking.headers[.contentType]
        response.body = asking.body
        response.headers[.contentLength] = asking.headers[.contentLength]
        return response
    }

    // MARK: What is seen

    /// Whether the caller sees a stream. What is counted from another he sees where he sees both.
    func isVisible(_ host: StreamHost) -> Bool {
        guard access.covers(host.name) else { return false }
        return host.definition.count.map { isVisible(stream: $0.from) } ?? true
    }

    /// Whether the caller sees a stream of this name, there or not.
    func isVisible(stream name: String) -> Bool {
        access.isWhole || (registry.host(name).map(isVisible) ?? access.covers(name))
    }

    /// Whether the caller sees a tail request: where he sees its stream.
    func isVisible(_ request: RegisteredRequest) -> Bool { access.isWhole || isVisible(request.host) }

    /// Whether the caller may change a tail request: his tenant's own, or any for an admin of its stream.
    func isOwn(_ request: RegisteredRequest) -> Bool {
        guard !access.isWhole else { return true }
        guard isVisible(request) else { return false }
        return access.allows(.admin) || (request.owner != nil && request.owner == access.tenant?.name)
    }

    /// Whether the caller has to do with dead letters of a tail request.
    func isOwn(number: UInt32) -> Bool {
        access.isWhole || (registry.request(TailRequestID(number)).map(isOwn) ?? false)
    }

    /// Whether the caller sees a dead letter: of his own tail requests, and of those that are gone as an admin of the stream.
    func isVisible(_ letter: DeadLetter) -> Bool {
        guard !access.isWhole else { return true }
        if let request = registry.request(TailRequestID(letter.request)) { return isOwn(request) }
        return access.allows(.admin) && isVisible(stream: letter.stream)
    }

    /// The streams that the caller sees, by name.
    var visibleStreams: [StreamHost] { registry.streams.filter { access.isWhole || isVisible($0) } }

    /// A tail request as the caller sees it: where others sent theirs is their business.
    func document(of request: RegisteredRequest, delivery: DeliveryStatus? = nil) -> JSONValue {
        let isOwn = isOwn(request)
        let document = request.document(delivery: isOwn ? delivery : nil)
        guard !isOwn, case .object(let members) = document else { return document }
        return .object(
            members.map { member in
                guard member.key == "destination", case .object(let destination) = member.value else { return member }
                let shown = destination.map { part in
                    ["url", "path"].contains(part.key)
                        ? JSONValue.Member(key: part.key, value: .string("hidden")) : part
                }
                return JSONValue.Member(key: member.key, value: .object(shown))
            })
    }

    /// Refuses a definition that takes more than the caller may.
    func check(_ definition: RequestDefinition) throws(Problem) {
        guard isVisible(stream: definition.stream) else {
            var problem = Problem.unknownStream(definition.stream)
            problem.field = "stream"
            throw problem
        }
        try access.check(definition.filter)
        guard !access.isWhole else { return }
        // The statements of a store, and files of the data folder, are the operator's.
        if definition.lookups.contains(where: { !$0.isHistory }) {
            throw .forbidden("\(Route.Need.everything.description) for a lookup in a reference store")
        }
        if case .file = definition.destination {
            throw .forbidden("\(Route.Need.everything.description) for a file as destination")
        }
    }

    /// Refuses a stream that is counted from one that the caller does not see.
    func check(_ definition: StreamDefinition) throws(Problem) {
        guard let count = definition.count else { return }
        try access.check(count.filter)
        guard !isVisible(stream: count.from) else { return }
        var problem = Problem.unknownStream(count.from)
        problem.field = "count.from"
        throw problem
    }
}
#endif
