#if Server
import FieldExtraction
import Foretail
import ForetailSQLite

/// Tokens for eyes.
enum TokenText {
    /// A token of the catalogue as a server would show it.
    ///
    /// - Throws: A failure for one that cannot be read.
    static func document(_ stored: StoredToken) throws -> JSONValue {
        let rights: JSONValue
        do throws(FieldExtractionError) {
            rights = try JSONValue(parsing: Array(stored.definition.utf8))
        } catch {
            throw ForetailError(.source, "token \(stored.id): \(error)")
        }
        return .object(
            [("id", .string(stored.id)), ("name", .string(stored.name))]
                + rights.members.map { ($0.key, $0.value) } + [
                    ("created", .string(stored.created.description)),
                    ("expires", stored.expires.map { .string($0.description) }),
                    ("revoked", stored.revoked.map { .string($0.description) }),
                ])
    }

    /// A line for each.
    static func table(_ tokens: [JSONValue], style: TerminalStyle) -> [UInt8] {
        guard !tokens.isEmpty else { return Array("no tokens: nobody has to say who he is\n".utf8) }
        var output: [UInt8] = []
        var rows = [["id", "name", "scopes", "state", "streams", "quotas"]]
        rows += tokens.map { token in
            [
                token["id"]?.text ?? "", token["name"]?.text ?? "", RequestText.list(token["scopes"]), state(token),
                RequestText.list(token["streams"]),
                (token["quotas"]?.members ?? []).map { "\($0.key) \($0.value.whole ?? 0)" }.joined(separator: ", "),
            ].map(TerminalText.harmless)
        }
        let widths = (0..<5).map { column in rows.map { TerminalText.cells($0[column]) }.max() ?? 0 }
        for (number, row) in rows.enumerated() {
            var line = ""
            for (column, text) in row.prefix(5).enumerated() {
                line += TerminalText.padded(text, cells: widths[column]) + "  "
            }
            style.append(line + row[5], number == 0 ? .dim : nil, to: &output)
            output.append(UInt8(ascii: "\n"))
        }
        return output
    }

    private static func state(_ token: JSONValue) -> String {
        if let revoked = token["revoked"]?.text { return "revoked \(revoked.prefix(10))" }
        guard let expires = token["expires"]?.text else { return "in force" }
        let isOver = Timestamp(parsing: expires).map { $0 <= SystemClock().now() } ?? false
        return (isOver ? "ended " : "ends ") + expires.prefix(10)
    }
}
#endif
