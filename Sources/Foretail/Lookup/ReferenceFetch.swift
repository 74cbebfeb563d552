/// A fetch that a store is to make for a ``LookupStage``. Each is answered exactly once; a second one for a key whose prefetch still
/// waits its turn asks for haste, and both are answered together.
public struct ReferenceFetch: Sendable {
    /// The statement's number, which its answer carries.
    public var statement: Int32
    /// The store's name.
    public var store: String
    /// What the store is asked.
    public var query: ReferenceQuery
    /// For which key.
    public var key: String
    /// Whether no event waits for it yet.
    public var isPrefetch: Bool
}

/// What a store said of a fetch.
public struct ReferenceAnswer: Sendable {
    /// The fetch's statement.
    public var statement: Int32
    /// The fetch's key.
    public var key: String
    /// The rows, or why there are none.
    public var result: Result<ReferenceRows, ReferenceFailure>
    /// The moment before the reading began, in microseconds of the monotonic clock.
    public var readAt: Int64

    /// Creates an answer.
    public init(statement: Int32, key: String, result: Result<ReferenceRows, ReferenceFailure>, readAt: Int64) {
        self.statement = statement
        self.key = key
        self.result = result
        self.readAt = readAt
    }
}
