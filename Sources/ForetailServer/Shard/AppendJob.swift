#if Server
import Foretail
import ForetailSQLite

/// Events of one stream on their way to a shard, and whom to tell when they are durable.
struct AppendJob: Sendable {
    /// The stream and its log.
    var host: StreamHost
    /// The events, framed and checked, without positions.
    var batch: EventBatch
    /// Called once, on the log's thread or the shard's.
    var completion: @Sendable (Result<Position, LogFailure>) -> Void
}
#endif
