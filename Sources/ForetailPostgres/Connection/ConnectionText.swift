#if Postgres
import CPostgres
import Foretail

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// A connection string that libpq could read, with what messages may say of it.
struct ConnectionText: Sendable {
    /// The string itself, which holds the password.
    let text: String
    /// What messages begin with: `store 'customers', PostgreSQL at db:5432/shop`.
    let place: String
    private let secrets: [String]

    /// - Parameter subject: What the connection is for: `store 'customers'`.
    init(_ text: String, subject: String) throws(ReferenceFailure) {
        self.text = text
        var message: UnsafeMutablePointer<CChar>?
        guard !text.utf8.contains(0), let options = PQconninfoParse(text, &message) else {
            // The message may quote a piece of the password, where that was not put into quotes.
            let reason = message.map { Self.withoutQuotes(String(cString: $0)) } ?? "it holds a zero byte"
            PQfreemem(message)
            throw ReferenceFailure(
                .connection,
                """
                \(subject), connection string: \(reason); write 'host=… port=… dbname=… user=…' or \
                'postgresql://user@host:port/database', values with blanks in single quotes
                """)
        }
        defer { PQconninfoFree(options) }
        var values: [String: String] = [:]
        var option = options
        while let keyword = option.pointee.keyword {
            if let value = option.pointee.val { values[String(cString: keyword)] = String(cString: value) }
            option += 1
        }
        secrets = ["password", "sslpassword"].compactMap { values[$0] }.filter { !$0.isEmpty }
        func known(_ keyword: String, _ variable: String) -> String? {
            values[keyword] ?? getenv(variable).map { String(cString: $0) }
        }
        let host = known("host", "PGHOST") ?? values["hostaddr"] ?? "the local socket"
        let database = known("dbname", "PGDATABASE") ?? known("user", "PGUSER") ?? ""
        place = "\(subject), PostgreSQL at \(host):\(known("port", "PGPORT") ?? "5432")/\(database)"
    }

    /// A message of libpq in one line, without the password.
    func plain(_ message: String) -> String {
        var line = message.split(whereSeparator: \.isNewline).joined(separator: "; ")
        for secret in secrets {
            line = line.split(separator: secret, omittingEmptySubsequences: false).joined(separator: "…")
        }
        while line.last == " " { line.removeLast() }
        return line
    }

    /// A failure that names the place.
    func failure(_ kind: ReferenceFailure.Kind, _ message: String) -> ReferenceFailure {
        ReferenceFailure(kind, "\(place): \(plain(message))")
    }

    private static func withoutQuotes(_ message: String) -> String {
        let pieces = message.split(separator: "\"", omittingEmptySubsequences: false)
        let shown = pieces.enumerated().map { $0.offset % 2 == 0 ? String($0.element) : "…" }
        return shown.joined(separator: "\"").split(whereSeparator: \.isNewline).joined(separator: " ")
    }
}
#endif
