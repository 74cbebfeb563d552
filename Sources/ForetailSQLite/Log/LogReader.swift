#if Server
import FieldExtraction
import Foretail
import Foundation
import GRDB

/// Reads blocks over a connection of its own, so that readings do not wait for the disk's syncs. One thread at a time.
struct LogReader: Sendable {
    /// The block that a row holds, as far as it can be known.
    struct Found: Sendable {
        /// The row's key: the ordinal of its first event.
        var ordinal: Int64
        /// Whether the block's events were appended, or were to be skipped; else it is damaged.
        var isSound: Bool
        /// The ordinal of the last event appended.
        var last: Int64
    }

    private let path: String
    private var queue: DatabaseQueue?
    private var buffer: [UInt8] = []
    private var isSealed = false

    init(path: String) { self.path = path }

    /// Closes the connection; the next reading opens one.
    mutating func close() {
        try? queue?.close()
        queue = nil
        buffer = []
    }

    /// Closes the connection for good: the file may be removed now.
    mutating func seal() {
        close()
        isSealed = true
    }

    /// Runs statements on the connection.
    mutating func run<Value: Sendable>(_ body: (Database) throws -> Value) throws -> Value {
        if queue == nil {
            guard !isSealed else { throw LogFailure(kind: .closed, message: "\(path): the log is closed") }
            var configuration = Configuration()
            configuration.label = "foretail.log.reader"
            configuration.busyMode = .timeout(5)
            configuration.prepareDatabase { database in
                try database.execute(
                    sql: "PRAGMA cache_size = -256; PRAGMA query_only = ON; PRAGMA temp_store = MEMORY")
            }
            guard FileManager.default.fileExists(atPath: path) else { throw LogFailure.gone(path) }
            queue = try DatabaseQueue(path: path, configuration: configuration)
        }
        return try queue!.writeWithoutTransaction(body)
    }

    /// Walks over the rows from the block on that holds an ordinal, until `visit` has enough.
    mutating func walk(
        from ordinal: Int64, _ visit: (Row, inout [UInt8]) throws -> Bool
    ) throws {
        var buffer: [UInt8] = []
        swap(&buffer, &self.buffer)
        defer { swap(&buffer, &self.buffer) }
        try run { database in
            let statement = try database.cachedStatement(
                sql: """
                    SELECT id, epoch, first, count, began, newest, offset, size, data FROM block
                    WHERE id >= coalesce((SELECT max(id) FROM block WHERE id <= ?), 0) ORDER BY id
                    """)
            let rows = try Row.fetchCursor(statement, arguments: [ordinal])
            while let row = try rows.next() {
                guard try visit(row, &buffer) else { break }
            }
        }
    }

    /// The key of the first block behind an ordinal that can be found, where some pages of the file are damaged.
    mutating func nextReadable(behind ordinal: Int64, through last: Int64) throws -> Int64? {
        func key(_ database: Database, behind place: Int64) throws -> Int64? {
            do {
                return try Int64.fetchOne(
                    database, sql: "SELECT id FROM block WHERE id > ? AND length(data) > 0 ORDER BY id LIMIT 1",
                    arguments: [place])
            } catch let error as DatabaseError where error.resultCode == .SQLITE_CORRUPT {
                return nil
            }
        }
        return try run { database in
            var low = ordinal
            var step: Int64 = 1
            var found: Int64?
            while found == nil, low < last {
                let place = min(last, ordinal + step)
                found = try key(database, behind: place)
                if found == nil { low = place }
                step *= 2
            }
            guard var best = found else { return nil }
            var high = min(last, ordinal + step / 2)
            while high - low > 1 {
                let middle = low + (high - low) / 2
                if let earlier = try key(database, behind: middle) {
                    best = earlier
                    high = middle
                } else {
                    low = middle
                }
            }
            return best
        }
    }
}
#endif
