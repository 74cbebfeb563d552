/// The memory that the live predictions of all requests share.
struct BufferBudget {
    /// The most bytes all buffers may be counted with (`bufferBudget`).
    var limit: Int
    /// The bytes they are counted with now.
    private(set) var used = 0

    init(limit: Int) { self.limit = limit }

    /// Whether `cost` more bytes fit.
    func fits(_ cost: Int) -> Bool { used + cost <= limit }

    /// Books a change of one buffer's bytes.
    mutating func book(_ change: Int) {
        used += change
        precondition(used >= 0, "a buffer gave back more bytes than it took")
    }
}
