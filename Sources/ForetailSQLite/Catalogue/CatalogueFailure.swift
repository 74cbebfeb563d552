/// Why the catalogue cannot be read or written.
public struct CatalogueFailure: Error, Hashable, Sendable, CustomStringConvertible {
    /// A sentence that names the file, what went wrong, and the remedy.
    public var message: String
    /// Whether there is no room on the disk.
    public var isFull: Bool

    /// Creates a failure.
    public init(message: String, isFull: Bool = false) {
        self.message = message
        self.isFull = isFull
    }

    /// The message.
    public var description: String { message }
}
