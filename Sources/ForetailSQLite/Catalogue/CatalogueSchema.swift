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
        return migrator
    }
}
#endif
