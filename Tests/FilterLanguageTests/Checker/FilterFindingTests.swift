import FieldExtraction
import FilterLanguage
import Testing

/// A closed schema with a field of every kind.
private let schema = """
    host:string,cpu:number,ok:boolean,none:null,tags:array,user:object,user.id:string,http.status:number?,\
    note:string?,id:string|number,free:object
    """

@Suite("Findings of the type checker")
struct FilterFindingTests {
    @Test(
        "A filter that can never match is refused with the column, the field and the remedy",
        arguments: [
            (
                "event.cpu > \"90\"", 11,
                "event.cpu is a number, so it is never greater than a text; write 90 without quotes"
            ),
            ("event.cpu == '90'", 11, "event.cpu is a number, so it never equals a text; write 90 without quotes"),
            ("event.cpu == 'high'", 11, "event.cpu is a number, so it never equals a text; compare it with a number"),
            ("'90' <= event.cpu", 6, "event.cpu is a number, so it is never at least a text; write 90 without quotes"),
            (
                "event.host > 5", 12,
                "event.host is a text, so it is never greater than a number; write double(event.host)"
            ),
            ("event.host == 5", 12, "event.host is a text, so it never equals a number; write '5'"),
            ("event.ok == 1", 10, "event.ok is a boolean, so it never equals a number; compare it with true or false"),
            ("event.ok == 'true'", 10, "event.ok is a boolean, so it never equals a text; write true without quotes"),
            ("event.host == true", 12, "event.host is a text, so it never equals a boolean; write 'true' in quotes"),
            ("event.tags == 'a'", 12, "event.tags is an array, so it never equals a text; write 'a' in event.tags"),
            (
                "event.none != null", 12,
                "event.none is null, so it never differs from null; "
                    + "correct the value or drop the condition"
            ),
            (
                "event.cpu == null", 11,
                "event.cpu is a number, so it never equals null; "
                    + "write has(event.cpu) to test whether it is there"
            ),
            (
                "meta.time > '2026-01-01T00:00:00Z'", 11,
                "meta.time is a timestamp, so it is never greater than a text; "
                    + "write timestamp('2026-01-31T12:00:00Z')"
            ),
            (
                "event.host > timestamp('2026-01-01T00:00:00Z')", 12,
                "event.host is a text, so it is never greater than "
                    + "a timestamp; write timestamp(event.host)"
            ),
            (
                "event.cpu == event.host", 11,
                "event.cpu is a number, so it never equals event.host, a text; "
                    + "write double(…) around the text"
            ),
            ("event.cpuu > 5", 7, "event.cpuu is in no event; did you mean event.cpu?"),
            ("has(event.user.idd)", 1, "event.user.idd is in no event; did you mean event.user.id?"),
            ("event.cpu.x == 1", 11, "event.cpu is a number, so it has no field 'x'; correct the name or the schema"),
            ("!has(event.host)", 2, "event.host is in every event, so it is never missing; drop the condition"),
            ("event.host", 7, "event.host is a text, so it is never true; compare it with something"),
            ("event.host && event.ok", 7, "event.host is a text, so it is never true; compare it with something"),
            (
                "event.cpu in ['1', '2']", 11,
                "event.cpu is a number, so it never equals a text of the list; "
                    + "write 1 without quotes"
            ),
            ("event.cpu in []", 11, "the list is empty, so event.cpu is never in it; name its values"),
            (
                "'a' in event.host", 5,
                "event.host is a text, and 'in' takes an array or an object; "
                    + "name another field, or correct the schema"
            ),
            (
                "event.cpu.startsWith('9')", 11,
                "event.cpu is a number, and startsWith() takes a text; write string(event.cpu)"
            ),
            (
                "event.tags.contains('a')", 12,
                "event.tags is an array, and contains() takes a text; "
                    + "test its elements with event.tags.exists(x, …)"
            ),
            (
                "event.host.getHours() > 5", 12,
                "event.host is a text, and getHours() takes a timestamp or a duration; "
                    + "write timestamp(event.host)"
            ),
            (
                "event.host + 1 == 'a'", 12,
                "event.host is a text and 1 is a number, which '+' does not take together; "
                    + "convert one of them, such as with string(…) or double(…)"
            ),
            (
                "event.cpu.exists(x, x > 1)", 11,
                "event.cpu is a number, and a macro takes an array or an object; "
                    + "name another field, or correct the schema"
            ),
            (
                "event.cpu > 5 && event.cpu < 3", 28,
                "this never holds together with what column 11 says of event.cpu; "
                    + "drop one of them, or join them with '||'"
            ),
            (
                "event.id == 'a' && event.ok && event.id == 'b'", 41,
                "this never holds together with what column 10 says "
                    + "of event.id; drop one of them, or join them with '||'"
            ),
            (
                "size(event.tags) < 0", 18,
                "this is a number, so it is never less than 0; "
                    + "correct the value or drop the condition"
            ),
            ("false", 1, "this is never true; write a condition on a field, or 'true' to match all"),
            (
                "event.ok && (event.cpu > '9' || event.host < 5)", 24,
                "event.cpu is a number, so it is never greater than "
                    + "a text; write 9 without quotes"
            ),
            (
                "event.ok &&\n event.cpu > '9'", 12,
                "event.cpu is a number, so it is never greater than a text; "
                    + "write 9 without quotes"
            ),
        ])
    func refused(source: String, column: Int, message: String) throws {
        let error = #expect(throws: FilterError.self) { try Filter(source, schema: EventSchema(schema)) }
        #expect(error?.code == .neverMatches)
        #expect(error?.message == message)
        #expect(error?.column == column)
        let findings = try Filter(source).findings(for: EventSchema(schema))
        #expect(findings.map(\.severity) == [.neverMatches])
        #expect(findings.first?.error == error)
    }

    @Test(
        "A filter that no event of the schema can match is reported, whatever its form",
        arguments: [
            "!(event.cpu > '9')", "!(event.cpu == event.cpu || true)", "event.cpu == 5 && event.cpu.startsWith('a')",
            "event.note == 'a' && event.note == null", "event.cpu >= 5 && !(event.cpu > 4)",
            "event.ok && !event.ok", "event.ok == true && event.ok == false", "event.http == 'x'",
            "event.cpu in [1, 2] && event.cpu > 2", "event.cpu == 1 ? event.host > 5 : event.tags < 1",
            "cel.bind(x, event.cpu, x > 'a')", "event.tags.exists(x, event.cpu > 'a')",
            "!event.tags.all(x, event.cpu != 'a')", "type(event.cpu) == string", "type(event.host) != string",
            "event.?cpu.orValue(0) == 'x'", "int(event.host) == dyn('a')", "string(event.cpu) > dyn(5)",
            "timestamp(event.ok) > timestamp(0)", "event.cpu.size() > 1", "event.user.id == event.cpu", "meta.key == 5",
            "meta.key.getHours() == 1", "event.id > true", "event.nowhere.all(x, true)", "event.cpu[0] == 1",
            "event.tags.map(x, x) == dyn('a')", "(event.cpu > 1) == dyn('true')", "math.abs(event.host) > 1",
            "event.tags.x == 1", "has(event.tags.x)", "event.cpu > 1 && false", "-event.host == 1",
            "event.user > event.user", "(event.ok ? 'a' : 'b') == dyn(1)", "event.id != null && event.id == true",
            "event.cpu < double('NaN')", "event.cpu + 1 == 'a'", "event.cpu == 3 && type(event.cpu) == list",
            "event.id < 5 && event.id < 'a'", "has(event.note) && !has(event.note)",
            "!(event.host != 'a') && event.host == 'b'", "'x' in event.tags && event.cpu == {'a': 1}",
        ])
    func neverMatching(source: String) throws {
        let findings = try Filter(source).findings(for: EventSchema(schema))
        #expect(findings.map(\.severity) == [.neverMatches], "\(findings)")
    }

    @Test(
        "A filter that some event matches gives no finding",
        arguments: [
            "true", "event.cpu > 90", "event.cpu != 'x'", "!(event.cpu == 'x')", "event.cpu > 5 && event.cpu < 6",
            "event.cpu >= 5 && event.cpu <= 5", "event.http.status == 500", "event.http == null", "!has(event.http)",
            "event.http.status == null", "event.note == null", "!has(event.note)", "event.id == 5", "event.id == '5'",
            "event.id != null", "event.free.x.y == 1", "event.free['x'] == 'a'", "event.user.id.startsWith('u')",
            "event.tags[0].price > 5", "event.tags.exists(t, t == 5)", "event.tags.all(t, t == timestamp(0))",
            "!event.tags.exists(t, event.cpu > 'a')", "event.tags == ['a']", "event.ok", "!event.ok",
            "event.ok == false",
            "event.none == null", "meta.time > timestamp('2026-01-01T00:00:00Z')", "meta.key == 'web'",
            "!has(meta.key)",
            "timestamp(event.host).getHours() > 5", "timestamp(event.cpu) > timestamp(0)", "double(event.host) > 5",
            "string(event.cpu) == '5'", "type(event.cpu) == int", "type(event.cpu) == double", "event.cpu % 2 == 1",
            "event.?nowhere.orValue(5) == 5", "!event.?nowhere.hasValue()", "event.?nowhere == optional.none()",
            "cel.bind(x, event.cpu, x > 5)", "event.cpu > 9007199254740992 && event.cpu < 9007199254740994",
            "event.cpu > 9007199254740993 && event.cpu <= 9007199254740994.0",
            "event.cpu == 9007199254740992.0 && event.cpu == 9007199254740993", "event.exists(k, k == 'cpu')",
            "event.cpu / event.cpu != event.cpu / event.cpu", "event.cpu == 1 ? event.ok : event.host == 'a'",
            "event.cpu != 5 && event.cpu == 6", "event.host != 'a' && event.host == 'b'", "event.cpu == -0.0",
            "event.user == {'id': 'a'}", "event.user['id'] == 'a'", "'id' in event.user", "event.cpu in [1, 'x']",
            "event.cpu <= 5 && event.cpu >= 5 && event.cpu == 5u", "event.ok < true", "event.host + 'a' == 'ba'",
            "!(event.cpu > 5) && event.cpu < 5",
            "event.cpu != double('NaN')", "(event.cpu == 'x' && event.ok) == false",
            "(event.id == 5 || event.id == 'a') && event.id == 'a'",
        ])
    func matchable(source: String) throws {
        let filter = try Filter(source, schema: EventSchema(schema))
        #expect(filter.findings(for: try EventSchema(schema)).isEmpty)
    }

    @Test(
        "A branch that never holds is a hint at its column",
        arguments: [
            ("event.cpu > 90 || event.cpu == 'high'", [29]),
            ("event.ok && (event.cpu > '9' || event.host == 'a')", [24]),
            ("event.cpuu > 1 || event.host == 5 || event.ok", [7, 30]),
            ("event.cpu > 5 && (event.cpu < 3 || event.ok)", [29]),
            ("event.tags.exists(t, t == 1 || event.cpu == 'x')", [42]),
            ("!(has(event.cpu) && event.ok)", [3]), ("event.ok || (event.cpu == 'a' || event.host == 1)", [24]),
            ("event.ok || (event.cpu == 1 || event.host == 1)", [43]),
        ])
    func hints(source: String, columns: [Int]) throws {
        let findings = try Filter(source, schema: EventSchema(schema)).findings(for: EventSchema(schema))
        #expect(findings.map(\.column) == columns)
        #expect(findings.allSatisfy { $0.severity == .partNeverHolds })
    }

    @Test("In an open schema a field that is not named may hold anything")
    func open() throws {
        let open = try EventSchema("cpu:number,...")
        #expect(try Filter("event.other == 'x' && event.http.status > 5").findings(for: open).isEmpty)
        #expect(try Filter("event.cpu > 'a'").findings(for: open).map(\.severity) == [.neverMatches])
        #expect(try Filter("event.a > 5 && event.a < 3").findings(for: open).map(\.severity) == [.neverMatches])
        #expect(try Filter("event.a == 5 && event.a.startsWith('x')").findings(for: open).map(\.column) == [25])
    }

    @Test("An inferred schema finds what the events so far exclude")
    func inferred() throws {
        var inferred = EventSchema(isClosed: false)
        for _ in 0..<3 { inferred.observe(FieldPath("cpu"), .integer) }
        let filter = try Filter("event.cpu > '90'")
        #expect(
            filter.findings(for: inferred).map(\.description) == [
                "filter, column 11: event.cpu is a number, so it is never greater than a text; write 90 without quotes"
            ])
        inferred.observe(FieldPath("cpu"), .string)
        #expect(filter.findings(for: inferred).isEmpty)
    }

    @Test("The deepest and the longest filters are checked")
    func extremes() throws {
        let known = try EventSchema(schema)
        let limits = FilterLimits(depth: 256, cost: .max)
        let deep = String(repeating: "(event.ok && (event.cpu == 1 || ", count: 80) + "event.cpu > 'a'"
        let filter = try Filter(deep + String(repeating: "))", count: 80), limits: limits)
        #expect(filter.findings(for: known).map(\.severity) == [.partNeverHolds])
        let nested =
            String(repeating: "(", count: 100) + "event.ok" + String(repeating: ") == (event.cpu > 1)", count: 100)
        #expect(try Filter(nested, limits: limits).findings(for: known).isEmpty)
        let choice =
            String(repeating: "((", count: 60) + "event.ok" + String(repeating: ") ? event.ok : false)", count: 60)
        #expect(try Filter(choice, limits: limits).findings(for: known).isEmpty)
        let long = (0..<400).map { "event.cpuu == \($0)" }.joined(separator: " || ") + " || event.ok"
        #expect(try Filter(long).findings(for: known).count == 400)
    }
}
