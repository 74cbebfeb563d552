#if Server
import FieldExtraction
import Foretail
import HTTPTypes

/// Lookups as a user states them.
enum LookupDefinition {
    private static let names =
        "name, as, store, query, key, ttl, maxStaleness, onNotStaged, maxWait, onNoRow, prefetch, rows"

    private static let historyNames = "name, as, store, key, rows, maxWait, onNoRow"

    /// Reads `lookups`.
    static func read(_ reader: inout ObjectReader) throws(Problem) -> [LookupSettings] {
        switch reader.value("lookups") {
        case nil: return []
        case .array(let values):
            var lookups: [LookupSettings] = []
            for (place, value) in values.enumerated() {
                var reader = try ObjectReader(value, at: "lookups[\(place)]")
                lookups.append(try lookup(&reader))
            }
            let limit = LookupLimits().lookups
            guard lookups.count <= limit else { throw .invalid("lookups", "expected at most \(limit) of them") }
            guard Set(lookups.map { RowKey($0.name) }).count == lookups.count else {
                throw Problem(
                    .conflict, "lookup-exists", "two lookups have the same name", field: "lookups",
                    remedy: "give each a name of its own with `as`")
            }
            return lookups
        default: throw .invalid("lookups", "expected a list of objects")
        }
    }

    private static func lookup(_ reader: inout ObjectReader) throws(Problem) -> LookupSettings {
        let name = try reader.string("name")
        let alias = try reader.string("as")
        guard let store = try reader.string("store") else {
            throw .invalid(reader.name("store"), "a lookup names the store it asks")
        }
        for (place, text) in [("name", name), ("as", alias)] {
            guard let text, !text.isEmpty, text.utf8.count <= 64,
                !text.utf8.contains(where: { $0 < 0x20 || $0 == 0x7F })
            else {
                if text == nil { continue }
                throw .invalid(reader.name(place), "expected 1 to 64 printable bytes")
            }
        }
        guard let member = alias ?? name else { throw .invalid(reader.name("name"), "a lookup has a name") }
        var lookup =
            try store == LookupSettings.historyStore ? history(member, &reader) : question(member, store, &reader)
        lookup.query.rowLimit = try reader.integer("rows", in: 1...1_000) ?? lookup.query.rowLimit
        lookup.maxWaitMicroseconds = try reader.duration("maxWait") ?? lookup.maxWaitMicroseconds
        if let text = try reader.string("onNoRow") {
            guard let rule = LookupSettings.NoRow(rawValue: text) else {
                throw .invalid(reader.name("onNoRow"), "expected forward or drop")
            }
            lookup.onNoRow = rule
        }
        try reader.finish(knows: lookup.isHistory ? historyNames : names)
        do throws(ForetailError) {
            _ = try lookup.compiledKey()
        } catch {
            throw .invalid(reader.name(place(of: error)), error.message)
        }
        return lookup
    }

    /// A lookup of the stream's own past.
    private static func history(_ name: String, _ reader: inout ObjectReader) throws(Problem) -> LookupSettings {
        var lookup = LookupSettings(history: name)
        lookup.key = try reader.string("key") ?? lookup.key
        return lookup
    }

    /// A lookup that asks a store.
    private static func question(
        _ name: String, _ store: String, _ reader: inout ObjectReader
    ) throws(Problem) -> LookupSettings {
        guard let query = try reader.string("query"), let key = try reader.string("key") else {
            throw .invalid(
                reader.name("query"), "a lookup states a query and a key",
                remedy:
                    #"{"name":"customer","store":"crm","query":"SELECT name FROM customers WHERE id = $1","key":"event.customer"}"#
            )
        }
        guard query.utf8.count <= 64 << 10 else {
            throw .invalid(reader.name("query"), "expected at most 64 KiB of text")
        }
        var lookup = LookupSettings(name, store: store, query: query, key: key)
        lookup.timeToLiveMicroseconds = try reader.duration("ttl")
        lookup.maxStalenessMicroseconds = try reader.duration("maxStaleness") ?? lookup.maxStalenessMicroseconds
        if let text = try reader.string("onNotStaged") {
            guard let rule = LookupSettings.NotStaged(rawValue: text) else {
                throw .invalid(reader.name("onNotStaged"), "expected wait or forward")
            }
            lookup.onNotStaged = rule
        }
        lookup.prefetches = try reader.bool("prefetch") ?? true
        return lookup
    }

    /// The member that an error of the core speaks of: its message names it behind the lookup.
    private static func place(of error: ForetailError) -> String {
        for name in ["ttl", "maxStaleness", "maxWait", "rows", "key"] where error.message.contains("', \(name):") {
            return name
        }
        return "name"
    }

    /// A lookup as it is stored and shown.
    static func document(_ lookup: LookupSettings) -> JSONValue {
        guard !lookup.isHistory else {
            return JSONValue(members: [
                ("name", .string(lookup.name)), ("store", .string(lookup.store)), ("key", .string(lookup.key)),
                ("rows", .number(lookup.query.rowLimit)),
                ("maxWait", .string(DurationText.text(lookup.maxWaitMicroseconds))),
                ("onNoRow", .string(lookup.onNoRow.rawValue)),
            ])
        }
        return JSONValue(members: [
            ("name", .string(lookup.name)), ("store", .string(lookup.store)), ("query", .string(lookup.query.text)),
            ("key", .string(lookup.key)), ("rows", .number(lookup.query.rowLimit)),
            ("ttl", lookup.timeToLiveMicroseconds.map { .string(DurationText.text($0)) }),
            ("maxStaleness", .string(DurationText.text(lookup.maxStalenessMicroseconds))),
            ("onNotStaged", .string(lookup.onNotStaged.rawValue)),
            ("maxWait", .string(DurationText.text(lookup.maxWaitMicroseconds))),
            ("onNoRow", .string(lookup.onNoRow.rawValue)), ("prefetch", .bool(lookup.prefetches)),
        ])
    }

    /// What became of a lookup, as it is shown.
    static func document(_ lookup: LookupSettings, _ statistics: LookupStatistics) -> JSONValue {
        JSONValue(
            members: [("name", .string(lookup.name)), ("store", .string(lookup.store))] + statistics.members)
    }
}

extension LookupStatistics {
    /// The figures by the names they are shown under.
    var members: [(String, JSONValue?)] {
        [
            ("staged", .number(staged)), ("fetched", .number(fetched)), ("timeouts", .number(timeouts)),
            ("none", .number(none)), ("dropped", .number(dropped)), ("failures", .number(failures)),
            ("demandFetches", .number(demandFetches)), ("prefetches", .number(prefetches)),
            ("useful", .number(useful)), ("late", .number(late)), ("wasted", .number(wasted)),
            ("refused", .number(refused)), ("invalidated", .number(invalidated)),
            ("plainHits", .number(plainHits)), ("polluted", .number(polluted)),
            ("precision", precision.map { .double($0) } ?? .null),
            ("trafficFactor", trafficFactor.map { .double($0) } ?? .null),
            ("fetchSeconds", .double(fetchMicroseconds / 1_000_000)),
            ("savedSeconds", .double(Double(savedMicroseconds) / 1_000_000)),
        ]
    }
}
#endif
