import FieldExtraction

/// What is known of a stream.
public struct StreamStatus: Sendable {
    /// The stream's name.
    public var name: String
    /// What it has counted.
    public var counters: StreamCounters
    /// Keys that models are kept for.
    public var series: Int
    /// The time field, named or found.
    public var timeField: String?
    /// The learned fields with the kind of values they have.
    public var fields: [(name: String, kind: String)]
    /// Filters that could not always decide, with the remedy.
    public var filterProblems: [String]
}

extension StreamState {
    var status: StreamStatus {
        var problems: [String] = []
        for case let group? in index.groups {
            guard let program = group.program else { continue }
            problems += group.failures.descriptions(program, plan: plan)
        }
        return StreamStatus(
            name: descriptor.name, counters: counters, series: table.count, timeField: descriptor.time?.name,
            fields: fields.map { ($0.path.name, $0.kind.name) }, filterProblems: problems)
    }
}
