internal import FieldExtraction

/// Reads the text form of an ``EventSchema``.
struct EventSchemaParser {
    let source: [UInt8]
    var position = 0

    /// What people write for a kind that has another name here.
    private static let synonyms: [String: String] = [
        "int": "number", "integer": "number", "float": "number", "double": "number", "str": "string",
        "text": "string", "bool": "boolean", "list": "array", "map": "object", "dict": "object",
    ]

    init(text: String) { source = Array(text.utf8) }

    /// Reads the text whole.
    mutating func schema() throws(FilterError) -> EventSchema {
        guard source.count <= FilterLimits.largestSource else {
            throw FilterError(
                .schema, "it has \(source.count) bytes, more than \(FilterLimits.largestSource); name fewer fields",
                column: 1)
        }
        var schema = EventSchema(isClosed: true)
        var places: [FieldPath: Int] = [:]
        while true {
            skipSpaces()
            if takeDots() {
                schema.isClosed = false
                skipSpaces()
                guard position == source.count else { throw error("'...' must be the last entry") }
                break
            }
            let start = position
            let path = try path()
            let field = try field(of: path)
            guard places[path] == nil else {
                throw error("'\(path.name)' is declared twice; join its kinds with '|'", at: start)
            }
            guard schema.count < EventSchema.fieldLimit else {
                throw error("more than \(EventSchema.fieldLimit) fields; name those that filters read", at: start)
            }
            places[path] = start
            schema[path] = field
            skipSpaces()
            if position == source.count { break }
            guard take(",") else {
                throw error("expected ',' or the end, found \(found); write name:kind,name:kind")
            }
        }
        try checkParents(schema, places)
        return schema
    }

    /// Refuses a field below one that is declared to be no object.
    private func checkParents(_ schema: EventSchema, _ places: [FieldPath: Int]) throws(FilterError) {
        for path in schema.paths {
            for count in 1..<max(1, path.keys.count) {
                let parent = FieldPath(root: .event, Array(path.keys.prefix(count)))
                guard let field = schema[parent], !field.kinds.contains(.object) else { continue }
                throw error(
                    "'\(path.name)' lies in '\(parent.name)', which is declared as \(field.kinds); "
                        + "write \(parent.name):object|\(field.kinds)",
                    at: places[path])
            }
        }
    }

    private mutating func path() throws(FilterError) -> FieldPath {
        let start = position
        var keys: [String] = []
        repeat {
            keys.append(try key())
        } while take(".")
        guard keys.count <= EventSchema.depthLimit else {
            throw error("more than \(EventSchema.depthLimit) levels; declare the object above", at: start)
        }
        return FieldPath(root: .event, keys)
    }

    private mutating func key() throws(FilterError) -> String {
        let start = position
        if take("`") {
            guard let length = source[position...].firstIndex(of: UInt8(ascii: "`")) else {
                throw error("the name that begins here has no closing '`'", at: start)
            }
            defer { position = length + 1 }
            return String(decoding: source[position..<length], as: UTF8.self)
        }
        while position < source.count, EventSchemaParser.isPlain(source[position]) { position += 1 }
        guard position > start else {
            throw error("expected a field's name, found \(found); write name:kind, names with signs in backquotes")
        }
        return String(decoding: source[start..<position], as: UTF8.self)
    }

    private mutating func field(of path: FieldPath) throws(FilterError) -> EventSchema.Field {
        skipSpaces()
        guard take(":") else {
            throw error("expected ':' and a kind, found \(found); write \(path.name):number or \(path.name):any")
        }
        var kinds: FieldKinds = []
        repeat {
            skipSpaces()
            kinds.formUnion(try kind())
            skipSpaces()
        } while take("|")
        guard take("?") else { return EventSchema.Field(kinds) }
        return EventSchema.Field(kinds.union(.null), mayBeAbsent: true)
    }

    private mutating func kind() throws(FilterError) -> FieldKinds {
        let start = position
        while position < source.count, EventSchemaParser.isPlain(source[position]) { position += 1 }
        let name = String(decoding: source[start..<position], as: UTF8.self)
        if name == "any" { return .any }
        if let known = FieldKinds.names.first(where: { $0.name == name }) { return known.kind }
        let names = FieldKinds.names.map(\.name) + ["any"]
        let list = names.joined(separator: ", ")
        if name.isEmpty { throw error("expected a kind, found \(found); the kinds are \(list)", at: start) }
        let nearest = EventSchemaParser.synonyms[name.lowercased()] ?? Spelling.nearest(to: name, among: names)
        let hint = nearest.map { "did you mean '\($0)'?" } ?? "the kinds are \(list)"
        throw error("no such kind '\(name)'; \(hint)", at: start)
    }

    // MARK: Characters

    /// Whether a byte may stand in a key without backquotes: letters and digits of any script, `_`, `-`, `@`, `$`.
    static func isPlain(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "-"), UInt8(ascii: "@"),
            UInt8(ascii: "$"), 0x80...:
            true
        default: false
        }
    }

    private mutating func skipSpaces() {
        while position < source.count, source[position] == 0x20 || source[position] == 0x0A { position += 1 }
    }

    private mutating func take(_ character: Unicode.Scalar) -> Bool {
        guard position < source.count, UInt32(source[position]) == character.value else { return false }
        position += 1
        return true
    }

    private mutating func takeDots() -> Bool {
        guard source[position...].starts(with: "...".utf8) else { return false }
        position += 3
        return true
    }

    private var found: String {
        guard position < source.count else { return "the end" }
        let rest = String(decoding: source[position...], as: UTF8.self)
        return rest.unicodeScalars.first.map { "'\($0)'" } ?? "the end"
    }

    private func error(_ message: String, at offset: Int? = nil) -> FilterError {
        FilterError(.schema, message, at: offset ?? position, in: source)
    }
}
