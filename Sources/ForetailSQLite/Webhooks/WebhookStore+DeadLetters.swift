#if Server
public import FieldExtraction
import Foundation
import GRDB

extension WebhookStore {
    private static let columns =
        "id, request, stream, message, first, last, records, bytes, attempts, reason, started, ended, queued"

    /// Dead letters behind an id, ascending; those of one request, or all.
    public func deadLetters(
        of request: UInt32? = nil, after id: Int64 = 0, limit: Int
    ) throws(CatalogueFailure) -> [DeadLetter] {
        try read { database in
            try Row.fetchAll(
                database,
                sql: """
                    SELECT \(WebhookStore.columns) FROM deadLetter
                    WHERE id > ?1 \(request == nil ? "AND ?2 IS NULL" : "AND request = ?2") ORDER BY id LIMIT ?3
                    """, arguments: [id, request, limit]
            ).map(WebhookStore.letter)
        }
    }

    /// A dead letter and its body; nil: there is none of that id.
    public func deadLetter(_ id: Int64) throws(CatalogueFailure) -> (letter: DeadLetter, body: [UInt8])? {
        try read { database in
            try Row.fetchOne(
                database, sql: "SELECT \(WebhookStore.columns), body FROM deadLetter WHERE id = ?", arguments: [id]
            ).map { (try WebhookStore.letter($0), [UInt8]($0[13] as Data)) }
        }
    }

    /// Dead letters of each request.
    public func deadLetterCounts() throws(CatalogueFailure) -> [UInt32: Int] {
        try read { database in
            var counts: [UInt32: Int] = [:]
            for row in try Row.fetchAll(database, sql: "SELECT request, count(*) FROM deadLetter GROUP BY request") {
                counts[UInt32(clamping: row[0] as Int64)] = row[1]
            }
            return counts
        }
    }

    /// Notes that a dead letter is to be sent again.
    ///
    /// - Returns: The tail request it belongs to; nil: there is no such letter.
    public func queueDeadLetter(_ id: Int64) throws(CatalogueFailure) -> UInt32? {
        try write { database in
            try database.execute(sql: "UPDATE deadLetter SET queued = 1 WHERE id = ?", arguments: [id])
            return try Int64.fetchOne(database, sql: "SELECT request FROM deadLetter WHERE id = ?", arguments: [id])
                .map { UInt32(clamping: $0) }
        }
    }

    /// Notes that all dead letters of a request are to be sent again, oldest first.
    ///
    /// - Returns: How many.
    public func queueDeadLetters(of request: UInt32) throws(CatalogueFailure) -> Int {
        try write { database in
            try database.execute(sql: "UPDATE deadLetter SET queued = 1 WHERE request = ?", arguments: [request])
            return database.changesCount
        }
    }

    /// The oldest dead letter of a request that is to be sent again.
    public func nextQueued(of request: UInt32) throws(CatalogueFailure) -> (letter: DeadLetter, body: [UInt8])? {
        try read { database in
            try Row.fetchOne(
                database,
                sql: """
                    SELECT \(WebhookStore.columns), body FROM deadLetter WHERE request = ? AND queued ORDER BY id LIMIT 1
                    """, arguments: [request]
            ).map { (try WebhookStore.letter($0), [UInt8]($0[13] as Data)) }
        }
    }

    /// Notes that a dead letter was sent again in vain. None of its request is sent again until somebody asks for it.
    public func failDeadLetter(_ letter: DeadLetter, reason: String, at time: Timestamp) throws(CatalogueFailure) {
        try write { database in
            try database.execute(
                sql: "UPDATE deadLetter SET attempts = attempts + 1, reason = ?, ended = ? WHERE id = ?",
                arguments: [reason, time.microseconds, letter.id])
            try database.execute(sql: "UPDATE deadLetter SET queued = 0 WHERE request = ?", arguments: [letter.request])
        }
    }

    /// Removes a dead letter: it was taken, or nobody wants it any more.
    ///
    /// - Returns: Whether there was one.
    @discardableResult
    public func removeDeadLetter(_ id: Int64) throws(CatalogueFailure) -> Bool {
        let isGone = try write { database in
            try database.execute(sql: "DELETE FROM deadLetter WHERE id = ?", arguments: [id])
            return database.changesCount > 0
        }
        try recount()
        return isGone
    }

    /// Removes the dead letters of a request, or all.
    ///
    /// - Returns: How many.
    public func removeDeadLetters(of request: UInt32?) throws(CatalogueFailure) -> Int {
        let count = try write { database in
            if let request {
                try database.execute(sql: "DELETE FROM deadLetter WHERE request = ?", arguments: [request])
            } else {
                try database.execute(sql: "DELETE FROM deadLetter")
            }
            return database.changesCount
        }
        try recount()
        return count
    }

    private static func letter(_ row: Row) throws -> DeadLetter {
        DeadLetter(
            id: row[0], request: UInt32(clamping: row[1] as Int64), stream: row[2], message: row[3],
            first: try position(row[4]), last: try position(row[5]), records: row[6], bytes: row[7], attempts: row[8],
            reason: row[9], started: Timestamp(microseconds: row[10]), ended: Timestamp(microseconds: row[11]),
            isQueued: row[12])
    }
}
#endif
