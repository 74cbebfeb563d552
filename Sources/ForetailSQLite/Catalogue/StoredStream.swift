public import FieldExtraction

/// A stream in the catalogue.
public struct StoredStream: Hashable, Sendable {
    /// Its name.
    public var name: String
    /// Its description as JSON, which the catalogue does not read.
    public var descriptor: String
    /// When it was first stored.
    public var created: Timestamp
    /// The tenant whose it is; nil: nobody's.
    public var owner: String?

    /// Creates an entry.
    public init(name: String, descriptor: String, created: Timestamp, owner: String? = nil) {
        self.owner = owner
        self.name = name
        self.descriptor = descriptor
        self.created = created
    }
}
