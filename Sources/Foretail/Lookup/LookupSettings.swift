public import FilterLanguage

/// A join of a tail request: which rows of a reference store every matching event leaves with.
///
///     var lookup = LookupSettings("customer", store: "crm", query: "SELECT name, plan FROM customers WHERE id = $1",
///                                 key: "event.customer_id")
///     lookup.maxStalenessMicroseconds = 5_000_000
public struct LookupSettings: Sendable, Hashable {
    /// What becomes of an event whose rows are not staged.
    public enum NotStaged: String, Sendable, Hashable {
        /// It waits for them, at most ``maxWaitMicroseconds``.
        case wait
        /// It leaves without them; they are fetched for the next event of the key.
        case forward
    }

    /// What becomes of an event whose key has no row.
    public enum NoRow: String, Sendable, Hashable {
        /// It leaves with an empty list.
        case forward
        /// It is not forwarded, which is counted.
        case drop
    }

    /// The member of a record's `lookups` that holds the rows.
    public var name: String
    /// The store's name.
    public var store: String
    /// What the store is asked.
    public var query: ReferenceQuery
    /// The key of an event, a CEL expression over `event` and `meta`.
    public var key: String
    /// How long rows stay staged, in microseconds since they were read; nil: as long as they may be stale.
    public var timeToLiveMicroseconds: Int64?
    /// The age that no forwarded row exceeds, in microseconds since before it was read. A hard promise.
    public var maxStalenessMicroseconds: Int64 = 60_000_000
    /// What becomes of an event whose rows are not staged.
    public var onNotStaged = NotStaged.wait
    /// How long an event waits for its rows at most, in microseconds.
    public var maxWaitMicroseconds: Int64 = 250_000
    /// Whether rows are fetched ahead of the events that will need them.
    public var prefetches = true
    /// What becomes of an event whose key has no row.
    public var onNoRow = NoRow.forward

    /// Creates a lookup with default times.
    public init(_ name: String, store: String, query: String, key: String) {
        self.name = name
        self.store = store
        self.query = ReferenceQuery(query)
        self.key = key
    }

    /// The name of the store that is the stream itself: its rows are the last events of the key before the event, newest first.
    public static let historyStore = "history"

    /// Creates a lookup of the last events of the key.
    ///
    /// - Parameters:
    ///   - rows: How many.
    ///   - key: What they have in common with the event; the stream's key unless told.
    public init(history name: String, rows: Int = 16, key: String = "meta.key") {
        self.init(name, store: Self.historyStore, query: "", key: key)
        query.rowLimit = rows
        prefetches = false
    }

    /// Whether the rows are the stream's own events.
    public var isHistory: Bool { store == Self.historyStore }

    /// How long rows stay staged, in microseconds since they were read.
    var keptMicroseconds: Int64 { min(timeToLiveMicroseconds ?? .max, maxStalenessMicroseconds) }

    /// Compiles the key and refuses settings outside their limits.
    ///
    /// - Throws: ``ForetailError`` (`badSetting`) naming the lookup, the setting and its range.
    public func compiledKey(_ limits: FilterLimits = .init()) throws(ForetailError) -> KeyExpression {
        guard !name.isEmpty, name.utf8.count <= 64, !name.utf8.contains(where: { $0 < 0x20 }) else {
            throw ForetailError(.badSetting, "lookup '\(name)': expected a name of 1 to 64 printable bytes")
        }
        guard maxStalenessMicroseconds > 0 else {
            throw ForetailError(.badSetting, "lookup '\(name)', maxStaleness: expected a duration above zero")
        }
        guard timeToLiveMicroseconds ?? 1 > 0 else {
            throw ForetailError(.badSetting, "lookup '\(name)', ttl: expected a duration above zero")
        }
        guard maxWaitMicroseconds >= 0 else {
            throw ForetailError(.badSetting, "lookup '\(name)', maxWait: expected a duration of at least zero")
        }
        guard (1...1_000).contains(query.rowLimit) else {
            throw ForetailError(.badSetting, "lookup '\(name)', rows: expected 1 to 1000, not \(query.rowLimit)")
        }
        do throws(FilterError) {
            return try KeyExpression(key, limits: limits)
        } catch {
            throw ForetailError(.badSetting, "lookup '\(name)', key: \(error)")
        }
    }
}
