import FieldExtraction
import FilterLanguage
import Testing

/// The outcome of a pattern on an event.
private func outcome(_ pattern: String, _ event: String) throws -> FilterOutcome {
    try Row(Filter(pattern: pattern), event: event).evaluate()
}

@Suite("Event patterns")
struct EventPatternTests {
    @Test(
        "A pattern matches what is worked out by hand, and nothing else",
        arguments: EventPatternCase.scalars + EventPatternCase.texts)
    func scalars(_ one: EventPatternCase) throws {
        #expect(try outcome(one.pattern, one.event) == (one.matches ? .match : .noMatch))
    }

    @Test(
        "A pattern walks arrays element by element",
        arguments: EventPatternCase.arrays + EventPatternCase.nested)
    func arrays(_ one: EventPatternCase) throws {
        #expect(try outcome(one.pattern, one.event) == (one.matches ? .match : .noMatch))
    }

    @Test("A pattern reads the fields it names, and its source is its text")
    func fields() throws {
        let text = #"{"level":["error"],"latency_ms":[{"numeric":[">",100]}]}"#
        let filter = try Filter(pattern: text)
        #expect(filter.source == text)
        #expect(filter.fields == [FieldPath("level"), FieldPath("latency_ms")])
    }

    @Test("A pattern of plain values gives the answers of the CEL filter that means the same")
    func sameAsCEL() throws {
        let pattern = try Filter(
            pattern: #"{"level":["error","warn"],"user":{"id":[{"prefix":"u-"}]},"n":[{"numeric":[">",0,"<=",5]}]}"#)
        let expression = try Filter(
            "event.level in ['error', 'warn'] && event.user.id.startsWith('u-') && event.n > 0 && event.n <= 5")
        for level in [#""error""#, #""info""#, "7", "null"] {
            for id in [#""u-1""#, #""v-1""#, #""""#, "1"] {
                for number in ["0", "0.5", "5", "5.1", #""3""#, "true"] {
                    let event = #"{"level":\#(level),"user":{"id":\#(id)},"n":\#(number)}"#
                    let first = try Row(pattern, event: event).evaluate()
                    let second = try Row(expression, event: event).evaluate()
                    #expect(first.isMatch == second.isMatch, "\(event)")
                }
            }
        }
    }

    @Test("Random patterns on random events give the answer of a walk over the JSON", arguments: [1, 2, 3] as [UInt64])
    func againstModel(seed: UInt64) throws {
        var source = PatternSource(seed: seed)
        var matches = 0
        for _ in 0..<2_000 {
            let pattern = source.pattern()
            let event = source.event()
            let expected = PatternModel.matches(pattern, event)
            if expected { matches += 1 }
            var bytes: [UInt8] = []
            pattern.append(to: &bytes)
            let text = String(decoding: bytes, as: UTF8.self)
            bytes = []
            event.append(to: &bytes)
            let line = String(decoding: bytes, as: UTF8.self)
            #expect(try outcome(text, line) == (expected ? .match : .noMatch), "\(text) on \(line)")
        }
        #expect(matches > 200)
    }

    @Test("A limit may be as high as numbers go")
    func unlimited() throws {
        let limits = FilterLimits(macroNesting: .max, patternBytes: .max, patternStates: .max, cost: .max)
        let filter = try Filter(pattern: #"{"a":[{"wildcard":"x*"}]}"#, limits: limits)
        #expect(try Row(filter, event: #"{"a":"xy"}"#).evaluate() == .match)
    }

    @Test("Deep patterns work: ten levels by default, more with a higher limit of cost", arguments: [10, 24])
    func deepest(depth: Int) throws {
        let text = String(repeating: #"{"a":"#, count: depth) + "[1]" + String(repeating: "}", count: depth)
        let event = String(repeating: #"{"a":"#, count: depth) + "1" + String(repeating: "}", count: depth)
        let limits = depth > 10 ? FilterLimits(cost: .max) : FilterLimits()
        #expect(try Row(Filter(pattern: text, limits: limits), event: event).evaluate() == .match)
    }
}
