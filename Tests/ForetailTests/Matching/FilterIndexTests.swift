import FieldExtraction
import FilterLanguage
import Testing

@testable import Foretail

@Suite("FilterIndex") struct FilterIndexTests {
    private func explain(_ source: String) throws -> [String] {
        let filter = try Filter(source)
        return FilterIndex().explain(filter, plan: FieldPlan(filter.fields))
    }

    @Test(
        "finds a filter by the access predicate expected to fire least often",
        arguments: [
            ("event.a == 'x'", ["equality of event.a; nothing left to test"]),
            ("event.a == 'x' && event.b > 5", ["equality of event.a; then 1 test"]),
            (
                "event.b == 'y' && event.a == 'x'",
                ["equality of event.b and event.a together, 1 key(s); nothing left to test"]
            ),
            ("event.a in ['x', 'y', 2]", ["membership of event.a, 3 keys; nothing left to test"]),
            ("event.a.startsWith('/api')", ["prefix of event.a, 4 bytes; nothing left to test"]),
            ("event.a >= 1 && event.a < 2", ["range of event.a; nothing left to test"]),
            ("'x' in event.tags", ["element of event.tags; nothing left to test"]),
            ("has(event.a.b)", ["presence of event.a.b; nothing left to test"]),
            ("!has(event.a)", ["absence of event.a; nothing left to test"]),
            ("!(event.a != 'x')", ["equality of event.a; nothing left to test"]),
            (
                "event.a == 'x' || event.b == 2",
                ["equality of event.a; nothing left to test", "equality of event.b; nothing left to test"]
            ),
            (
                "!(event.a != 'x' || event.b != 'y')",
                ["equality of event.a and event.b together, 1 key(s); nothing left to test"]
            ),
            ("size(event.l) > 3 && event.a == 'x'", ["equality of event.a; then the whole program"]),
            (
                "(event.a == 'x' || event.b == 'y') && event.c != 1",
                ["equality of event.a; then the whole program", "equality of event.b; then the whole program"]
            ),
            ("event.a != 'x'", ["no access predicate: evaluated for every event"]),
            ("event.a == 'x' || event.b != 1", ["no access predicate: evaluated for every event"]),
            ("event.a > 2 && event.a < 1", ["never matches"]),
            ("true", ["matches every event"]),
        ])
    func access(source: String, expected: [String]) throws {
        #expect(try explain(source) == expected)
    }

    @Test("identical filters are one group, which leaves with its last use")
    func identical() throws {
        var scan = LinearScan(fields: [])
        let first = try scan.insert("event.a == 1")
        #expect(try scan.insert("event.a == 1") == first)
        #expect(scan.index.uses(of: first) == 2)
        scan.remove(first)
        #expect(scan.found(#"{"a":1}"#) == [first])
        scan.remove(first)
        #expect(scan.found(#"{"a":1}"#) == [])
        #expect(scan.index.probeCount == 0)
    }

    @Test("a filter found in two ways is reported once")
    func once() throws {
        var scan = LinearScan(fields: [])
        try scan.insert("event.a == 1 || event.b == 2 || event.c > 3")
        #expect(scan.found(#"{"a":1,"b":2,"c":4}"#) == [0])
    }

    @Test("nil matches every event, and groups come in ascending order")
    func order() throws {
        var scan = LinearScan(fields: ["v"])
        for limit in 0..<100 { try scan.insert("event.v > \(limit)") }
        let all = scan.index.insert(nil, plan: scan.plan)
        #expect(scan.found(#"{"v":60.5}"#) == Array(0...60) + [all])
        #expect(scan.found("{}") == [all])
    }

    @Test("a strange filter moves to a better access predicate once values have been measured")
    func replans() throws {
        var scan = LinearScan(fields: [])
        // Without measurements an equality with a text seems better than a range; here the text is always the same.
        for number in 0..<50 {
            try scan.insert("event.kind == 'always' && event.n > \(number) && event.n < \(number + 2)")
        }
        for round in 0..<60_000 { _ = scan.found(#"{"kind":"always","n":\#(round % 3000)}"#) }
        #expect(scan.index.replanned > 0)
        #expect(scan.found(#"{"kind":"always","n":7}"#) == [6])
    }

    @Test("matches do not depend on the seed")
    func seeds() throws {
        var found: Set<[Int]> = []
        for seed in [1, 2, 3] as [UInt64] {
            var random = RandomFilters(seed: 9)
            var scan = LinearScan(fields: [], seed: seed)
            while scan.filters.count < 200 { _ = try? scan.insert(random.filter(depth: 2)) }
            found.insert((0..<50).flatMap { _ in scan.found(random.event()) + [-1] })
        }
        #expect(found.count == 1)
    }

    @Test("an ordinary filter takes less than 300 bytes")
    func memory() throws {
        var scan = LinearScan(fields: [])
        for number in 0..<5_000 {
            try scan.insert("event.user == 'u-\(number)'")
            let range = "event.latency >= \(number) && event.latency < \(number + 5)"
            try scan.insert("event.tenant == 't-\(number % 500)' && \(range)")
        }
        #expect(scan.index.bytes / 10_000 < 300)
    }
}
