/// Persistent storage whose rows are joined to events, and fetched ahead for predicted ones: a port.
///
/// A store only reads. Keys are bound as parameters and never become part of a query's text. Whoever calls it keeps to the
/// store's share (``ReferenceClient``): a store need not limit, retry or cache.
public protocol ReferenceStore: Sendable {
    /// Checks that a query can be run, as on the day its lookup is registered.
    ///
    /// - Throws: ``ReferenceFailure`` naming the store, what is wrong (a missing table, a query with two parameters, one that
    ///   writes) and the remedy.
    func check(_ query: ReferenceQuery) async throws(ReferenceFailure)

    /// Reads the rows of many keys, each at some time after the call began.
    ///
    /// - Parameters:
    ///   - query: A query that was checked.
    ///   - keys: Distinct keys, at most a few hundred.
    ///   - microseconds: When the answer is of no use any more, counted from now; the store should give up then.
    /// - Returns: One entry for each key, in their order; a key without a row has an empty one.
    /// - Throws: ``ReferenceFailure`` when no key could be read. An entry may fail alone.
    func fetch(
        _ query: ReferenceQuery, keys: [String], timeoutMicroseconds microseconds: Int64
    ) async throws(ReferenceFailure) -> [Result<ReferenceRows, ReferenceFailure>]

    /// Follows the store's notices of changes until the task is cancelled, connecting again by itself where it has to.
    ///
    /// A notice reaches `receive` after the change it speaks of was committed. Whenever notices may have been missed (a cut
    /// connection) it receives ``ReferenceNotice/everything`` once they flow again. A store without notices returns at once.
    func follow(_ receive: @Sendable (ReferenceNotice) -> Void) async

    /// Closes what it holds open; called once, when nobody fetches any more.
    func close() async
}

/// One question to a store, with a single parameter for the key.
public struct ReferenceQuery: Hashable, Sendable {
    /// The text in the store's own language, with `$1` (PostgreSQL) or `?1` (SQLite) for the key.
    public var text: String
    /// Rows of one key that are read at most; more are cut, which ``ReferenceRows/isCut`` says.
    public var rowLimit: Int

    /// Creates a query.
    public init(_ text: String, rowLimit: Int = 16) {
        self.text = text
        self.rowLimit = rowLimit
    }
}

/// The rows that a store holds of one key.
public struct ReferenceRows: Hashable, Sendable {
    /// A JSON array of one object for each row: `[{"name":"Ada","plan":3}]`. Valid JSON, without a newline.
    public var json: [UInt8]
    /// How many rows there are in it.
    public var count: Int
    /// What the store says of the rows' version: the first row's column `version`, where the query has one.
    public var version: String?
    /// Whether there were more rows than the query's limit.
    public var isCut: Bool

    /// Creates rows.
    public init(json: [UInt8], count: Int, version: String? = nil, isCut: Bool = false) {
        self.json = json
        self.count = count
        self.version = version
        self.isCut = isCut
    }

    /// No row.
    public static var none: ReferenceRows { ReferenceRows(json: Array("[]".utf8), count: 0) }
}

/// A change that a store tells of.
public enum ReferenceNotice: Hashable, Sendable {
    /// Rows of a key, as lookups state keys, have changed.
    case key(String)
    /// Anything may have changed.
    case everything
}

/// Why a store gave no rows.
public struct ReferenceFailure: Error, Hashable, Sendable, CustomStringConvertible {
    /// What kind of failure it is.
    public enum Kind: String, Hashable, Sendable {
        /// The query cannot be run as it is: asking again will not help until somebody mends query or store.
        case query
        /// The store cannot be reached, or broke off.
        case connection
        /// The store did not answer in time.
        case timeout
        /// The store answered with what cannot be used.
        case answer
        /// The store was not asked: its limits are reached, or it failed too often lately.
        case refused
    }

    /// What kind of failure it is.
    public var kind: Kind
    /// A sentence naming the store, the place and the remedy.
    public var message: String

    /// Creates a failure.
    public init(_ kind: Kind, _ message: String) {
        self.kind = kind
        self.message = message
    }

    /// The message.
    public var description: String { message }
}
