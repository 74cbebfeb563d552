#if Server
import Foretail
import ForetailSQLite

/// A part of a body on its way to a shard.
struct AppendJob: Sendable {
    /// The stream and its log.
    let host: StreamHost
    /// The events, framed and checked, without positions.
    let batch: EventBatch
    /// The body that it is a part of, which is told once what became of it.
    let body: BodyLedger
    /// What is kept beside the events, all or none; nil: nothing.
    var mark: [UInt8]?

    /// The memory it keeps until it is settled, in bytes.
    var cost: Int { batch.memoryBytes }

    /// Says what became of it. Called once, on the log's thread or the shard's.
    func settle(_ result: Result<Position, LogFailure>) {
        host.release(cost)
        body.settle(result, events: batch.count, line: batch.frames.last?.line ?? 0, cost: cost)
    }
}
#endif
