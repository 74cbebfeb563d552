/// Where a SQLite store lies, and the bounds of what it takes in.
public struct SQLiteReferenceSettings: Sendable {
    /// The store's name, as lookups and messages state it.
    public var name: String
    /// The file. Opened for reading alone, at the first check or fetch.
    public var path: String
    /// Bytes of one key's rows; rows beyond are cut.
    public var rowBytes = 1 << 20
    /// Microseconds that a check may take.
    public var checkMicroseconds: Int64 = 10_000_000
    /// Microseconds between two looks whether the file has changed.
    public var watchMicroseconds: Int64 = 100_000

    /// Creates settings.
    public init(name: String, path: String) {
        self.name = name
        self.path = path
    }
}
