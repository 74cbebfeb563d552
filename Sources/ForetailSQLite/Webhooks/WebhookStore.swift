#if Server
public import FieldExtraction
public import Foretail
import Foundation
import GRDB
import Synchronization

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// What deliveries to webhooks must remember: secrets, how far they are, what is on its way, and dead letters. One file, which
/// only its owner can read.
///
/// Every call blocks, and what it wrote is on the disk when it returns. Any thread may call; one at a time is served.
/// All calls throw ``CatalogueFailure``.
public final class WebhookStore: Sendable {
    /// The path of the file; SQLite keeps two more beside it.
    public let path: String
    private let queue: DatabaseQueue
    private let usage: Mutex<(count: Int, bytes: Int)>

    /// Opens or creates the file.
    ///
    /// - Throws: ``CatalogueFailure`` where it cannot be opened, is damaged, is another program's or a newer one's.
    public init(path: String) throws(CatalogueFailure) {
        self.path = path
        // Secrets are in it: SQLite's files beside it get the same rights.
        let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else {
            throw CatalogueFailure(message: "\(path): \(String(cString: strerror(errno))); let the server write there")
        }
        Self.release(descriptor)
        queue = try Catalogue.failing(path) {
            var configuration = Configuration()
            configuration.label = "foretail.webhooks"
            configuration.busyMode = .timeout(5)
            let queue = try DatabaseQueue(path: path, configuration: configuration)
            try queue.writeWithoutTransaction { database in
                let application = try Int64.fetchOne(database, sql: "PRAGMA application_id") ?? 0
                let tables = try Int.fetchOne(database, sql: "SELECT count(*) FROM sqlite_master") ?? 0
                guard application == WebhookSchema.applicationID || (application == 0 && tables == 0) else {
                    throw CatalogueFailure(
                        message: "\(path): a SQLite file, but not one of foretail's webhooks; move it away")
                }
                try database.execute(
                    sql: """
                        PRAGMA secure_delete = FAST;
                        PRAGMA journal_mode = WAL;
                        PRAGMA synchronous = FULL;
                        PRAGMA cache_size = -4096;
                        PRAGMA journal_size_limit = 16777216
                        """)
                guard try !WebhookSchema.migrator.hasBeenSuperseded(database) else {
                    throw CatalogueFailure(
                        message: "\(path): written by a newer version of foretail; use that one, or one newer still")
                }
            }
            try WebhookSchema.migrator.migrate(queue)
            return queue
        }
        let queue = queue
        usage = Mutex(try Catalogue.failing(path) { try queue.read(WebhookStore.count) })
    }

    private static func release(_ descriptor: Int32) {
        #if canImport(Glibc)
        _ = Glibc.close(descriptor)
        #elseif canImport(Musl)
        _ = Musl.close(descriptor)
        #endif
    }

    /// Closes the file.
    public func close() throws(CatalogueFailure) { try Catalogue.failing(path) { try queue.close() } }

    func write<Value: Sendable>(_ body: (Database) throws -> Value) throws(CatalogueFailure) -> Value {
        try Catalogue.failing(path) { try queue.write(body) }
    }

    func read<Value: Sendable>(_ body: (Database) throws -> Value) throws(CatalogueFailure) -> Value {
        try Catalogue.failing(path) { try queue.read(body) }
    }

    // MARK: Registrations

    /// The requests that have a webhook.
    public func requests() throws(CatalogueFailure) -> Set<UInt32> {
        try read { database in
            Set(try Int64.fetchAll(database, sql: "SELECT request FROM webhook").map { UInt32(clamping: $0) })
        }
    }

    /// The webhook of a request; nil: there is none.
    public func webhook(of request: UInt32) throws(CatalogueFailure) -> StoredWebhook? {
        try read { database in
            try Row.fetchOne(
                database,
                sql: """
                    SELECT secret, salt, stopped, partition, epoch, sequence, previous, previousUntil
                    FROM webhook WHERE request = ?
                    """, arguments: [request]
            ).map { row in
                var webhook = StoredWebhook(
                    secret: [UInt8](row[0] as Data), salt: [UInt8](row[1] as Data),
                    cursor: (row[3] as Int64?).map { _ in Catalogue.position(row, at: 3) }, stopped: row[2])
                webhook.previous = (row[6] as Data?).map { [UInt8]($0) }
                webhook.previousUntil = Timestamp(microseconds: row[7])
                return webhook
            }
        }
    }

    /// Keeps a new webhook, or gives one another secret and lets it go on.
    public func put(_ webhook: StoredWebhook, of request: UInt32) throws(CatalogueFailure) {
        try write { database in
            try database.execute(
                sql: """
                    INSERT INTO webhook (request, secret, salt, previous, previousUntil) VALUES (?, ?, ?, ?, ?)
                    ON CONFLICT (request) DO UPDATE SET secret = excluded.secret, previous = excluded.previous,
                        previousUntil = excluded.previousUntil, stopped = NULL
                    """,
                arguments: [
                    request, Data(webhook.secret), Data(webhook.salt), webhook.previous.map { Data($0) },
                    webhook.previousUntil.microseconds,
                ])
        }
    }

    /// Forgets a webhook, and the batch on its way. Its dead letters stay until they are purged.
    public func remove(_ request: UInt32) throws(CatalogueFailure) {
        try write { database in
            try database.execute(sql: "DELETE FROM webhook WHERE request = ?", arguments: [request])
            try database.execute(sql: "DELETE FROM outbox WHERE request = ?", arguments: [request])
            try database.execute(sql: "UPDATE deadLetter SET queued = 0 WHERE request = ?", arguments: [request])
        }
    }

    /// Says why nothing is sent any more.
    public func stop(_ request: UInt32, reason: String) throws(CatalogueFailure) {
        try write { database in
            try database.execute(sql: "UPDATE webhook SET stopped = ? WHERE request = ?", arguments: [reason, request])
        }
    }

    // MARK: The batch on its way

    /// The batch on its way; nil: there is none.
    public func batch(of request: UInt32) throws(CatalogueFailure) -> StoredBatch? {
        try read { database in
            try Row.fetchOne(
                database,
                sql: "SELECT message, first, last, cursor, records, started, body FROM outbox WHERE request = ?",
                arguments: [request]
            ).map { row in
                StoredBatch(
                    message: row[0], first: try WebhookStore.position(row[1]), last: try WebhookStore.position(row[2]),
                    cursor: try WebhookStore.position(row[3]), records: row[4],
                    started: Timestamp(microseconds: row[5]), body: [UInt8](row[6] as Data))
            }
        }
    }

    /// Ends the batch on its way, moves the cursor, and keeps the next batch: all in one write.
    ///
    /// - Parameter cursor: Up to where everything was taken; nil: it stays.
    public func advance(_ request: UInt32, to cursor: Position?, next: StoredBatch?) throws(CatalogueFailure) {
        try write { database in
            if let cursor { try WebhookStore.move(request, to: cursor, database) }
            guard let next else { return }
            try database.execute(
                sql: """
                    INSERT INTO outbox (request, message, first, last, cursor, records, started, body)
                    SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8 WHERE EXISTS (SELECT 1 FROM webhook WHERE request = ?1)
                    """,
                arguments: [
                    request, next.message, next.first.description, next.last.description, next.cursor.description,
                    next.records, next.started.microseconds, Data(next.body),
                ])
        }
    }

    private static func move(_ request: UInt32, to cursor: Position, _ database: Database) throws {
        try database.execute(sql: "DELETE FROM outbox WHERE request = ?", arguments: [request])
        try database.execute(
            sql: "UPDATE webhook SET partition = ?, epoch = ?, sequence = ? WHERE request = ?",
            arguments: Catalogue.arguments(cursor) + [request])
    }

    // MARK: Dead letters

    /// How many dead letters there are, and the bytes of their bodies.
    public var deadLetterUsage: (count: Int, bytes: Int) { usage.withLock { $0 } }

    /// Makes the batch on its way a dead letter, if there is room, and moves the cursor: in one write, so that it is never in
    /// neither place.
    ///
    /// - Returns: Whether there was room, and the batch.
    public func bury(
        _ request: UInt32, stream: String, attempts: Int, reason: String, at time: Timestamp, limit: Int, bytes: Int
    ) throws(CatalogueFailure) -> Bool {
        let usage = try write { database -> (count: Int, bytes: Int)? in
            let now = try WebhookStore.count(database)
            let row = try Row.fetchOne(
                database, sql: "SELECT length(body), cursor FROM outbox WHERE request = ?", arguments: [request])
            guard let row, now.count < limit, now.bytes + (row[0] as Int) <= bytes else { return nil }
            try database.execute(
                sql: """
                    INSERT INTO deadLetter
                        (request, stream, message, first, last, records, bytes, attempts, reason, started, ended, body)
                    SELECT request, ?2, message, first, last, records, length(body), ?3, ?4, started, ?5, body
                    FROM outbox WHERE request = ?1
                    """, arguments: [request, stream, attempts, reason, time.microseconds])
            try WebhookStore.move(request, to: try WebhookStore.position(row[1]), database)
            return (now.count + 1, now.bytes + row[0])
        }
        guard let usage else { return false }
        self.usage.withLock { $0 = usage }
        return true
    }

    static func count(_ database: Database) throws -> (count: Int, bytes: Int) {
        let row = try Row.fetchOne(database, sql: "SELECT count(*), coalesce(sum(bytes), 0) FROM deadLetter")
        return (row?[0] ?? 0, row?[1] ?? 0)
    }

    func recount() throws(CatalogueFailure) {
        let now = try read(WebhookStore.count)
        usage.withLock { $0 = now }
    }

    static func position(_ text: String) throws -> Position {
        let numbers = text.split { $0 == ":" || $0 == "-" }.compactMap { UInt64($0) }
        guard numbers.count == 3 else {
            throw CatalogueFailure(message: "the webhooks' file holds '\(text)' where a position has to be")
        }
        return Position(
            partition: UInt32(clamping: numbers[0]), epoch: UInt32(clamping: numbers[1]), sequence: numbers[2])
    }
}
#endif
