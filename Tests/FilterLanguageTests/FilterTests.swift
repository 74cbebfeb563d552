import FieldExtraction
import FilterLanguage
import Testing

/// One event with a bit of everything.
private let event = """
    {"level":"error","latency_ms":120.5,"count":7,"zero":0,"ok":true,"none":null,"message":"disk \\"full\\" on sda",
     "user":{"id":"u-1","plan":"pro"},"tags":["a","b","tag3"],"items":[{"price":5},{"price":12.5}],"a b":{"c":1},
     "big":9007199254740993,"empty":"","neg":-3}
    """

@Suite("Filters")
struct FilterTests {
    @Test(
        "A filter that holds matches",
        arguments: [
            "true", "event.level == 'error'", "event.level == \"error\" && event.latency_ms > 100",
            "event.level != 'info'", "event.latency_ms >= 120.5", "120 < event.latency_ms", "event.count == 7",
            "event.count == 7.0", "event.count == 7u", "event.count < 7.5", "event.count in [1, 7, 9]",
            "event.level in ['warn', 'error']", "!(event.level in ['warn', 'info'])", "event.ok", "event.ok == true",
            "!event.ok || event.count > 3", "event.none == null", "event.level != null", "event.user.id == 'u-1'",
            "event['user'].id == 'u-1'", "event['a b'].c == 1", "event.`a b`.c == 1",
            "event.user.id.startsWith('u-')", "event.user.id.endsWith('-1')", "event.message.contains('full')",
            "event.message.contains('\"full\"')", "event.message == 'disk \"full\" on sda'",
            "event.message.startsWith('disk \"')", "event.message.endsWith('sda')",
            "event.message in ['disk \"full\" on sda']",
            "has(event.user.id)", "!has(event.user.name)", "!has(event.nowhere.name)", "has(meta.key)",
            "'tag3' in event.tags", "!('c' in event.tags)", "'id' in event.user", "size(event.tags) == 3",
            "event.tags.size() > 2", "event.tags.exists(t, t.startsWith('tag'))", "event.tags.all(t, size(t) > 0)",
            "event.items.exists(i, i.price > 10)", "event.items.exists_one(i, i.price > 10)",
            "event.items.map(i, i.price) == [5, 12.5]", "event.items[0].price == 5", "event.items[1].price > 12",
            "event.items.filter(i, i.price > 10).size() == 1", "event.latency_ms * 2 > 240", "event.count * 2 > 13",
            "event.count * 2.5 > 17.4", "event.count + 1u == 8", "event.count % 2 == 1", "event.count / 2 == 3",
            "-event.neg == 3", "(event.count > 5 ? 'big' : 'small') == 'big'", "event.count > 5 ? event.ok : false",
            "meta.stream == 'metrics'", "meta.key.startsWith('web')", "meta.time < timestamp('2026-01-01T00:00:00Z')",
            "meta.time.getFullYear() == 1970", "event.nowhere == 1 || event.count == 7",
            "event.count == 7 || event.nowhere == 1", "!(event.nowhere == 1 && event.count == 8)",
            "event.big == 9007199254740993", "event.big > 9007199254740992", "event.big == 9007199254740992.0",
            "event.level > 'a'", "event.level < 'f'", "event.level + '!' == 'error!'", "event.empty == ''",
            "event.empty.startsWith('')", "event.empty in ['', 'x']", "event.user == {'id': 'u-1', 'plan': 'pro'}",
            "event.tags == ['a', 'b', 'tag3']", "'level' in event", "event.exists(k, k == 'zero')",
            "cel.bind(x, event.count, x * x == 49)", "event.?nowhere.orValue(5) == 5", "event.?count.orValue(5) == 7",
            "type(event.count) == int", "type(event.latency_ms) == double", "event.count > -1 && event.neg < 0",
            "event.neg == -3", "event.level.upperAscii() == 'ERROR'",
            "event.level == 'x' || event.level == 'y' || event.level == 'error'",
            "event.level == 'error' && event.ok && event.count == 7 && event.zero == 0",
        ])
    func matching(source: String) throws {
        let filter = try Filter(source)
        #expect(try Row(filter, event: event).evaluate() == .match)
    }

    @Test(
        "A filter that does not hold gives no match",
        arguments: [
            "false", "event.level == 'info'", "event.level != 'error'", "event.latency_ms > 1000", "event.count == '7'",
            "event.level == 7", "event.nowhere == 1 && event.count == 8", "event.count == 8 && event.nowhere == 1",
            "event.big == 9007199254740992", "event.none != null", "event.ok == false", "has(event.level.sub)",
            "event.level in ['warn', 7]", "event.tags.all(t, t == 'a')", "'x' in event.tags", "event.ok in [false]",
        ])
    func notMatching(source: String) throws {
        let filter = try Filter(source)
        #expect(try Row(filter, event: event).evaluate() == .noMatch)
    }

    @Test(
        "Membership tells whole numbers apart that are one double",
        arguments: ["9007199254740992", "9007199254740993", "9007199254740991", "9007199254740992.0"])
    func wholeNumbersInList(value: String) throws {
        for constant in ["9007199254740992", "9007199254740993", "9007199254740991"] {
            let isMember = try Filter("event.v in [\(constant), 'x']")
            let isEqual = try Filter("event.v == \(constant)")
            let event = "{\"v\":\(value)}"
            #expect(try Row(isMember, event: event).evaluate() == Row(isEqual, event: event).evaluate(), "\(constant)")
        }
    }

    @Test(
        "A field that is missing is no match and is named",
        arguments: [
            "event.nowhere == 1", "event.nowhere > 1 && event.count == 7", "event.count == 8 || event.nowhere.x == 'a'",
            "event.nowhere + 1 > 0", "!event.nowhere", "event.nowhere in [1]", "event.nowhere.startsWith('a')",
            "size(event.nowhere) > 0", "event.nowhere ? true : false", "event.nowhere.exists(x, x == 1)",
        ])
    func missing(source: String) throws {
        let filter = try Filter(source)
        let row = try Row(filter, event: event)
        guard case .missingField(let slot) = row.evaluate() else {
            Issue.record("\(source): \(row.evaluate())")
            return
        }
        #expect(row.plan.paths[slot].keys.first == "nowhere")
    }

    @Test(
        "A run-time failure says where, why and what to do",
        arguments: [
            (
                "event.count > '90'",
                "filter, column 13: event.count is a number: the values have types that do not fit together; compare numbers with numbers and strings with strings, or convert with double(…) or string(…)"
            ),
            (
                "event.ok && event.level",
                "filter, column 19: event.level is a string: a boolean is needed here; compare the value with something"
            ),
            (
                "event.count / event.zero > 1",
                "filter, column 13: division by zero; test the divisor first, or divide in double(…)"
            ),
            ("event.items[5].price > 1", "filter, column 12: the index is out of range; test size(…) first"),
            ("event.items[0].cost > 1", "filter, column 16: there is no such key; guard it with has(…) &&"),
        ])
    func failures(source: String, message: String) throws {
        let filter = try Filter(source)
        let row = try Row(filter, event: event)
        guard case .failure(let failure) = row.evaluate() else {
            Issue.record("\(source): \(row.evaluate())")
            return
        }
        #expect(filter.bound(to: row.plan).failureDescription(failure) == message)
    }

    @Test(
        "What CEL has no overload or no conversion for is a failure",
        arguments: [
            "-dyn(duration(string(event.count) + 's')) < duration('0s')", "uint('-' + string(event.zero)) == 0u",
        ])
    func noOverload(source: String) throws {
        let outcome = try Row(Filter(source), event: event).evaluate()
        guard case .failure = outcome else {
            Issue.record("\(source): \(outcome)")
            return
        }
    }

    @Test("The fields of a filter are its static chains, each once")
    func fields() throws {
        let filter = try Filter("event.a.b > 1 && event['x y'].z == 2 && event.a.b < 9 && event.l[0].q == meta.key")
        #expect(
            filter.fields == [
                FieldPath("a.b"), FieldPath(["x y", "z"]), FieldPath("l"), FieldPath(root: .meta, ["key"]),
            ])
        #expect(try Filter("event.exists(k, k == 'a')").fields == [FieldPath([])])
    }

    @Test("A bound filter reads the slots of its plan")
    func binding() throws {
        let filter = try Filter("event.b > 1 && event.a == 2")
        let plan = FieldPlan([FieldPath("x"), FieldPath("a"), FieldPath("y"), FieldPath("b")])
        let row: [FieldSlot] = [.missing, .integer(2), .missing, .double(1.5)]
        var evaluator = FilterEvaluator()
        #expect(
            row.withUnsafeBufferPointer { evaluator.evaluate(filter.bound(to: plan), row: $0.baseAddress!) } == .match)
    }

    @Test("The steps of macros are counted per event, and bounded")
    func steps() throws {
        let list = "[" + (0..<1_000).map(String.init).joined(separator: ",") + "]"
        let filter = try Filter("event.l.all(x, x >= 0)")
        let row = try Row(filter, event: "{\"l\":\(list)}")
        let bound = filter.bound(to: row.plan)
        var evaluator = FilterEvaluator()
        for _ in 0..<(FilterEvaluator.stepLimit / 1_000 + 10) {
            #expect(evaluator.evaluate(bound, row: row.slots) == .match)
        }
        let nested = try Filter("event.l.all(x, event.l.all(y, [1, 2].all(z, x + y + z >= 0)))")
        let outcome = try Row(nested, event: "{\"l\":\(list)}").evaluate()
        guard case .failure(let failure) = outcome else {
            Issue.record("\(outcome)")
            return
        }
        #expect(failure.reason == .tooManySteps)
    }

    @Test(
        "Clock fields are read in the zone that is named, on both sides of a change",
        arguments: [
            ("2026-01-15T12:00:00Z", "Europe/Berlin", 13), ("2026-07-15T12:00:00Z", "Europe/Berlin", 14),
            ("2026-03-29T00:59:59Z", "Europe/Berlin", 1), ("2026-03-29T01:00:00Z", "Europe/Berlin", 3),
            ("2060-07-15T12:00:00Z", "America/New_York", 8), ("2060-01-15T12:00:00Z", "America/New_York", 7),
            ("1970-06-01T12:00:00Z", "Asia/Kolkata", 17), ("2026-01-15T12:00:00Z", "Australia/Sydney", 23),
            ("2026-01-15T12:00:00Z", "-02:30", 9),
        ])
    func zones(time: String, zone: String, hour: Int) throws {
        let filter = try Filter("timestamp(event.t).getHours('\(zone)') == \(hour)")
        #expect(try Row(filter, event: "{\"t\":\"\(time)\"}").evaluate() == .match)
        let dynamic = try Filter("timestamp(event.t).getHours(event.z) == \(hour)")
        #expect(try Row(dynamic, event: "{\"t\":\"\(time)\",\"z\":\"\(zone)\"}").evaluate() == .match)
    }

    @Test(
        "A zone's name leads nowhere but to a zone",
        arguments: ["../../../etc/passwd", "/etc/passwd", "Nowhere/City", "", "."])
    func badZones(zone: String) {
        #expect(throws: FilterError.self) { try Filter("meta.time.getHours('\(zone)') == 1") }
    }

    @Test("Long texts are found, and built only up to the limit")
    func longTexts() throws {
        let text = String(repeating: "ab", count: 40_000)
        let needle = String(repeating: "ba", count: 20) + "x"
        let filter = try Filter("event.t.contains('\(needle)')")
        #expect(try Row(filter, event: "{\"t\":\"\(text)\"}").evaluate() == .noMatch)
        #expect(try Row(filter, event: "{\"t\":\"\(text)\(needle)\"}").evaluate() == .match)
        let bomb =
            "cel.bind(a, event.t + event.t + event.t + event.t, cel.bind(b, a + a + a + a + a + a + a + a, b + b == ''))"
        guard case .failure(let failure) = try Row(Filter(bomb), event: "{\"t\":\"\(text)\"}").evaluate() else {
            Issue.record("built without end")
            return
        }
        #expect(failure.reason == .tooLarge)
    }

    @Test("Event numbers adapt in arithmetic, whole or not", arguments: ["41", "41.9"])
    func eventNumbers(number: String) throws {
        for source in [
            "event.n * 2 > 80", "event.n + 0.5 > 41", "event.n / 2 >= 20", "event.n - 1u > 39", "2 * event.n > 80",
        ] {
            let filter = try Filter(source)
            #expect(try Row(filter, event: "{\"n\":\(number)}").evaluate() == .match, "\(source)")
        }
    }
}
