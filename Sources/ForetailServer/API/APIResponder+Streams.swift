#if Server
import FieldExtraction
import Foretail
import ForetailSQLite
import HTTPTypes
import Hummingbird
import NIOCore

/// Streams: what there is, and their persistent history.
extension APIResponder {
    /// `GET /v1/streams`.
    func listStreams(_ request: Request) async throws -> Response {
        var query = try QueryReader(request)
        let limits = registry.configuration.limits
        let limit = try query.integer("limit", in: 1...limits.pageEntries) ?? 100
        let after = query.string("after")
        try query.finish(knows: "limit, after")
        let streams = visibleStreams.filter { after == nil || $0.name > after! }
        let page = streams.prefix(limit)
        var list: [JSONValue] = []
        for host in page { list.append(try await document(of: host, isFull: false)) }
        return Response(
            json: JSONValue(members: [
                ("streams", .array(list)),
                ("next", page.count < streams.count ? page.last.map { .string($0.name) } : nil),
            ]))
    }

    /// `GET /v1/streams/{name}`.
    func getStream(_ request: Request, _ name: String) async throws -> Response {
        try QueryReader(request).finish(knows: "")
        return Response(json: try await document(of: registry.known(name), isFull: true))
    }

    /// `PUT /v1/streams/{name}`.
    func putStream(_ request: Request, _ name: String) async throws -> Response {
        try QueryReader(request).finish(knows: "")
        let definition = try StreamDefinition(
            await bodies.json(request), defaults: registry.configuration.streamDefaults)
        try check(definition)
        let (host, isNew) = try await registry.create(name, definition: definition, for: access)
        return Response(json: try await document(of: host, isFull: true), status: isNew ? .created : .ok)
    }

    /// `DELETE /v1/streams/{name}`.
    func deleteStream(_ request: Request, _ name: String) async throws -> Response {
        try QueryReader(request).finish(knows: "")
        try await registry.remove(stream: name)
        return Response(status: .noContent)
    }

    private func document(of host: StreamHost, isFull: Bool) async throws -> JSONValue {
        var members: [(String, JSONValue?)] = [
            ("name", .string(host.name)), ("created", .string(host.created.description)),
        ]
        guard case .object(let definition) = host.definition.document else { return .null }
        members += definition.map { ($0.key, $0.value) }
        if isFull {
            let bounds = try await registry.bounds(of: host)
            members.append(("log", bounds.document))
            let status = try await host.perform { (state) throws(Problem) in
                state.manager.streamStatus(host.name)
            }
            members.append(("events", status?.document))
            members.append(("warmUp", host.warmUp.document))
            members.append(("counting", registry.countingStatus(of: host.name)?.document))
        }
        return JSONValue(members: members)
    }

    /// `GET /v1/streams/{name}/history`.
    func history(_ request: Request, stream name: String) async throws -> Response {
        var query = try QueryReader(request)
        let limits = registry.configuration.limits
        let limit = try query.integer("limit", in: 1...limits.historyEvents) ?? limits.defaultHistoryEvents
        let after = try query.position("after")
        let filter = try self.filter(
            query.string("filter"), from: query.time("from"), to: query.time("to"), key: query.string("key"))
        try query.finish(knows: "from, to, filter, key, limit, after")
        let host = try registry.known(name)
        let replay = try await registry.makeReplay(
            host, id: TailRequestID(0), versions: [Replay.Version(after: .none, filter: filter)], after: after)
        let access = access
        let first = try await registry.step(replay, of: host, for: access)
        var headers = HTTPFields()
        headers[.contentType] = RecordFormat.ndjson.mediaType
        let registry = registry
        return Response(
            status: .ok, headers: headers,
            body: ResponseBody { writer in
                var page = HistoryPage(
                    replay: replay, host: host, registry: registry, access: access, next: first, left: limit)
                if try await !page.write(to: &writer, steps: Self.briefSteps) {
                    // A long search writes little that would fail: who went is noticed by his side of the connection.
                    try await request.body.consumeWithCancellationOnInboundClose { _ in
                        _ = try await page.write(to: &writer, steps: .max)
                    }
                }
                try await writer.finish(nil)
            })
    }

    /// Steps after which a search is a long one, whose connection ends with it.
    private static let briefSteps = 64

    /// A filter with the conditions of a query's parameters.
    func filter(
        _ filter: String?, from: Timestamp? = nil, to: Timestamp? = nil, key: String? = nil
    ) throws(Problem) -> FilterText? {
        var conditions: [String] = []
        if let key { conditions.append("meta.key == \(Self.text(key))") }
        if let from { conditions.append("meta.time >= timestamp(\(Self.text(from.description)))") }
        if let to { conditions.append("meta.time < timestamp(\(Self.text(to.description)))") }
        if let filter {
            try access.check(.cel(filter))
            // Alone first, so that a fault is told where it stands in the text that was sent.
            var trial = RequestDefinition(stream: "", filter: .cel(filter))
            trial.prediction = nil
            try Registry.check(trial, configuration: registry.configuration)
            conditions.append(conditions.isEmpty ? filter : "(\(filter))")
        }
        return conditions.isEmpty ? nil : .cel(conditions.joined(separator: " && "))
    }

    private static func text(_ value: String) -> String {
        String(decoding: JSONValue.string(value).bytes, as: UTF8.self)
    }
}

extension LogBounds {
    /// The bounds as they are shown.
    var document: JSONValue {
        JSONValue(members: [
            ("first", first.map { .string($0.description) }),
            ("lastDurable", lastDurable.map { .string($0.description) }),
            ("next", .string(next.description)),
            ("count", .number(count)),
            ("bytes", .number(bytes)),
            ("oldest", oldest.map { .string($0.description) }),
            ("damagedBlocks", .number(damagedBlocks)),
            ("problem", failure.map { .string($0.message) }),
        ])
    }
}

extension StreamStatus {
    /// The status as it is shown.
    var document: JSONValue {
        JSONValue(members: [
            ("events", .number(counters.events)), ("matched", .number(counters.matched)),
            ("duplicates", .number(counters.duplicates)), ("late", .number(counters.late)),
            ("withoutTime", .number(counters.withoutTime)), ("withoutKey", .number(counters.withoutKey)),
            ("history", .number(counters.history)), ("farFuture", .number(counters.farFuture)),
            ("kindChanges", .number(counters.kindChanges)), ("series", .number(series)),
            ("timeField", timeField.map(JSONValue.string)),
            (
                "fields",
                .array(
                    fields.map { field in
                        JSONValue(members: [("name", .string(field.name)), ("kind", .string(field.kind))])
                    })
            ),
            ("filterProblems", .array(filterProblems.map(JSONValue.string))),
        ])
    }
}

extension WarmUpProgress {
    /// The progress as it is shown.
    var document: JSONValue {
        JSONValue(members: [
            ("phase", .string(phase.rawValue)), ("done", .number(done)), ("total", .number(total)),
            ("problem", problem.map(JSONValue.string)),
        ])
    }
}
#endif
