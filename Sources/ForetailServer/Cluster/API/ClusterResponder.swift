#if Server && NATS
import ForetailNATS
import ForetailCluster
import FieldExtraction
import Foretail
import HTTPTypes
import Hummingbird
import Logging
import NIOCore
import Synchronization

/// The HTTP API of a node: what each path and method does. Any node answers for the whole cluster.
struct ClusterResponder: HTTPResponder {
    typealias Context = CallContext

    let services: ClusterServices
    let desk: ClusterDesk
    let owners: OwnerDesk
    let readers: ReaderCount
    let headCheck: HeadCheck
    let ending: Ending
    let metrics: ClusterMetrics

    /// Whether the node is on its way out.
    final class Ending: Sendable {
        private let flag = Atomic(false)
        var isSet: Bool { flag.load(ordering: .relaxed) }
        func set() { flag.store(true, ordering: .relaxed) }
    }

    /// Answers a request; whatever goes wrong becomes a problem document.
    func respond(to request: Request, context: Context) async throws -> Response {
        var response: Response
        do {
            try headCheck.check(request.head, isOpen: true)
            response = try await answer(request)
        } catch let problem as Problem {
            response = problem.response(requestID: context.id)
        } catch is CancellationError {
            response = Problem.shuttingDown.response(requestID: context.id)
        } catch {
            services.logger.error(
                "request failed",
                metadata: ["id": .string(context.id), "path": .string(request.uri.path), "error": .string("\(error)")])
            response = Problem(
                .internalServerError, "internal", "the server failed; its log says why under this request's id"
            ).response(requestID: context.id)
        }
        if request.method == .head { response = response.withoutContent() }
        response.headers[HTTPField.Name("X-Request-Id")!] = context.id
        return response
    }

    private func answer(_ request: Request) async throws -> Response {
        let method = request.method == .head ? .get : request.method
        if request.uri.path == "/v1/cluster" {
            guard method == .get else { throw Self.wrongMethod(request, ["GET", "HEAD"]) }
            return Response(json: ClusterStatus(services, owners).document)
        }
        guard let route = Route(path: request.uri.path) else {
            throw Problem(
                .notFound, "unknown-path", "there is no '\(request.uri.path)'",
                remedy: "docs/cluster.md lists what there is in cluster mode")
        }
        guard route.methods.contains(method) else {
            throw Self.wrongMethod(request, route.methods.flatMap { $0 == .get ? ["GET", "HEAD"] : [$0.rawValue] })
        }
        switch (route, method) {
        case (.events(let name), _): return try await ingest(request, name)
        case (.streams, _): return listStreams()
        case (.stream(let name), .put): return try await putStream(request, name)
        case (.stream(let name), .get): return Response(json: try await desk.stream(name).document)
        case (.requests, .post): return try await register(request)
        case (.requests, _): return try listRequests(request)
        case (.request(let id), .patch): return try await update(request, id)
        case (.request(let id), .delete):
            try await desk.remove(Self.id(id))
            return Response(status: .noContent)
        case (.request(let id), _): return Response(json: try await desk.request(Self.id(id)).document)
        case (.requestEvents(let id), _): return try await events(request, id)
        case (.live, _): return Response(json: JSONValue(members: [("status", .string("live"))]))
        case (.ready, _): return try ready()
        case (.status, _): return Response(json: ClusterStatus(services, owners).node(readers: readers.value))
        case (.metrics, _):
            return Response(
                status: .ok, headers: [.contentType: "text/plain; version=0.0.4"],
                body: ResponseBody(
                    byteBuffer: ByteBuffer(string: metrics.text(services, owners, readers: readers.value))))
        default:
            throw Problem.clusterLacks(
                nil, "\(route.template) is not there in cluster mode",
                remedy: "docs/cluster.md lists what is; a server without --cluster has all of it")
        }
    }

    private static func wrongMethod(_ request: Request, _ allowed: [String]) -> Problem {
        var problem = Problem(
            .methodNotAllowed, "method", "\(request.uri.path) knows no \(request.method.rawValue)",
            remedy: "use \(allowed.joined(separator: ", "))")
        problem.allow = allowed
        return problem
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
        guard services.agent.cutOffMicroseconds >= ClusterReading.cutOffMicroseconds else { return }
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

    private func listStreams() -> Response {
        let streams = services.catalogue.streams.values.sorted { $0.name < $1.name }
        return Response(json: JSONValue(members: [("streams", .array(streams.map(\.document)))]))
    }

    private func putStream(_ request: Request, _ name: String) async throws -> Response {
        let stream = try ClusterStream(
            await body(of: request), name: name, defaultPartitions: services.settings.partitions)
        let (stored, isNew) = try await desk.put(stream)
        return Response(json: stored.document, status: isNew ? .created : .ok)
    }

    private func register(_ request: Request) async throws -> Response {
        try QueryReader(request).finish(knows: "")
        let registered = try await desk.register(RequestDefinition(await body(of: request)))
        return Response(
            json: registered.document, status: .created, headers: [.location: "/v1/tail-requests/\(registered.id)"])
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

    private func update(_ request: Request, _ id: String) async throws -> Response {
        try QueryReader(request).finish(knows: "")
        var reader = try ObjectReader(await body(of: request))
        guard reader.has("filter") || reader.has("pattern") else {
            throw Problem.invalid("filter", "a change states the new filter", remedy: #"{"filter":"event.cpu > 90"}"#)
        }
        let filter = try RequestDefinition.filter(&reader)
        try reader.finish(knows: "filter, pattern; anything else is changed by a new tail request")
        return Response(json: try await desk.update(Self.id(id), filter: filter).document)
    }

    private func body(of request: Request) async throws -> JSONValue {
        let bytes = try await whole(request, limit: services.configuration.limits.controlBytes)
        do throws(FieldExtractionError) {
            var limits = services.configuration.manager.limits.scan
            limits.line = max(limits.line, bytes.count)
            return try JSONValue(parsing: bytes, limits: limits)
        } catch {
            throw Problem.invalid("body", error.description)
        }
    }

    private func whole(_ request: Request, limit: Int) async throws -> [UInt8] {
        var pieces = BodyPieces(request, limit: limit, ratio: services.configuration.limits.unpackRatio)
        var bytes: [UInt8] = []
        do {
            while let piece = try await pieces.next() { bytes += piece }
        } catch let problem as Problem {
            await pieces.drain()
            throw problem
        }
        return bytes
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
            try await take(request, format, into: &intake)
            try await intake.settle()
        } catch var problem as Problem {
            problem.extra = intake.members.compactMap { key, value in
                value.map { JSONValue.Member(key: key, value: $0) }
            }
            throw problem
        }
        metrics.note(accepted: intake.accepted)
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

    private func take(_ request: Request, _ format: BodyFormat, into intake: inout ClusterIntake) async throws {
        let limits = services.configuration.limits
        guard format.isLines else {
            var bytes = try await whole(request, limit: limits.bodyBytes)
            if format == .binaryCloudEvent {
                bytes = WholeBody.cloudEvent(
                    headers: request.headers, body: bytes, limits: services.configuration.manager.limits.scan)
            }
            return try await intake.take(whole: bytes)
        }
        var pieces = BodyPieces(request, limit: limits.linesBodyBytes, ratio: limits.unpackRatio)
        do {
            while let piece = try await pieces.next() { try await intake.take(lines: piece, isEnd: false) }
            try await intake.take(lines: [], isEnd: true)
        } catch let problem as Problem {
            await pieces.drain()
            throw problem
        }
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
        let format: RecordFormat =
            request.headers[.accept]?.lowercased().contains("ndjson") == true ? .ndjson : .serverSentEvents
        var headers = HTTPFields()
        headers[.contentType] = format.mediaType
        headers[.cacheControl] = "no-store"
        headers[.connection] = "close"
        headers[HTTPField.Name("X-Accel-Buffering")!] = "no"
        if request.method == .head { return Response(status: .ok, headers: headers, body: ResponseBody { _ in }) }
        guard !ending.isSet else { throw Problem.shuttingDown }
        try checkReach()
        guard readers.enter() else {
            throw Problem.limitReached(
                "limits.subscribers", services.configuration.limits.subscribers, what: "readers",
                remedy: "close readers that are not needed, read from another node, or raise the limit")
        }
        let (ending, readers) = (ending, readers)
        let reading = ClusterReading(
            tail, services: services, format: format, isAhead: isAhead, start: start, isEnding: { ending.isSet })
        return Response(
            status: .ok, headers: headers,
            body: ResponseBody { writer in
                defer { readers.leave() }
                try await request.body.consumeWithCancellationOnInboundClose { _ in try await reading.run(&writer) }
            })
    }
}
#endif
