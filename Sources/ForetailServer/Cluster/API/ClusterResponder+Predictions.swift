#if Server && NATS
import Foretail
import HTTPTypes
import Hummingbird

/// What the owners of a request's partitions predict, and how sure they are: asked of them all, at any node.
extension ClusterResponder {
    private func ask(_ subject: PartitionQuestion.Subject, _ id: String) async throws -> PartitionSum {
        let tail = try await desk.request(Self.id(id))
        let questions = OwnerQuestions(services: services, owners: owners)
        return PartitionSum(try await questions.ask(.init(tail.id, subject), of: tail.definition.stream))
    }

    /// `GET /v1/tail-requests/{id}/confidence`.
    func confidence(_ request: Request, _ id: String) async throws -> Response {
        try QueryReader(request).finish(knows: "")
        return Response(json: try await ask(.confidence, id).confidence(id: id))
    }

    /// `GET /v1/tail-requests/{id}/buffer`.
    func buffer(_ request: Request, _ id: String) async throws -> Response {
        try QueryReader(request).finish(knows: "")
        return Response(json: try await ask(.buffer, id).buffer(id: id))
    }

    /// `GET /v1/tail-requests/{id}/buffer/predictions`.
    func predictions(_ request: Request, _ id: String) async throws -> Response {
        var query = try QueryReader(request)
        let limit = try query.integer("limit", in: 1...services.configuration.limits.pageEntries) ?? 100
        let key = query.string("key")
        try query.finish(knows: "limit, key")
        let lines = try await ask(.predictions(key: key.map { Array($0.utf8) }, limit: limit), id).predictions(
            limit: limit)
        return Response(
            status: .ok, headers: [.contentType: RecordFormat.ndjson.mediaType],
            body: ResponseBody(byteBuffer: .init(bytes: lines)))
    }
}
#endif
