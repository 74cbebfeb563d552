#if Server
import Foretail
import Foundation
import GRDB

extension LogStore {
    /// Reads where the log stands.
    ///
    /// - Complexity: O(epochs) and a few lookups.
    static func contents(_ database: Database) throws -> Contents {
        var epochs = EpochTable(entries: [])
        for row in try Row.fetchAll(database, sql: "SELECT epoch, base, sum FROM epoch ORDER BY epoch") {
            let entry = EpochTable.Entry(epoch: UInt32(clamping: row[0] as Int64), base: row[1])
            guard (row[2] as Int64) == entry.checksum else {
                throw DatabaseError(
                    resultCode: .SQLITE_CORRUPT, message: "table epoch, row \(entry.epoch): wrong checksum")
            }
            epochs.entries.append(entry)
        }
        let first = try Int64.fetchOne(database, sql: "SELECT first FROM state") ?? 1
        var contents = Contents(epochs: epochs, first: first, last: first - 1, bytes: 0, offset: 0, oldest: nil)
        let columns = "SELECT id, count, began, offset, size FROM block ORDER BY id"
        if let newest = try Row.fetchOne(database, sql: columns + " DESC LIMIT 1"),
            let oldest = try Row.fetchOne(database, sql: columns + " LIMIT 1")
        {
            contents.last = max(contents.last, (newest["id"] as Int64) + (newest["count"] as Int64) - 1)
            contents.offset = (newest["offset"] as Int64) + (newest["size"] as Int64)
            contents.bytes = contents.offset - (oldest["offset"] as Int64)
            contents.oldest = oldest["began"]
        }
        return contents
    }

    /// Begins an epoch behind the last one, durably, and says where the log stands. Throws and changes nothing else.
    ///
    /// - Parameter unlessClosed: Go on in the last epoch where the log was closed cleanly.
    mutating func begin(unlessClosed: Bool, now: Int64) throws(LogFailure) -> Contents {
        let fault = fault
        // Synced whatever the durability: a position that is given twice cannot be taken back.
        return try run(.fsync) { database in
            var contents: Contents?
            try database.inTransaction(.immediate) {
                try fault?.check(.begin)
                var found = try LogStore.contents(database)
                let wasClosed = try Bool.fetchOne(database, sql: "SELECT closed FROM state") ?? false
                if !(wasClosed && unlessClosed) || found.epochs.entries.isEmpty {
                    let last = found.epochs.entries.last
                    if let last, last.base == found.last {
                        try database.execute(sql: "DELETE FROM epoch WHERE epoch = ?", arguments: [last.epoch])
                        found.epochs.entries.removeLast()
                    }
                    guard last?.epoch != .max else {
                        throw LogFailure(kind: .unavailable, message: "stream: all epochs are used up; begin a new log")
                    }
                    let entry = EpochTable.Entry(epoch: (last?.epoch ?? 0) + 1, base: found.last)
                    found.epochs.entries.append(entry)
                    try database.execute(
                        sql: "INSERT INTO epoch (epoch, base, began, sum) VALUES (?, ?, ?, ?)",
                        arguments: [entry.epoch, entry.base, now, entry.checksum])
                }
                try database.execute(sql: "UPDATE state SET closed = 0")
                contents = found
                return .commit
            }
            return contents!
        }
    }

    /// Forgets blocks up to an ordinal, as many as come to some bytes.
    ///
    /// - Returns: Whether that was all, and where the log stands.
    mutating func forget(through last: Int64, bytes: Int64) throws(LogFailure) -> (isDone: Bool, Contents) {
        let fault = fault
        return try run { database in
            var isDone = true
            try database.inTransaction(.immediate) {
                try fault?.check(.trim)
                try database.execute(sql: "UPDATE state SET first = max(first, ?)", arguments: [last + 1])
                var keys: [Int64] = []
                var sum: Int64 = 0
                let rows = try Row.fetchCursor(
                    database, sql: "SELECT id, count, size FROM block WHERE id <= ? ORDER BY id", arguments: [last])
                while let row = try rows.next(), (row[0] as Int64) + (row[1] as Int64) - 1 <= last {
                    guard sum < bytes, keys.count < 1000 else {
                        isDone = false
                        break
                    }
                    keys.append(row[0])
                    sum += row[2]
                }
                if let end = keys.last {
                    try database.execute(sql: "DELETE FROM block WHERE id <= ?", arguments: [end])
                }
                return .commit
            }
            return (isDone, try LogStore.contents(database))
        }
    }

    /// Pages that stay for coming blocks, besides a quarter of those in use.
    private static let sparePages = 1_024

    /// Gives free pages back to the disk, at most so many, if there are more than coming blocks will soon take.
    ///
    /// Each page given back moves one from the end of the file into its place, so an append waits for that many writes.
    ///
    /// - Returns: Whether there are more.
    mutating func giveBack(pages: Int) throws(LogFailure) -> Bool {
        let fault = fault
        let (given, mayHaveMore) = try run { database in
            // A file from before the setting shrinks with `VACUUM` alone.
            guard try Int.fetchOne(database, sql: "PRAGMA auto_vacuum") == 2 else { return (0, false) }
            let free = try Int.fetchOne(database, sql: "PRAGMA freelist_count") ?? 0
            let used = (try Int.fetchOne(database, sql: "PRAGMA page_count") ?? 0) - free
            let excess = free - max(LogStore.sparePages, used / 4)
            guard excess > 0 else { return (0, false) }
            try fault?.check(.trim)
            // A row for each page, as it is given back.
            _ = try Row.fetchAll(database, sql: "PRAGMA incremental_vacuum(\(min(pages, excess)))")
            return (min(pages, excess), excess > pages)
        }
        if given > 0 { hasGivenBack = true }
        return mayHaveMore
    }

    /// Marks the log as closed cleanly, durably, and empties the journal.
    mutating func markClosed() throws(LogFailure) {
        try run(.fsync) { database in
            try database.execute(sql: "UPDATE state SET closed = 1")
            // What fails here the next opening does.
            try? database.execute(sql: "PRAGMA wal_checkpoint(TRUNCATE)")
        }
    }

    /// Bytes that are free where a file stands; nil where that cannot be told.
    static func freeBytes(besides path: String) -> Int? {
        var status = statvfs()
        let folder = URL(fileURLWithPath: path).deletingLastPathComponent().path
        guard statvfs(folder, &status) == 0 else { return nil }
        return Int(status.f_bavail) * Int(status.f_frsize)
    }

    /// Keeps what stands beside the events. The table is made by the first: most logs have none.
    static func keep(_ mark: [UInt8], in database: Database) throws {
        try database.execute(
            sql: "CREATE TABLE IF NOT EXISTS mark (id INTEGER PRIMARY KEY CHECK (id = 1), data BLOB NOT NULL)")
        try database.execute(sql: "INSERT OR REPLACE INTO mark (id, data) VALUES (1, ?)", arguments: [Data(mark)])
    }

    /// What stands beside the events; nil: nothing.
    mutating func mark() throws(LogFailure) -> [UInt8]? {
        try run { database in
            guard try database.tableExists("mark") else { return nil }
            return try Data.fetchOne(database, sql: "SELECT data FROM mark").map { [UInt8]($0) }
        }
    }

    /// Inserts a block, whose bytes are not copied.
    static func insert(_ header: BlockHeader, _ bytes: [UInt8], into database: Database) throws {
        let statement = try database.cachedStatement(
            sql: """
                INSERT INTO block (id, epoch, first, count, began, newest, offset, size, data)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
                """)
        try bytes.withUnsafeBytes { memory in
            // SQLite reads the bytes while the statement runs.
            let data = Data(
                bytesNoCopy: UnsafeMutableRawPointer(mutating: memory.baseAddress!), count: header.blockBytes,
                deallocator: .none)
            try statement.execute(
                arguments: [
                    header.ordinal, header.epoch, Int64(header.first), header.count, header.began, header.newest,
                    header.offset, header.blockBytes, data,
                ])
        }
    }
}
#endif
