#if Server
import Foundation
import GRDB

/// What a server must remember besides events: streams, tail requests, their filters and cursors, snapshots of models. One file.
///
///     let catalogue = try Catalogue(path: folder + "/catalogue.sqlite")
///     let number = try catalogue.addRequest(stream: "metrics", definition: json, created: now)
///
/// Every call blocks, and what it wrote is on the disk when it returns. Any thread may call; one at a time is served.
/// All calls throw ``CatalogueFailure``.
public final class Catalogue: Sendable {
    /// The path of the file; SQLite keeps two more beside it.
    public let path: String
    private let queue: DatabaseQueue

    /// Opens or creates the file, and brings one of an earlier version to the present.
    ///
    /// - Throws: ``CatalogueFailure`` where it cannot be opened, is damaged, is another program's or a newer one's.
    public init(path: String) throws(CatalogueFailure) {
        self.path = path
        queue = try Catalogue.failing(path) {
            var configuration = Configuration()
            configuration.label = "foretail.catalogue"
            configuration.busyMode = .timeout(5)
            let queue = try DatabaseQueue(path: path, configuration: configuration)
            try queue.writeWithoutTransaction { database in
                let application = try Int64.fetchOne(database, sql: "PRAGMA application_id") ?? 0
                let tables = try Int.fetchOne(database, sql: "SELECT count(*) FROM sqlite_master") ?? 0
                guard application == CatalogueSchema.applicationID || (application == 0 && tables == 0) else {
                    throw CatalogueFailure(
                        message: "\(path): a SQLite file, but not a catalogue of foretail; move it away")
                }
                try database.execute(
                    sql: """
                        PRAGMA secure_delete = OFF;
                        PRAGMA journal_mode = WAL;
                        PRAGMA synchronous = FULL;
                        PRAGMA cache_size = -4096;
                        PRAGMA journal_size_limit = 16777216
                        """)
                guard try !CatalogueSchema.migrator.hasBeenSuperseded(database) else {
                    throw CatalogueFailure(
                        message: "\(path): written by a newer version of foretail; use that one, or one newer still")
                }
            }
            try CatalogueSchema.migrator.migrate(queue)
            return queue
        }
    }

    /// Closes the file.
    public func close() throws(CatalogueFailure) {
        try Catalogue.failing(path) { try queue.close() }
    }

    /// Runs statements in a transaction that is durable when this returns.
    func write<Value: Sendable>(_ body: (Database) throws -> Value) throws(CatalogueFailure) -> Value {
        try Catalogue.failing(path) { try queue.write(body) }
    }

    /// Runs statements that only read.
    func read<Value: Sendable>(_ body: (Database) throws -> Value) throws(CatalogueFailure) -> Value {
        try Catalogue.failing(path) { try queue.read(body) }
    }

    /// Runs something of SQLite's, and says what fails as this module does.
    static func failing<Value>(_ path: String, _ body: () throws -> Value) throws(CatalogueFailure) -> Value {
        do {
            return try body()
        } catch let failure as CatalogueFailure {
            throw failure
        } catch let error as DatabaseError {
            let failure = LogFailure(error, path: path)
            throw CatalogueFailure(message: failure.message, isFull: failure.kind == .full)
        } catch {
            throw CatalogueFailure(message: "\(path): \(error)")
        }
    }
}
#endif
