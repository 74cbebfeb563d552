public import FieldExtraction

/// What a bucket holds under a key.
public struct KeyValueEntry: Sendable, Hashable {
    /// The key.
    public var key: String
    /// The value; empty where the key was deleted.
    public var value: [UInt8]
    /// The revision: grows with every change in the bucket; what ``KeyValueBucket/update(_:_:revision:)`` compares.
    public var revision: UInt64
    /// When it was written, by the server's clock.
    public var time: Timestamp
    /// Whether the key was deleted.
    public var isDeleted: Bool
}

/// What a bucket is to be.
public struct KeyValueSettings: Sendable, Hashable {
    /// Servers that hold a copy: 1, 3 or 5.
    public var replicas = 1
    /// Microseconds after which an entry is forgotten; 0: never.
    public var maxAge: Int64 = 0
    /// Bytes at most; -1: no bound.
    public var maxBytes: Int64 = -1
    /// Whether entries are kept in memory rather than in files.
    public var isInMemory = false

    /// Creates settings of a bucket for good.
    public init(replicas: Int = 1, maxAge: Int64 = 0) {
        self.replicas = replicas
        self.maxAge = maxAge
    }
}
