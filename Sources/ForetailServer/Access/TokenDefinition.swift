#if Server
package import FieldExtraction
import ForetailSQLite
import HTTPTypes

/// What a token may: its scopes, the streams it covers, its quotas.
package struct TokenDefinition: Hashable, Sendable {
    /// The tenant it belongs to; several tokens may belong to one.
    package var name: String
    /// What it may do.
    package var scopes: Set<AccessScope>
    /// The streams it may do that with.
    package var streams: [StreamPattern]
    /// How much of it.
    package var quotas: TokenQuotas
    /// When it ends; nil: never.
    package var expires: Timestamp?

    static let memberNames = "name, scopes, streams, quotas, expires"
    private static let patternLimit = 64

    /// Creates a definition.
    ///
    /// - Throws: ``StartError`` naming what is wrong.
    package init(
        name: String, scopes: Set<AccessScope>, streams: [StreamPattern], quotas: TokenQuotas = TokenQuotas(),
        expires: Timestamp? = nil
    ) throws(StartError) {
        self.name = name
        self.scopes = scopes
        self.streams = streams
        self.quotas = quotas
        self.expires = expires
        do throws(Problem) { try check() } catch { throw StartError(message: "\(error.field ?? ""): \(error.detail)") }
    }

    /// Reads what a user asks for.
    ///
    /// - Parameter now: When it is asked for; a token ends later.
    init(_ value: JSONValue, now: Timestamp) throws(Problem) {
        var reader = try ObjectReader(value)
        guard let name = try reader.string("name") else {
            throw .invalid(
                "name", "a token belongs to a tenant",
                remedy: #"{"name":"team-a","scopes":["read","write"],"streams":["team-a.*"]}"#)
        }
        self.name = name
        (scopes, streams, quotas) = try Self.rights(&reader)
        if let text = try reader.string("expires") {
            guard let end = Self.end(text, now: now) else {
                throw .invalid(
                    "expires", "expected a time to come such as 2030-01-01T00:00:00Z, or a duration such as 30d")
            }
            expires = end
        }
        try reader.finish(knows: Self.memberNames)
        try check()
    }

    /// Reads what the catalogue holds.
    init(_ stored: StoredToken) throws(Problem) {
        let value: JSONValue
        do throws(FieldExtractionError) {
            value = try JSONValue(parsing: Array(stored.definition.utf8))
        } catch {
            throw .invalid("definition", error.description)
        }
        var reader = try ObjectReader(value)
        name = stored.name
        (scopes, streams, quotas) = try Self.rights(&reader)
        expires = stored.expires
    }

    private static func rights(
        _ reader: inout ObjectReader
    ) throws(Problem) -> (Set<AccessScope>, [StreamPattern], TokenQuotas) {
        var scopes: Set<AccessScope> = []
        for text in try reader.strings("scopes") ?? [] {
            guard let scope = AccessScope(rawValue: text) else {
                throw .invalid("scopes", "expected read, write or admin, not '\(text)'")
            }
            scopes.insert(scope)
        }
        var streams: [StreamPattern] = []
        for text in try reader.strings("streams") ?? [] {
            guard let pattern = StreamPattern(text) else {
                throw .invalid("streams", "'\(text)' is no stream's name, nor the beginning of one with a * behind it")
            }
            streams.append(pattern)
        }
        guard var quotas = try reader.object("quotas") else { return (scopes, streams, TokenQuotas()) }
        return (scopes, streams, try TokenQuotas(&quotas))
    }

    /// When a token ends: `30d`, or a time; nil for anything else, and for what is over.
    package static func end(_ text: String, now: Timestamp) -> Timestamp? {
        if let duration = DurationText.microseconds(text), duration > 0 {
            return Timestamp(microseconds: now.microseconds + duration)
        }
        guard text.utf8.contains(UInt8(ascii: "-")), let time = Timestamp(parsing: text), time > now else { return nil }
        return time
    }

    private func check() throws(Problem) {
        let isName =
            (1...64).contains(name.utf8.count)
            && name.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: "\"") && $0 != UInt8(ascii: "\\") }
        guard isName else {
            throw .invalid("name", "expected 1 to 64 printable characters without spaces, quotes and backslashes")
        }
        guard !scopes.isEmpty else {
            throw .invalid("scopes", "a token has a scope", remedy: "state one or more of read, write and admin")
        }
        guard !streams.isEmpty, streams.count <= Self.patternLimit else {
            throw .invalid(
                "streams", "expected 1 to \(Self.patternLimit) streams", remedy: #"["metrics","team-a.*"]; ["*"]: all"#)
        }
    }

    /// Whether it may everything: tokens, and what belongs to nobody.
    package var isWhole: Bool { scopes.contains(.admin) && streams.contains(.all) }

    /// Whether it may do something with the streams it covers.
    package func allows(_ scope: AccessScope) -> Bool { scopes.contains(scope) || scopes.contains(.admin) }

    /// Whether it covers a stream of this name.
    package func covers(_ stream: String) -> Bool { streams.contains { $0.covers(stream) } }

    /// The rights as they are shown.
    package var members: [(String, JSONValue?)] {
        [
            ("name", .string(name)),
            ("scopes", .array(AccessScope.allCases.filter(scopes.contains).map { .string($0.rawValue) })),
            ("streams", .array(streams.map { .string($0.description) })),
            ("quotas", quotas.document),
        ]
    }

    /// The rights as they are stored: what has a column of its own is not among them.
    package var text: String {
        String(decoding: JSONValue(members: members.filter { $0.0 != "name" }).bytes, as: UTF8.self)
    }
}
#endif
