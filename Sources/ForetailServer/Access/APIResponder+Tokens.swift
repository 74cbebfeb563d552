#if Server
import FieldExtraction
import Foretail
import HTTPTypes
import Hummingbird
import Logging

/// Tokens and tickets: who may call.
extension APIResponder {
    /// `POST /v1/tokens`.
    func addToken(_ request: Request) async throws -> Response {
        try QueryReader(request).finish(knows: "")
        let now = ServerClock().now()
        let definition = try TokenDefinition(await bodies.json(request), now: now)
        let tokens = registry.tokens
        let (secret, use) = try await registry.pool.run { () throws(Problem) in
            try tokens.add(definition, now: now)
        }
        edge.logger.info("token added", metadata: ["token": .string(use.id)])
        guard case .object(let members) = document(of: use) else { return Response(status: .internalServerError) }
        let shown = JSONValue(
            members: members.prefix(1).map { ($0.key, $0.value) } + [("token", .string(secret.text))]
                + members.dropFirst().map { ($0.key, $0.value) })
        return Response(
            json: shown, status: .created,
            headers: [.location: "/v1/tokens/\(use.id)", .cacheControl: "no-store"])
    }

    /// `GET /v1/tokens`.
    func listTokens(_ request: Request) throws -> Response {
        var query = try QueryReader(request)
        let limit = try query.integer("limit", in: 1...registry.configuration.limits.pageEntries) ?? 100
        let after = query.string("after")
        try query.finish(knows: "limit, after")
        var tokens = registry.tokens.all[...]
        if let after {
            guard TokenSecret.isID(after) else {
                throw Problem.invalid("after", "expected the id of a token, such as tk_1a2b3c4d5e")
            }
            // Behind one that is not there nothing comes.
            tokens = tokens.drop { $0.id != after }.dropFirst()
        }
        let page = tokens.prefix(limit)
        return Response(
            json: JSONValue(members: [
                ("tokens", .array(page.map { document(of: $0) })),
                ("next", page.count < tokens.count ? page.last.map { .string($0.id) } : nil),
            ]))
    }

    /// `GET /v1/tokens/{id}`.
    func getToken(_ request: Request, _ id: String) throws -> Response {
        try QueryReader(request).finish(knows: "")
        guard let use = registry.tokens.token(id), access.isWhole || access.use?.id == id else {
            throw Problem.unknownToken(id)
        }
        return Response(json: document(of: use))
    }

    /// `DELETE /v1/tokens/{id}`.
    func revokeToken(_ request: Request, _ id: String) async throws -> Response {
        try QueryReader(request).finish(knows: "")
        let tokens = registry.tokens
        try await registry.pool.run { () throws(Problem) in try tokens.revoke(id, now: ServerClock().now()) }
        edge.logger.info("token revoked", metadata: ["token": .string(id)])
        return Response(status: .noContent)
    }

    /// `POST /v1/tickets`.
    func issueTicket(_ request: Request) async throws -> Response {
        try QueryReader(request).finish(knows: "")
        var reader = try ObjectReader(await bodies.json(request))
        let (id, stream) = (try reader.string("request"), try reader.string("stream"))
        try reader.finish(knows: "request, stream")
        let target: Ticket.Target
        switch (id, stream) {
        case (let id?, nil):
            guard isVisible(try registry.request(text: id)) else { throw Problem.unknownRequest(id) }
            target = .request(id)
        case (nil, let stream?):
            guard isVisible(try registry.known(stream)) else { throw Problem.unknownStream(stream) }
            target = .stream(stream)
        default:
            throw Problem.invalid(
                "request", "a ticket is for one tail request or for one stream",
                remedy: #"{"request":"tr_7"} or {"stream":"metrics"}"#)
        }
        let clock = ServerClock()
        let ticket = try tickets.issue(Ticket(target: target), for: access.use, now: clock.monotonic)
        let end = Timestamp(microseconds: clock.now().microseconds + TicketDesk.lifeMicroseconds)
        return Response(
            json: JSONValue(members: [
                ("ticket", .string(ticket)), ("request", id.map(JSONValue.string)),
                ("stream", stream.map(JSONValue.string)), ("expires", .string(end.description)),
            ]), status: .created, headers: [.cacheControl: "no-store"])
    }

    /// A token as it is shown: everything but what it is.
    private func document(of use: TokenUse) -> JSONValue {
        let counts = use.counts
        return JSONValue(
            members: [("id", .string(use.id))] + use.definition.members + [
                ("created", .string(use.created.description)),
                ("expires", use.definition.expires.map { .string($0.description) }),
                ("revoked", use.revoked.map { .string($0.description) }),
                (
                    "used",
                    JSONValue(members: [
                        ("calls", .number(counts.calls)), ("events", .number(counts.events)),
                        ("bytes", .number(counts.bytes)), ("refused", .number(counts.refused)),
                        ("streams", .number(registry.streamCount(of: use.definition.name))),
                        ("requests", .number(use.tenant.requests)), ("readers", .number(use.tenant.readers)),
                        ("last", counts.last.map { .string($0.description) }),
                    ])
                ),
            ])
    }

    /// What tokens have used, by id.
    func appendTokens(to text: inout Exposition) {
        let uses = registry.tokens.all.filter { access.isWhole || $0.id == access.use?.id }
        guard !uses.isEmpty else { return }
        let shown = uses.map { use in
            (labels: [("token", use.id), ("tenant", use.definition.name)], use: use, counts: use.counts)
        }
        func add(_ name: String, _ type: String, _ help: String, _ value: (TokenUse, TokenUse.Counts) -> Int) {
            text.begin(name, type, help)
            for (labels, use, counts) in shown { text.add(name, labels, Double(value(use, counts))) }
        }
        add("foretail_token_calls_total", "counter", "Calls with a token.") { $1.calls }
        add("foretail_token_events_total", "counter", "Events written with a token.") { $1.events }
        add("foretail_token_event_bytes_total", "counter", "Bytes of events written with a token.") { $1.bytes }
        add("foretail_token_refused_total", "counter", "Calls and bodies over a token's rate.") { $1.refused }
        add("foretail_token_tail_requests", "gauge", "Tail requests of a token's tenant.") { use, _ in
            use.tenant.requests
        }
        add("foretail_token_readers", "gauge", "Readers of a token's tenant.") { use, _ in use.tenant.readers }
    }
}
#endif
