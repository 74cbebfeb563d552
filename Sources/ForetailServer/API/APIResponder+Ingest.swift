#if Server
import FieldExtraction
import Foretail
import ForetailSQLite
import Hummingbird
import NIOCore

/// Producers: events in, positions out once they are durable.
extension APIResponder {
    /// `POST /v1/streams/{name}/events`.
    func ingest(_ request: Request, stream name: String) async throws -> Response {
        try QueryReader(request).finish(knows: "")
        let format = try BodyFormat(request.headers)
        let host = try await registry.find(name, for: access)
        if let count = host.definition.count { throw Problem.counted(name, from: count.from) }
        // Here and not on the shard's thread, which others need.
        try await registry.open(host)
        var intake = Intake(host: host, configuration: registry.configuration, format: format, use: access.use)
        var problem: Problem?
        do {
            try await bodies.feed(request, as: format, to: &intake)
        } catch let refusal as Problem {
            problem = refusal
        }
        // Whatever came in between: what was taken before is answered for.
        let durable = await intake.settle()
        edge.metrics.noteIngest(accepted: durable.accepted, rejected: intake.rejections.count)
        if let failure = durable.failure { problem = Problem(failure, host) }
        if var problem {
            if durable.accepted > 0 { problem.noteTaken(through: durable.lastLine) }
            problem.extra = durable.extra(intake.rejections)
            throw problem
        }
        if durable.accepted == 0, intake.rejections.count > 0 {
            var problem = Problem(
                .badRequest, "no-events", "nothing in the body could be read as an event",
                remedy: "see `rejected` for each line")
            problem.extra = durable.extra(intake.rejections)
            throw problem
        }
        return Response(json: JSONValue(members: durable.members(intake.rejections)))
    }
}
#endif
