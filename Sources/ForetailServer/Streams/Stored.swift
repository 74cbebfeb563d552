#if Server
import FieldExtraction
import FilterLanguage
import Foretail
import ForetailSQLite
import HTTPTypes

/// Definitions as the catalogue keeps them: the JSON that the API shows.
extension StreamDefinition {
    /// The text that is stored.
    var text: String { String(decoding: document.bytes, as: UTF8.self) }

    /// Reads a stored text.
    init(stored text: String, defaults: StreamDefinition) throws(Problem) {
        try self.init(JSONValue(stored: text), defaults: defaults)
    }
}

extension RequestDefinition {
    /// The text that is stored.
    var text: String { String(decoding: JSONValue(members: document).bytes, as: UTF8.self) }
}

extension FilterText {
    /// The text that is stored: a filter, or a pattern with its mark.
    var stored: String { dialect == .pattern ? "pattern:\(source)" : "cel:\(source)" }

    /// Reads a stored text.
    init(stored text: String) {
        let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        let source = parts.count == 2 ? String(parts[1]) : text
        self = parts.first == "pattern" ? .pattern(source) : .cel(source)
    }
}

extension RegisteredRequest {
    /// Reads a stored request and the changes of its filter, oldest first.
    init(_ stored: StoredRequest, changes: [StoredFilterChange], host: StreamHost) throws(Problem) {
        let definition = try RequestDefinition(JSONValue(stored: stored.definition))
        var versions = changes.map { change in
            Replay.Version(
                after: change.position, filter: change.filter.isEmpty ? nil : FilterText(stored: change.filter))
        }
        if versions.isEmpty { versions = [Replay.Version(after: .none, filter: definition.filter)] }
        let start = changes.first.flatMap { $0.position == .none ? nil : $0.position }
        self.init(
            id: TailRequestID(stored.number), definition: definition, created: stored.created, registeredAt: start,
            versions: versions, host: host, owner: stored.owner)
    }
}

extension JSONValue {
    /// Reads a text that this program wrote.
    fileprivate init(stored text: String) throws(Problem) {
        do throws(FieldExtractionError) {
            try self.init(parsing: Array(text.utf8))
        } catch {
            throw Problem(
                .internalServerError, "catalogue", "catalogue.sqlite holds a definition that cannot be read: \(error)")
        }
    }
}
#endif
