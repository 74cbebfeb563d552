#if Server
import GRDB

/// The tables of the catalogue, version by version.
enum CatalogueSchema {
    /// `FTCT`
    static let applicationID: Int64 = 0x4654_4354

    /// The steps from an empty file to the present version. A step that was released is never changed.
    static var migrator: DatabaseMigrator {
        var migrator = DatabaseMigrator()
        migrator.registerMigration("1") { database in
            try database.execute(
                sql: """
                    CREATE TABLE stream (name TEXT PRIMARY KEY, descriptor TEXT NOT NULL, created INTEGER NOT NULL)
                        WITHOUT ROWID;
                    CREATE TABLE request (
                        number INTEGER PRIMARY KEY AUTOINCREMENT, stream TEXT NOT NULL, definition TEXT NOT NULL,
                        created INTEGER NOT NULL, removed INTEGER);
                    CREATE TABLE filterChange (
                        id INTEGER PRIMARY KEY, request INTEGER NOT NULL, partition INTEGER NOT NULL,
                        epoch INTEGER NOT NULL, sequence INTEGER NOT NULL, filter TEXT NOT NULL);
                    CREATE INDEX filterChangeOfRequest ON filterChange (request, id);
                    CREATE TABLE cursor (
                        request INTEGER PRIMARY KEY, partition INTEGER NOT NULL, epoch INTEGER NOT NULL,
                        sequence INTEGER NOT NULL);
                    CREATE TABLE snapshot (
                        stream TEXT PRIMARY KEY, partition INTEGER NOT NULL, epoch INTEGER NOT NULL,
                        sequence INTEGER NOT NULL, time INTEGER NOT NULL, data BLOB NOT NULL);
                    PRAGMA application_id = \(applicationID);
                    """)
        }
        migrator.registerMigration("2") { database in
            // What was told of watches, what is under way, and how far streams were watched.
            try database.execute(
                sql: """
                    CREATE TABLE watchRecord (
                        number INTEGER PRIMARY KEY, request INTEGER NOT NULL, episode INTEGER NOT NULL,
                        record BLOB NOT NULL, partition INTEGER, epoch INTEGER, sequence INTEGER);
                    CREATE INDEX watchRecordOfRequest ON watchRecord (request, number);
                    CREATE INDEX watchRecordUntold ON watchRecord (number) WHERE sequence IS NULL;
                    CREATE TABLE openWatch (
                        request INTEGER NOT NULL, episode INTEGER NOT NULL, key BLOB NOT NULL, kind INTEGER NOT NULL,
                        probability REAL NOT NULL, windowStart INTEGER NOT NULL, windowEnd INTEGER NOT NULL,
                        deadline INTEGER NOT NULL, calibrated INTEGER NOT NULL, whole INTEGER NOT NULL, partition INTEGER, epoch INTEGER,
                        sequence INTEGER, PRIMARY KEY (request, episode)) WITHOUT ROWID;
                    CREATE TABLE watched (
                        stream TEXT PRIMARY KEY, partition INTEGER NOT NULL, epoch INTEGER NOT NULL,
                        sequence INTEGER NOT NULL) WITHOUT ROWID;
                    """)
        }
        migrator.registerMigration("3") { database in
            // Who may call, and whose streams and tail requests are.
            try database.execute(
                sql: """
                    CREATE TABLE token (
                        id TEXT PRIMARY KEY, name TEXT NOT NULL, hash BLOB NOT NULL, definition TEXT NOT NULL,
                        created INTEGER NOT NULL, expires INTEGER, revoked INTEGER) WITHOUT ROWID;
                    ALTER TABLE stream ADD COLUMN owner TEXT;
                    ALTER TABLE request ADD COLUMN owner TEXT;
                    """)
        }
        return migrator
    }
}
#endif
