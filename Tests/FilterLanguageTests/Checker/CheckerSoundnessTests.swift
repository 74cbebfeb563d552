import FieldExtraction
import FilterLanguage
import Testing

/// The rows of some events under one plan that holds the fields of all filters of a run.
private struct Rows {
    var rows: [Row]
    var evaluator = FilterEvaluator()

    init(_ events: [String], for filters: [Filter]) throws {
        let fields = Set(filters.flatMap { $0.fields.map(\.description) }).sorted()
        let carrier = try Filter("[" + fields.joined(separator: ", ") + "].size() >= 0")
        rows = try events.map { try Row(carrier, event: $0) }
    }

    /// What the filter says of the first event.
    mutating func outcome(_ filter: Filter) -> FilterOutcome {
        evaluator.evaluate(filter.bound(to: rows[0].plan), row: rows[0].slots)
    }

    /// The number of the first event that the filter matches.
    mutating func firstMatch(_ filter: Filter) -> Int? {
        let bound = filter.bound(to: rows[0].plan)
        for (number, row) in rows.enumerated() where evaluator.evaluate(bound, row: row.slots).isMatch { return number }
        return nil
    }
}

/// What became of the filters of a run: how many some event matched, how many none did, and how many were reported.
private struct Tally {
    var matched = 0
    var unmatched = 0
    var reported = 0
    var hinted = 0

    mutating func add(_ filters: [Filter], _ schema: EventSchema, _ events: [String]) throws {
        var rows = try Rows(events, for: filters)
        for filter in filters {
            let findings = filter.findings(for: schema)
            let never = findings.contains { $0.severity == .neverMatches }
            if let match = rows.firstMatch(filter) {
                matched += 1
                #expect(!never, "\(filter.source) of \(schema) matches \(events[match]): \(findings)")
            } else {
                unmatched += 1
            }
            if never { reported += 1 } else if !findings.isEmpty { hinted += 1 }
        }
    }
}

@Suite("Soundness of the type checker")
struct CheckerSoundnessTests {
    @Test(
        "No event of a schema matches a filter that is said to match none, and most such filters are found",
        arguments: [1, 2, 3] as [UInt64])
    func filters(seed: UInt64) throws {
        var source = SchemaSource(seed: seed)
        var tally = Tally()
        for _ in 0..<60 {
            let schema = source.schema()
            let events = (0..<40).map { _ in source.event() }
            // What cannot be compiled, such as `!1`, is none of the checker's business.
            let filters = (0..<12).compactMap { _ in try? Filter(source.filter()) }
            try tally.add(filters, schema, events)
        }
        #expect(tally.matched > 100)
        #expect(tally.reported * 100 > tally.unmatched * 75, "\(tally)")
        #expect(tally.hinted > 30)
    }

    @Test("A filter made of what holds for one event is never said to match none", arguments: [11, 12] as [UInt64])
    func conjunctions(seed: UInt64) throws {
        var source = SchemaSource(seed: seed)
        var checked = 0
        for _ in 0..<150 {
            let schema = source.schema()
            let event = source.event()
            let tests = (0..<40).compactMap { _ in try? Filter(source.test()) }
            var rows = try Rows([event], for: tests)
            // What is true of the event, or what is false with a '!' before it; what fails is left out.
            let parts = tests.compactMap { test in
                switch rows.outcome(test) {
                case .match: "(\(test.source))"
                case .noMatch: "!(\(test.source))"
                default: nil
                }
            }
            guard !parts.isEmpty else { continue }
            for _ in 0..<12 {
                var pieces: [String] = []
                for _ in 0...(1 + source.below(4)) {
                    let part = parts[source.below(parts.count)]
                    let other = tests[source.below(tests.count)].source
                    switch source.below(6) {
                    case 0: pieces.append("((\(other)) || \(part))")
                    case 1: pieces.append("(\(part) ? \(parts[source.below(parts.count)]) : (\(other)))")
                    default: pieces.append(part)
                    }
                }
                guard let filter = try? Filter(pieces.joined(separator: " && ")) else { continue }
                checked += 1
                let findings = filter.findings(for: schema)
                #expect(
                    findings.allSatisfy { $0.severity == .partNeverHolds },
                    "\(filter.source) of \(schema) matches \(event): \(findings)")
            }
        }
        #expect(checked > 1_000)
    }

    @Test(
        "No event of a schema matches a pattern that is said to match none, and most such patterns are found",
        arguments: [1, 2] as [UInt64])
    func patterns(seed: UInt64) throws {
        var source = SchemaSource(seed: seed)
        var tally = Tally()
        for _ in 0..<60 {
            let schema = source.schema()
            let events = (0..<40).map { _ in source.event() }
            try tally.add((0..<8).map { _ in try Filter(pattern: source.pattern()) }, schema, events)
        }
        #expect(tally.matched > 100)
        #expect(tally.reported * 100 > tally.unmatched * 75, "\(tally)")
        #expect(tally.hinted > 30)
    }

    @Test("No filter that an event matched is said to match none by the schema inferred from the events")
    func inferred() throws {
        var source = SchemaSource(seed: 7)
        var matched = 0
        for _ in 0..<60 {
            _ = source.schema()
            let events = (0..<10).map { _ in source.event() }
            let filters = (0..<12).compactMap { _ in try? Filter(source.filter()) }
            var rows = try Rows(events, for: filters)
            var schema = EventSchema(isClosed: false)
            for row in rows.rows {
                for (slot, path) in row.plan.paths.enumerated() { schema.observe(path, row.slots[slot].kind) }
            }
            for filter in filters where rows.firstMatch(filter) != nil {
                matched += 1
                #expect(
                    filter.findings(for: schema).allSatisfy { $0.severity == .partNeverHolds },
                    "\(filter.source) of \(schema) on \(events)")
            }
        }
        #expect(matched > 80)
    }
}
