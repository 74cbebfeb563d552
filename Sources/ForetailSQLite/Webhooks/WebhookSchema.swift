#if Server
import GRDB

/// The tables of the webhooks' file, version by version.
enum WebhookSchema {
    /// `FTWH`
    static let applicationID: Int64 = 0x4654_5748

    /// The steps from an empty file to the present version. A step that was released is never changed.
    static var migrator: DatabaseMigrator {
        var migrator = DatabaseMigrator()
        migrator.registerMigration("1") { database in
            try database.execute(
                sql: """
                    CREATE TABLE webhook (
                        request INTEGER PRIMARY KEY, secret BLOB NOT NULL, salt BLOB NOT NULL, stopped TEXT,
                        partition INTEGER, epoch INTEGER, sequence INTEGER);
                    CREATE TABLE outbox (
                        request INTEGER PRIMARY KEY, message TEXT NOT NULL, first TEXT NOT NULL, last TEXT NOT NULL,
                        cursor TEXT NOT NULL, records INTEGER NOT NULL, started INTEGER NOT NULL, body BLOB NOT NULL);
                    CREATE TABLE deadLetter (
                        id INTEGER PRIMARY KEY AUTOINCREMENT, request INTEGER NOT NULL, stream TEXT NOT NULL,
                        message TEXT NOT NULL, first TEXT NOT NULL, last TEXT NOT NULL, records INTEGER NOT NULL,
                        bytes INTEGER NOT NULL, attempts INTEGER NOT NULL, reason TEXT NOT NULL,
                        started INTEGER NOT NULL, ended INTEGER NOT NULL, queued INTEGER NOT NULL DEFAULT 0,
                        body BLOB NOT NULL);
                    CREATE INDEX deadLetterOfRequest ON deadLetter (request, id);
                    CREATE INDEX deadLetterQueued ON deadLetter (request, id) WHERE queued;
                    PRAGMA application_id = \(applicationID);
                    """)
        }
        migrator.registerMigration("2") { database in
            try database.execute(
                sql: """
                    ALTER TABLE webhook ADD COLUMN previous BLOB;
                    ALTER TABLE webhook ADD COLUMN previousUntil INTEGER NOT NULL DEFAULT 0;
                    """)
        }
        return migrator
    }
}
#endif
