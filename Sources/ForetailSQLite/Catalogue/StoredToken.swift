public import FieldExtraction

/// A token in the catalogue: who may call. The token itself is not there, only its hash.
public struct StoredToken: Hashable, Sendable {
    /// Its id, which may be logged.
    public var id: String
    /// The tenant it belongs to.
    public var name: String
    /// The SHA-256 of the token.
    public var hash: [UInt8]
    /// What it may, as JSON, which the catalogue does not read.
    public var definition: String
    /// When it was made.
    public var created: Timestamp
    /// When it ends; nil: never.
    public var expires: Timestamp?
    /// When it was revoked; nil: it was not.
    public var revoked: Timestamp?

    /// Creates an entry.
    public init(
        id: String, name: String, hash: [UInt8], definition: String, created: Timestamp, expires: Timestamp? = nil,
        revoked: Timestamp? = nil
    ) {
        self.id = id
        self.name = name
        self.hash = hash
        self.definition = definition
        self.created = created
        self.expires = expires
        self.revoked = revoked
    }
}
