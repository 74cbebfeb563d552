internal import FieldExtraction

/// Reads an event pattern from its JSON text and refuses what it cannot mean.
struct EventPatternReader {
    let limits: FilterLimits
    /// The keys that lead to where the reader is.
    var path: [String] = []

    /// Reads `text` whole.
    static func read(_ text: String, limits: FilterLimits) throws(FilterError) -> EventPattern {
        let bytes = Array(text.utf8)
        guard bytes.count <= limits.sourceBytes else {
            throw FilterError(
                .limitExceeded,
                "it has \(bytes.count) bytes, more than the limit 'sourceBytes' of \(limits.sourceBytes); split it",
                field: "")
        }
        // The matchers below the last field nest up to four levels more.
        let depth = min(limits.depth, EventPattern.largestDepth) + 4
        let scanLimits = ScanLimits(depth: depth, fields: bytes.count + 1, line: FilterLimits.largestSource)
        let result = JSONScanner.validate(bytes, limits: scanLimits)
        var reader = EventPatternReader(limits: limits)
        if result.code == .tooDeep { throw reader.tooDeep() }
        guard result.isValid, let value = reader.value(bytes, scanLimits) else {
            let problem = result.description.split(separator: ";").first.map { String($0) } ?? ""
            throw reader.error(
                .syntax, "it is not JSON, \(problem); write one object such as {\"level\": [\"error\"]}")
        }
        guard case .object(let members) = value else {
            throw reader.error(.syntax, "it must be a JSON object, such as {\"level\": [\"error\"]}")
        }
        return EventPattern(root: try reader.condition(members))
    }

    private func value(_ bytes: [UInt8], _ limits: ScanLimits) -> JSONValue? {
        do { return try JSONValue(parsing: bytes, limits: limits) } catch { return nil }
    }

    func error(_ code: FilterError.Code, _ message: String) -> FilterError {
        FilterError(code, message, field: path.joined(separator: "."))
    }

    private func tooDeep() -> FilterError {
        let depth = min(limits.depth, EventPattern.largestDepth)
        return error(
            .limitExceeded, "objects nest deeper than the limit 'depth' of \(depth); match fewer levels, or split it")
    }

    /// What the members of an object ask for: all of them.
    private mutating func condition(_ members: [JSONValue.Member]) throws(FilterError) -> EventPattern.Condition {
        guard !members.isEmpty else {
            throw error(.syntax, "an empty object matches nothing; name a field, or write [{\"exists\": true}]")
        }
        guard path.count < min(limits.depth, EventPattern.largestDepth) else { throw tooDeep() }
        var conditions: [EventPattern.Condition] = []
        var seen: Set<[UInt8]> = []
        for member in members {
            path.append(member.key)
            guard seen.insert(Array(member.key.utf8)).inserted else {
                throw error(.syntax, "the key stands twice; put both lists into one, or use \"$or\"")
            }
            conditions.append(try condition(member))
            path.removeLast()
        }
        return conditions.count == 1 ? conditions[0] : .all(conditions)
    }

    private mutating func condition(_ member: JSONValue.Member) throws(FilterError) -> EventPattern.Condition {
        if member.key == "$or" { return try alternatives(member.value) }
        switch member.value {
        case .object(let members): return .nested(member.key, try condition(members))
        case .array(let entries):
            guard !entries.isEmpty else {
                throw error(.syntax, "the list is empty and matches nothing; name a value, or {\"exists\": true}")
            }
            var matchers: [PatternMatcher] = []
            for entry in entries { matchers.append(try matcher(entry)) }
            return .field(member.key, matchers)
        default:
            throw error(.syntax, "a value must stand in a list; write [\(EventPatternReader.text(member.value))]")
        }
    }

    private mutating func alternatives(_ value: JSONValue) throws(FilterError) -> EventPattern.Condition {
        let usage = "takes a list of patterns, such as {\"$or\": [{\"level\": [\"error\"]}, {\"status\": [500]}]}"
        guard case .array(let entries) = value, !entries.isEmpty else { throw error(.syntax, usage) }
        var conditions: [EventPattern.Condition] = []
        for (place, entry) in entries.enumerated() {
            guard case .object(let members) = entry else { throw error(.syntax, usage) }
            path[path.count - 1] = "$or[\(place)]"
            conditions.append(try condition(members))
        }
        return conditions.count == 1 ? conditions[0] : .any(conditions)
    }

    /// The JSON of a value, shortened, for messages.
    static func text(_ value: JSONValue) -> String {
        var bytes: [UInt8] = []
        value.append(to: &bytes)
        let text = String(decoding: bytes, as: UTF8.self)
        return text.count > 40 ? text.prefix(39) + "…" : text
    }
}
