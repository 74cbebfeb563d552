#if Server
import FieldExtraction
public import Foretail
import Foundation
import GRDB

extension Catalogue {
    /// Keeps changes of watches, in order, all or none. Records of requests that are gone are passed over; of each request the
    /// last `limit` records stay, and whatever is under way.
    public func keepWatches(_ changes: [WatchChange], limit: Int) throws(CatalogueFailure) {
        try write { database in
            var touched: Set<UInt32> = []
            for change in changes {
                switch change {
                case .record(let record, let opens):
                    guard try Catalogue.insert(record, database) else { continue }
                    touched.insert(record.request)
                    if let opens {
                        try Catalogue.insert(opens, database)
                    } else {
                        try database.cachedStatement(
                            sql: "DELETE FROM openWatch WHERE request = ? AND episode = ?"
                        ).execute(arguments: [record.request, Int64(bitPattern: record.episode)])
                    }
                case .told(let number, let position):
                    try database.cachedStatement(
                        sql: "UPDATE watchRecord SET partition = ?, epoch = ?, sequence = ? WHERE number = ?"
                    ).execute(arguments: Catalogue.arguments(position) + [number])
                case .watched(let stream, let position):
                    try database.cachedStatement(
                        sql: "INSERT OR REPLACE INTO watched (stream, partition, epoch, sequence) VALUES (?, ?, ?, ?)"
                    ).execute(arguments: [stream] + Catalogue.arguments(position))
                }
            }
            for request in touched {
                try database.cachedStatement(
                    sql: """
                        DELETE FROM watchRecord WHERE request = ?1 AND number <=
                        (SELECT number FROM watchRecord WHERE request = ?1 ORDER BY number DESC LIMIT 1 OFFSET ?2)
                        """
                ).execute(arguments: [request, limit])
            }
        }
    }

    /// The records of a request's watches, oldest first: those behind a number, and told behind a position or at it.
    ///
    /// - Returns: The records, and the number up to which those of all requests were looked at.
    public func watchRecords(
        of request: UInt32, after number: Int64, from position: Position?
    ) throws(CatalogueFailure) -> (records: [StoredWatchRecord], through: Int64) {
        try read { database in
            let rows = try Row.fetchCursor(
                database,
                sql: """
                    SELECT number, episode, record, partition, epoch, sequence FROM watchRecord
                    WHERE request = ? AND number > ? ORDER BY number
                    """, arguments: [request, number])
            var records: [StoredWatchRecord] = []
            while let row = try rows.next() {
                let told = row[3] == nil ? nil : Catalogue.position(row, at: 3)
                if let position, let told, told < position { continue }
                records.append(
                    StoredWatchRecord(
                        number: row[0], request: request, episode: UInt64(bitPattern: row[1] as Int64), told: told,
                        bytes: [UInt8](row[2] as Data)))
            }
            return (records, try Int64.fetchOne(database, sql: "SELECT max(number) FROM watchRecord") ?? number)
        }
    }

    /// What is kept of watches.
    ///
    /// - Complexity: O(records).
    public func watches() throws(CatalogueFailure) -> StoredWatches {
        try read { database in
            var stored = StoredWatches()
            let open = try Row.fetchCursor(database, sql: "SELECT * FROM openWatch ORDER BY request, episode")
            while let row = try open.next() { if let watch = Catalogue.watch(row) { stored.open.append(watch) } }
            let watched = try Row.fetchCursor(database, sql: "SELECT stream, partition, epoch, sequence FROM watched")
            while let row = try watched.next() { stored.watched[row[0]] = Catalogue.position(row, at: 1) }
            let untold = try Row.fetchCursor(
                database, sql: "SELECT request, number FROM watchRecord WHERE sequence IS NULL ORDER BY number")
            while let row = try untold.next() {
                stored.untold[UInt32(clamping: row[0] as Int64), default: []].append(row[1])
            }
            stored.lastNumber = try Int64.fetchOne(database, sql: "SELECT max(number) FROM watchRecord") ?? 0
            let episodes = "SELECT episode FROM watchRecord UNION ALL SELECT episode FROM openWatch"
            stored.lastEpisode = UInt64(
                bitPattern: try Int64.fetchOne(database, sql: "SELECT max(episode) FROM (\(episodes))") ?? 0)
            return stored
        }
    }

    /// - Returns: Whether its request is in force.
    private static func insert(_ record: StoredWatchRecord, _ database: Database) throws -> Bool {
        let told = record.told.map(arguments) ?? [nil, nil, nil]
        try database.cachedStatement(
            sql: """
                INSERT INTO watchRecord (number, request, episode, record, partition, epoch, sequence)
                SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7
                WHERE EXISTS (SELECT 1 FROM request WHERE number = ?2 AND removed IS NULL)
                """
        ).execute(
            arguments: [
                record.number, record.request, Int64(bitPattern: record.episode), Data(record.bytes),
            ] + told)
        return database.changesCount > 0
    }

    private static func insert(_ watch: OpenWatch, _ database: Database) throws {
        let position = watch.position.map(arguments) ?? [nil, nil, nil]
        try database.cachedStatement(
            sql: """
                INSERT OR REPLACE INTO openWatch
                (request, episode, key, kind, probability, windowStart, windowEnd, deadline, calibrated, whole,
                partition, epoch, sequence) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                """
        ).execute(
            arguments: [
                watch.request.number, Int64(bitPattern: watch.id), Data(watch.key), watch.kind.rawValue,
                watch.probability, watch.windowStart.microseconds, watch.windowEnd.microseconds,
                watch.deadline.microseconds, watch.isCalibrated, watch.isWhole,
            ] + position)
    }

    private static func watch(_ row: Row) -> OpenWatch? {
        guard let kind = WatchRecord.Kind(rawValue: UInt8(clamping: row["kind"] as Int64)) else { return nil }
        var watch = OpenWatch(
            id: UInt64(bitPattern: row["episode"] as Int64),
            request: TailRequestID(UInt32(clamping: row["request"] as Int64)), key: [UInt8](row["key"] as Data),
            kind: kind, probability: row["probability"],
            windowStart: Timestamp(microseconds: row["windowStart"]),
            windowEnd: Timestamp(microseconds: row["windowEnd"]), deadline: Timestamp(microseconds: row["deadline"]),
            isCalibrated: row["calibrated"],
            position: row["sequence"] == nil
                ? nil
                : Position(
                    partition: UInt32(clamping: row["partition"] as Int64),
                    epoch: UInt32(clamping: row["epoch"] as Int64),
                    sequence: UInt64(bitPattern: row["sequence"] as Int64)))
        watch.isWhole = row["whole"]
        return watch
    }
}
#endif
