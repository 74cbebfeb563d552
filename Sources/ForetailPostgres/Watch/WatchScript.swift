#if Postgres
import FieldExtraction
import Foretail

/// The statements that make, find and remove a table's triggers.
///
///     function  foretail_notify_<table>_<hash>   in the table's schema, or the first of the search path
///     triggers  foretail_rows, foretail_truncate
struct WatchScript {
    private let table: PostgresName
    private let key: PostgresName?
    private let channel: String

    init(table: String, keyColumn: String?, channel: String) throws(ReferenceFailure) {
        self.table = try PostgresName(table, what: "table", most: 2)
        if let keyColumn {
            key = try PostgresName(keyColumn, what: "key column", most: 1)
        } else {
            key = nil
        }
        guard !channel.isEmpty, channel.utf8.count <= 63, !channel.utf8.contains(0) else {
            throw ReferenceFailure(.query, "channel '\(channel)': a name has 1 to 63 bytes")
        }
        self.channel = channel
    }

    /// The name of the function: a piece of the table's name, and a hash of all of it.
    private var functionName: String {
        let name = table.parts.last!
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325  // FNV-1a
        for byte in name.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
        let digits = String(hash & 0xFFFF_FFFF, radix: 16)
        var piece = ""
        for character in name where piece.utf8.count + character.utf8.count <= 38 { piece.append(character) }
        return "foretail_notify_\(piece)_\(digits)"
    }

    private var function: String {
        (table.parts.dropLast() + [functionName]).map(PostgresName.quoted).joined(separator: ".")
    }

    /// What the function does. It builds the payload with the server's own functions only, by their full names.
    var body: String {
        let channel = PostgresName.literal(channel)
        let everything = """
            PERFORM pg_catalog.pg_notify(\(channel), pg_catalog.json_build_object('table', TG_TABLE_NAME)::text);
            """
        guard let key else {
            return "\nBEGIN\n  \(everything)\n  RETURN NULL;\nEND\n"
        }
        func notice(_ row: String, unless condition: String) -> String {
            """
              IF \(condition) THEN
                payload := pg_catalog.json_build_object('table', TG_TABLE_NAME, 'key', \(row).\(key.quoted)::text)::text;
                IF pg_catalog.octet_length(payload) < 8000 THEN
                  PERFORM pg_catalog.pg_notify(\(channel), payload);
                ELSE
                  \(everything)
                END IF;
              END IF;
            """
        }
        return """

            DECLARE
              payload text;
            BEGIN
              IF TG_OP = 'TRUNCATE' THEN
                \(everything)
                RETURN NULL;
              END IF;
              IF TG_OP <> 'INSERT' THEN
            \(notice("OLD", unless: "OLD.\(key.quoted) IS NOT NULL"))
              END IF;
              IF TG_OP <> 'DELETE' THEN
            \(notice("NEW", unless: "NEW.\(key.quoted) IS NOT NULL"))
              END IF;
              RETURN NULL;
            END

            """
    }

    /// Of the trigger for rows, what depends on the key: `ROW` or `STATEMENT`.
    var rowTrigger: String { key == nil ? "STATEMENT" : "ROW" }

    /// Makes everything anew, in one transaction.
    var installation: String {
        """
        BEGIN;
        SELECT \(key?.quoted ?? "1") FROM \(table.quoted) LIMIT 0;
        CREATE OR REPLACE FUNCTION \(function)() RETURNS trigger LANGUAGE plpgsql AS \(PostgresName.literal(body));
        COMMENT ON FUNCTION \(function)() IS \(PostgresName.literal(comment));
        DROP TRIGGER IF EXISTS foretail_rows ON \(table.quoted);
        DROP TRIGGER IF EXISTS foretail_truncate ON \(table.quoted);
        CREATE TRIGGER foretail_rows AFTER INSERT OR UPDATE OR DELETE ON \(table.quoted)
          FOR EACH \(rowTrigger) EXECUTE FUNCTION \(function)();
        CREATE TRIGGER foretail_truncate AFTER TRUNCATE ON \(table.quoted)
          FOR EACH STATEMENT EXECUTE FUNCTION \(function)();
        COMMIT;
        """
    }

    private var comment: String {
        let told = key.map { "key in \($0.quoted)" } ?? "without a key"
        return "foretail: notices on channel '\(channel)', \(told)"
    }

    var removal: String {
        """
        BEGIN;
        DROP TRIGGER IF EXISTS foretail_rows ON \(table.quoted);
        DROP TRIGGER IF EXISTS foretail_truncate ON \(table.quoted);
        DROP FUNCTION IF EXISTS \(function)();
        COMMIT;
        """
    }

    /// One row: the function's body, how many of the two triggers are there and enabled, and whether the first is for rows.
    /// Fails where there is no such table.
    var inspection: String {
        """
        SELECT min(p.prosrc), count(t.oid), min(CASE WHEN t.tgtype & 1 = 1 THEN 'ROW' ELSE 'STATEMENT' END)
               FILTER (WHERE t.tgname = 'foretail_rows')
        FROM (SELECT \(PostgresName.literal(table.quoted))::regclass AS oid) AS c
        LEFT JOIN pg_catalog.pg_trigger AS t
               ON t.tgrelid = c.oid AND t.tgname IN ('foretail_rows', 'foretail_truncate') AND t.tgenabled <> 'D'
        LEFT JOIN pg_catalog.pg_proc AS p ON p.oid = t.tgfoid
        """
    }

    /// A row per watched table: its name, what the function's comment says, whether the triggers are enabled.
    static var list: String {
        """
        SELECT t.tgrelid::regclass, pg_catalog.obj_description(t.tgfoid, 'pg_proc'), t.tgenabled <> 'D'
        FROM pg_catalog.pg_trigger AS t WHERE t.tgname = 'foretail_rows' AND t.tgparentid = 0 ORDER BY 1
        """
    }
}
#endif
