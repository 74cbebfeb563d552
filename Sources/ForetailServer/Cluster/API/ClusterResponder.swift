#if Server && NATS
import FieldExtraction
import Foretail
import ForetailCluster
import ForetailNATS
import HTTPTypes
import Hummingbird
import NIOCore
import Synchronization

/// The HTTP API of a node: what each path and method does. Any node answers for the whole cluster.
struct ClusterResponder: CallResponder {
    typealias Context = CallContext

    let edge: ServerEdge
    let services: ClusterServices
    let bodies: BodyReader
    let desk: ClusterDesk
    let owners: OwnerDesk
    let readers: ReaderCount
    let ending: Ending

    /// Whether the node is on its way out.
    final class Ending: Sendable {
        private let flag = Atomic(false)
        var isSet: Bool { flag.load(ordering: .relaxed) }
        func set() { flag.store(true, ordering: .relaxed) }
    }

    static var directory: String { "docs/cluster.md" }

    /// Tokens are not there in cluster mode.
    var isOpen: Bool { true }

    func identify(_ request: Request, to route: Route?) -> Access { .open }

    func route(of path: String) -> Route? { path == Route.cluster.template ? .cluster : Route(path: path) }

    func answer(
        _ request: Request, to route: Route, _ method: HTTPRequest.Method, for access: Access
    ) async throws -> Response {
        switch (route, method) {
        case (.events(let name), _): return try await ingest(request, name)
        case (.streams, _): return try listStreams(request)
        case (.stream(let name), .put): return try await putStream(request, name)
        case (.stream(let name), .get): return try await getStream(request, name)
        case (.requests, .post): return try await register(request)
        case (.requests, _): return try listRequests(request)
        case (.request(let id), .patch): return try await update(request, id)
        case (.request(let id), .delete): return try await remove(request, id)
        case (.request(let id), _): return try await get(request, id)
        case (.requestEvents(let id), _): return try await events(request, id)
        case (.requestConfidence(let id), _): return try await confidence(request, id)
        case (.requestBuffer(let id), _): return try await buffer(request, id)
        case (.requestPredictions(let id), _): return try await predictions(request, id)
        case (.live, _): return Response(json: JSONValue(members: [("status", .string("live"))]))
        case (.ready, _): return try ready()
        case (.cluster, _): return Response(json: ClusterStatus(services, owners).document)
        case (.status, _): return try status(request)
        case (.metrics, _): return exposition()
        default:
            throw Problem.clusterLacks(
                nil, "\(route.template) is not there in cluster mode",
                remedy: "docs/cluster.md lists what is; a server without --cluster has all of it")
        }
    }

    private func ready() throws -> Response {
        guard !ending.isSet else { throw Problem.shuttingDown }
        guard services.agent.withNode({ $0.lease.isValid(now: ServerClock().monotonic) }), services.catalogue.isComplete
        else {
            var problem = Problem(
                .serviceUnavailable, "not-ready", "the node has no valid session in the cluster",
                remedy: "wait; GET /v1/cluster says what it waits for")
            problem.retryAfter = 1
            throw problem
        }
        return Response(json: JSONValue(members: [("status", .string("ready"))]))
    }

    /// Sends whoever writes or reads to another node while this one is cut off.
    private func checkReach() throws(Problem) {
        guard services.agent.isCutOff else { return }
        var problem = Problem(
            .serviceUnavailable, "cut-off", "the node has no valid session: it does not reach NATS, or joins",
            remedy: "use another node, or try again in a moment; GET /v1/cluster says how this one stands")
        problem.retryAfter = 1
        throw problem
    }

    static func id(_ text: String) throws(Problem) -> TailRequestID {
        guard let id = TailRequestID(text: text) else { throw .unknownRequest(text) }
        return id
    }

    // MARK: Streams and requests

    private func listStreams(_ request: Request) throws -> Response {
        var query = try QueryReader(request)
        let limit = try query.integer("limit", in: 1...services.configuration.limits.pageEntries) ?? 100
        let after = query.string("after")
        try query.finish(knows: "limit, after")
        let streams = services.catalogue.streams.values.filter { stream in after.map { stream.name > $0 } ?? true }
            .sorted { $0.name < $1.name }
        let page = streams.prefix(limit)
        return Response(
            json: JSONValue(members: [
                ("streams", .array(page.map(\.document))),
                ("next", streams.count > limit ? page.last.map { .string($0.name) } : nil),
            ]))
    }

    private func putStream(_ request: Request, _ name: String) async throws -> Response {
        try QueryReader(request).finish(knows: "")
        let stream = try ClusterStream(
            await bodies.json(request), name: name, defaultPartitions: services.settings.partitions)
        let (stored, isNew) = try await desk.put(stream)
        return Response(json: stored.document, status: isNew ? .created : .ok)
    }

    private func getStream(_ request: Request, _ name: String) async throws -> Response {
        try QueryReader(request).finish(knows: "")
        return Response(json: try await desk.stream(name).document)
    }

    private func register(_ request: Request) async throws -> Response {
        try QueryReader(request).finish(knows: "")
        var definition = try RequestDefinition(await bodies.json(request))
        let issued = definition.issueSecret()
        let registered = try await desk.register(definition)
        return Response(
            json: registered.document.showing(secret: issued), status: .created,
            headers: [.location: "/v1/tail-requests/\(registered.id)"])
    }

    /// A request, and how its webhook goes: how far it is by the bucket, the rest where it is delivered by this node.
    private func show(_ id: TailRequestID) async throws -> JSONValue {
        let request = try await desk.request(id)
        guard request.definition.isWebhook, case .object(let members) = request.document else {
            return request.document
        }
        let mark = try await desk.mark(of: id)
        var delivery: [(String, JSONValue?)] = [
            ("node", mark.map { .string($0.node) }), ("cursor", (mark?.cursor).map { .string($0.description) }),
        ]
        if let status = services.webhooks.status(of: id), case .object(let shown) = status.document {
            delivery += shown.filter { $0.key != "lag" && $0.key != "position" }.map { ($0.key, $0.value) }
        } else {
            delivery += [
                ("stopped", (mark?.stopped).map(JSONValue.string)),
                (
                    "batch",
                    (mark?.batch).map { batch in
                        JSONValue(members: [
                            ("message", .string(batch.message)), ("records", .number(batch.records)),
                            ("since", .string(batch.started.description)),
                        ])
                    }
                ),
            ]
        }
        return .object(members + [.init(key: "delivery", value: JSONValue(members: delivery))])
    }

    private func listRequests(_ request: Request) throws -> Response {
        var query = try QueryReader(request)
        let limit = try query.integer("limit", in: 1...services.configuration.limits.pageEntries) ?? 100
        let stream = query.string("stream")
        let after = try query.string("after").map { (text) throws(Problem) in try Self.id(text) }
        try query.finish(knows: "limit, after, stream")
        let all = services.catalogue.requests.filter { request in
            after.map { request.id > $0 } ?? true && stream.map { request.definition.stream == $0 } ?? true
        }
        let page = all.prefix(limit)
        return Response(
            json: JSONValue(members: [
                ("tailRequests", .array(page.map(\.document))),
                ("next", all.count > limit ? page.last.map { .string($0.id.description) } : nil),
            ]))
    }

    private func get(_ request: Request, _ id: String) async throws -> Response {
        try QueryReader(request).finish(knows: "")
        return Response(json: try await show(Self.id(id)))
    }

    private func remove(_ request: Request, _ id: String) async throws -> Response {
        try QueryReader(request).finish(knows: "")
        try await desk.remove(Self.id(id))
        return Response(status: .noContent)
    }

    private func update(_ request: Request, _ id: String) async throws -> Response {
        try QueryReader(request).finish(knows: "")
        var reader = try ObjectReader(await bodies.json(request))
        if reader.has("destination") { return try await redirect(Self.id(id), &reader) }
        guard reader.has("filter") || reader.has("pattern") else {
            throw Problem.invalid("filter", "a change states the new filter", remedy: #"{"filter":"event.cpu > 90"}"#)
        }
        let filter = try RequestDefinition.filter(&reader)
        try reader.finish(knows: "filter, pattern; anything else is changed by a new tail request")
        return Response(json: try await desk.update(Self.id(id), filter: filter).document)
    }

    private func redirect(_ id: TailRequestID, _ reader: inout ObjectReader) async throws -> Response {
        guard var members = try reader.object("destination") else {
            throw Problem.invalid("destination", "expected the webhook's new destination")
        }
        try reader.finish(knows: "destination; the filter is changed by itself")
        guard case .webhook(let destination) = try RequestDefinition.destination(&members) else {
            throw Problem.invalid(
                "destination.type", "only a webhook can be given another destination",
                remedy: "register a new tail request")
        }
        return Response(json: try await desk.redirect(id, to: destination).document)
    }

    // MARK: Events

    private func ingest(_ request: Request, _ name: String) async throws -> Response {
        var query = try QueryReader(request)
        let wantsEach = try query.bool("each") ?? false
        try query.finish(knows: "each")
        let key = request.headers[HTTPField.Name("Idempotency-Key")!]
        if let key, key.isEmpty || key.utf8.count > 128 || !key.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) {
            throw Problem.invalid("Idempotency-Key", "expected 1 to 128 printable characters without spaces")
        }
        let format = try BodyFormat(request.headers)
        try checkReach()
        let stream = try await desk.find(name)
        var intake = ClusterIntake(
            stream, services: services, format: format, idempotencyKey: key, wantsEach: wantsEach)
        do {
            try await bodies.feed(request, as: format, to: &intake)
            try await intake.settle()
        } catch var problem as Problem {
            problem.extra = intake.members.compactMap { key, value in
                value.map { JSONValue.Member(key: key, value: $0) }
            }
            throw problem
        }
        edge.metrics.noteIngest(accepted: intake.accepted, rejected: intake.rejections.count)
        if intake.accepted == 0, intake.rejections.count > 0 {
            var problem = Problem(
                .badRequest, "no-events", "nothing in the body could be read as an event",
                remedy: "see `rejected` for each line")
            problem.extra = intake.members.compactMap { key, value in
                value.map { JSONValue.Member(key: key, value: $0) }
            }
            throw problem
        }
        return Response(json: JSONValue(members: intake.members))
    }

    private func events(_ request: Request, _ id: String) async throws -> Response {
        var query = try QueryReader(request)
        let isAhead = try query.bool("ahead") ?? false
        let after = query.string("after")
        let from = query.string("from")
        try query.finish(knows: "ahead, after, from")
        if let from, from != "oldest", from != "now" { throw Problem.invalid("from", "expected oldest or now") }
        var start = from == "oldest" ? ClusterReading.Start.oldest : .now
        if let text = request.headers[HTTPField.Name("Last-Event-ID")!].flatMap({ $0.isEmpty ? nil : $0 }) ?? after {
            guard let cursor = OutputCursor(text) else {
                throw Problem.invalid(
                    "Last-Event-ID", "expected a cursor such as o-42-1", remedy: "take it from an event's `id`")
            }
            start = .after(cursor)
        }
        let tail = try await desk.request(Self.id(id))
        let format = RecordFormat(for: request)
        if request.method == .head { return format.head }
        guard !ending.isSet else { throw Problem.shuttingDown }
        try checkReach()
        guard readers.enter() else {
            throw Problem.limitReached(
                "limits.subscribers", services.configuration.limits.subscribers, what: "readers",
                remedy: "close readers that are not needed, read from another node, or raise the limit")
        }
        let (ending, place) = (ending, ReaderPlace(readers))
        let reading = ClusterReading(
            tail, services: services, format: format, isAhead: isAhead, start: start, isEnding: { ending.isSet })
        return Response(
            status: .ok, headers: format.headers,
            body: ResponseBody { writer in
                defer { place.leave() }
                try await request.body.consumeWithCancellationOnInboundClose { _ in try await reading.run(&writer) }
            })
    }
}
#endif
