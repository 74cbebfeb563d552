public import FieldExtraction

/// A stream in the catalogue.
public struct StoredStream: Hashable, Sendable {
    /// Its name.
    public var name: String
    /// Its description as JSON, which the catalogue does not read.
    public var descriptor: String
    /// When it was first stored.
    public var created: Timestamp

    /// Creates an entry.
    public init(name: String, descriptor: String, created: Timestamp) {
        self.name = name
        self.descriptor = descriptor
        self.created = created
    }
}
