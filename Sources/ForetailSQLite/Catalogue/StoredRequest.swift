public import FieldExtraction

/// A tail request in the catalogue.
public struct StoredRequest: Hashable, Sendable {
    /// Its number, which no other request gets, not even after it was removed.
    public var number: UInt32
    /// The stream it reads.
    public var stream: String
    /// Its definition as JSON, which the catalogue does not read.
    public var definition: String
    /// When it was added.
    public var created: Timestamp
    /// When it was removed; nil: it is in force.
    public var removed: Timestamp?
    /// The tenant whose it is; nil: nobody's.
    public var owner: String?

    /// Creates an entry.
    public init(
        number: UInt32, stream: String, definition: String, created: Timestamp, removed: Timestamp? = nil,
        owner: String? = nil
    ) {
        self.owner = owner
        self.number = number
        self.stream = stream
        self.definition = definition
        self.created = created
        self.removed = removed
    }
}
