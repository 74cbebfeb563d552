public import Foretail

/// How a PostgreSQL store stands at the moment.
public struct PostgresStatus: Hashable, Sendable {
    /// Connections of the pool that are open.
    public var connections = 0
    /// Why the last attempt to connect failed; nil: it did not.
    public var failure: ReferenceFailure?
    /// Whether change notices flow.
    public var isListening = false
    /// Why change notices stopped last; nil while they flow, and before they are followed.
    public var noticeFailure: ReferenceFailure?
}
