import FieldExtraction
import FilterLanguage
import Testing

@Suite("Explanations of filters")
struct FilterExplanationTests {
    @Test("An explanation shows program, fields and cost")
    func plain() throws {
        let explanation = try Filter("event.level == 'error' && event.latency_ms > 100").explanation
        #expect(
            explanation.description == """
                program
                  0  fieldAgainstText     event.level == 'error'
                  1  andFirst             -> 4
                  2  fieldAgainstInteger  event.latency_ms > 100
                  3  andLast
                  4  returnTruth
                fields     event.level, event.latency_ms
                cost       5

                """)
        #expect(explanation.program.count == 5)
        #expect(explanation.fields == [FieldPath("level"), FieldPath("latency_ms")])
    }

    @Test("An explanation shows loops, sets, automata and functions")
    func rich() throws {
        let explanation = try Filter(
            "event.l.exists(x, x.n > 2.5) || event.p.matches('^/(a|b)') || event.a in [2, 'x', null] || size(event.q) == 1"
        ).explanation
        let operands = explanation.program.map { "\($0.operation) \($0.operands)" }
        for line in [
            "pushField event.l", "begin exists", "select .n", "pushConstant 2.5", "compare >",
            "fieldMatches event.p.matches('^/(a|b)')", "fieldInSet event.a in ['x', 2, null]", "call size, 1 values",
        ] {
            #expect(operands.contains(line), "\(line) in \(operands)")
        }
        #expect(explanation.estimatedCost == explanation.program.reduce(0) { $0 + $1.estimatedCost })
    }

    @Test("Every operation of a filter can be explained")
    func everything() throws {
        for source in [
            "true", "[1].map(x, x + 1)[0] == -event.a", "{'a': 1}.transformMap(k, v, v) == event.m",
            "event.?a.optMap(v, v * 2).orValue(3) > 1", "meta.time.getHours('UTC') == 3 ? event.a : !event.b",
            "event.t < timestamp('2026-01-31T12:00:00Z') && duration('1h') > event.d", "type(event.a) == int",
            "event.s.startsWith('it\\'s\\n') || event.s.endsWith('') || 'k' in event.o || event.n != null",
            "cel.bind(x, event.a, x.matches('a') && x in [1] && has(x.y) && event.b == true && event.f)",
        ] {
            let explanation = try Filter(source).explanation
            #expect(explanation.description.hasSuffix("cost       \(explanation.estimatedCost)\n"))
        }
    }

    @Test("A pattern is explained like any filter")
    func pattern() throws {
        let explanation = try Filter(pattern: #"{"level":["error"],"n":[{"wildcard":"a*"}]}"#).explanation
        #expect(explanation.program.contains { $0.operands == "event.level == 'error'" })
        #expect(explanation.description.contains("event.n.matches(an expression)"))
    }
}
