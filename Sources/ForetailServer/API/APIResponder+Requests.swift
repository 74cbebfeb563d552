#if Server
import FieldExtraction
import Foretail
import HTTPTypes
import Hummingbird

/// Tail requests: registered, listed, changed, removed; what is known of their future.
extension APIResponder {
    /// `POST /v1/tail-requests`.
    func register(_ request: Request) async throws -> Response {
        try QueryReader(request).finish(knows: "")
        var definition = try RequestDefinition(await bodies.json(request))
        try check(definition)
        let issued = definition.issueSecret()
        let registered = try await registry.register(definition, for: access)
        let location: HTTPFields = [.location: "/v1/tail-requests/\(registered.id)"]
        return Response(
            json: registered.document.showing(secret: issued), status: .created, headers: location)
    }

    /// `GET /v1/tail-requests`.
    func listRequests(_ request: Request) throws -> Response {
        var query = try QueryReader(request)
        let limit = try query.integer("limit", in: 1...registry.configuration.limits.pageEntries) ?? 100
        let stream = query.string("stream")
        var after: UInt32 = 0
        if let text = query.string("after") {
            guard let id = TailRequestID(text: text) else {
                throw Problem.invalid("after", "expected the id of a tail request, such as tr_7")
            }
            after = id.number
        }
        try query.finish(knows: "limit, after, stream")
        let list = registry.requests(after: after, limit: limit + 1, stream: stream) { self.isVisible($0) }
        let page = list.prefix(limit)
        return Response(
            json: JSONValue(members: [
                ("tailRequests", .array(page.map { document(of: $0) })),
                ("next", list.count > limit ? page.last.map { .string($0.id.description) } : nil),
            ]))
    }

    /// `GET /v1/tail-requests/{id}`.
    func get(_ request: Request, _ id: String) throws -> Response {
        try QueryReader(request).finish(knows: "")
        let known = try registry.request(text: id)
        return Response(json: document(of: known, delivery: registry.deliveryStatus(of: known.id)))
    }

    /// `PATCH /v1/tail-requests/{id}`.
    func update(_ request: Request, _ id: String) async throws -> Response {
        try QueryReader(request).finish(knows: "")
        let known = try registry.request(text: id)
        var reader = try ObjectReader(await bodies.json(request))
        if reader.has("destination") { return try await redirect(known.id, &reader) }
        guard reader.has("filter") || reader.has("pattern") else {
            throw Problem.invalid(
                "filter", "a change states the new filter",
                remedy:
                    #"{"filter":"event.cpu > 90"}; null for every event. A webhook's destination can be changed, too"#)
        }
        let filter = try RequestDefinition.filter(&reader)
        try access.check(filter)
        try reader.finish(knows: "filter, pattern; anything else is changed by a new tail request")
        let (registered, position) = try await registry.update(known.id, filter: filter)
        guard case .object(let members) = registered.document else { return Response(status: .internalServerError) }
        return Response(
            json: JSONValue(
                members: members.map { ($0.key, $0.value) } + [
                    ("inForceAfter", position.map { .string($0.description) })
                ]))
    }

    /// `DELETE /v1/tail-requests/{id}`.
    func remove(_ request: Request, _ id: String) async throws -> Response {
        try QueryReader(request).finish(knows: "")
        try await registry.remove(registry.request(text: id).id)
        return Response(status: .noContent)
    }

    /// `GET /v1/tail-requests/{id}/confidence`.
    func confidence(_ request: Request, _ id: String) async throws -> Response {
        try QueryReader(request).finish(knows: "")
        let known = try registry.request(text: id)
        let tailID = known.id
        let confidence = try await known.host.perform { (state) throws(Problem) in
            state.manager.predictionConfidence(for: tailID)
        }
        guard let confidence else { throw Problem.unknownRequest(id) }
        return Response(json: confidence.document(id: known.id, warmUp: known.host.warmUp))
    }

    /// `GET /v1/tail-requests/{id}/buffer`.
    func buffer(_ request: Request, _ id: String) async throws -> Response {
        try QueryReader(request).finish(knows: "")
        let known = try registry.request(text: id)
        let tailID = known.id
        let status = try await known.host.perform { (state) throws(Problem) in
            state.manager.bufferStatus(for: tailID).map { status in
                status.document(id: tailID, lookups: state.stage.statistics(of: tailID))
            }
        }
        guard let status else { throw Problem.unknownRequest(id) }
        return Response(json: status)
    }

    /// `GET /v1/tail-requests/{id}/buffer/predictions`.
    func predictions(_ request: Request, _ id: String) async throws -> Response {
        var query = try QueryReader(request)
        let limit = try query.integer("limit", in: 1...registry.configuration.limits.pageEntries) ?? 100
        let key = query.string("key")
        try query.finish(knows: "limit, key")
        let known = try registry.request(text: id)
        let tailID = known.id
        let bytes = try await known.host.perform { (state) throws(Problem) -> [UInt8]? in
            state.livePredictions(of: tailID, key: key.map { Array($0.utf8) }, limit: limit)
        }
        guard let bytes else { throw Problem.unknownRequest(id) }
        return Response(
            status: .ok, headers: [.contentType: RecordFormat.ndjson.mediaType],
            body: ResponseBody(byteBuffer: .init(bytes: bytes)))
    }

    /// `GET /v1/tail-requests/{id}/next`.
    func next(_ request: Request, _ id: String) async throws -> Response {
        var query = try QueryReader(request)
        let key = query.string("key") ?? ""
        let microseconds = try query.duration("in") ?? 0
        try query.finish(knows: "key, in")
        let known = try registry.request(text: id)
        let tailID = known.id
        let bytes: [UInt8]?
        do throws(Problem) {
            bytes = try await known.host.perform { (state) throws(Problem) in
                try state.next(of: tailID, key: key, inMicroseconds: microseconds)
            }
        } catch {
            // What the past says of the key comes soon.
            guard error.status == .notFound, known.host.warmUp.phase == .learning else { throw error }
            throw Problem.learning(known.host.name)
        }
        guard let bytes else { throw Problem.unknownRequest(id) }
        return Response(
            status: .ok, headers: [.contentType: "application/json", .cacheControl: "no-store"],
            body: ResponseBody(byteBuffer: .init(bytes: bytes)))
    }
}

extension PredictionConfidence {
    /// The confidence as it is shown.
    func document(id: TailRequestID, warmUp: WarmUpProgress?) -> JSONValue {
        JSONValue(members: [
            ("id", .string(id.description)), ("confidence", .number(confidence)), ("hitRatio", .number(hitRatio)),
            ("precision", .number(precision)), ("skill", .number(skill)),
            ("calibrationError", .number(calibrationError)), ("samples", .number(samples)),
            ("steps", .array(steps.map(\.document))),
            (
                "models",
                .array(
                    models.map { model in
                        JSONValue(members: [("name", .string(model.name)), ("weight", .number(model.weight))])
                    })
            ),
            ("unpredictable", .array(unpredictable.map(JSONValue.string))), ("warmUp", warmUp?.document),
        ])
    }
}

extension StepStatistics {
    /// The figures of one step as they are shown.
    var document: JSONValue {
        JSONValue(members: [
            ("step", .number(step)), ("hits", .number(hits)), ("wrong", .number(wrong)), ("expired", .number(expired)),
            ("meanConfidence", .number(meanConfidence)),
        ])
    }
}

extension BufferStatus {
    /// The status as it is shown.
    func document(
        id: TailRequestID, lookups: [(lookup: LookupSettings, statistics: LookupStatistics)]
    ) -> JSONValue {
        JSONValue(members: [
            ("id", .string(id.description)), ("size", .number(size)), ("predictions", .number(predictions)),
            ("staged", .number(staged)), ("capacity", .number(capacity)), ("bytes", .number(bytes)),
            ("peakBytes", .number(peakBytes)),
            ("budgetBytes", .number(budgetBytes)),
            ("ttl", timeToLiveMicroseconds.map { .string(DurationText.text($0)) }), ("hits", .number(hits)),
            ("alternativeHits", .number(alternativeHits)), ("misses", .number(misses)),
            ("evictions", .number(evictions)), ("expirations", .number(expirations)),
            ("refusals", .number(refusals)),
            (
                "lookups",
                lookups.isEmpty
                    ? nil : .array(lookups.map { LookupDefinition.document($0.lookup, $0.statistics) })
            ),
        ])
    }
}
#endif
