import FieldExtraction
import Testing

@testable import FilterLanguage

@Suite("ResidualCode") struct ResidualCodeTests {
    private func predicates(_ formula: PredicateFormula) -> [FieldPredicate] {
        switch formula {
        case .test(let predicate): [predicate]
        case .all(let parts): parts.flatMap(predicates)
        default: []
        }
    }

    @Test(
        "holds where the filter matches",
        arguments: [
            "event.a == 'x' && event.b >= 2", "event.a != 'x' && event.b != 2.5", "has(event.a) && !has(event.b)",
            "event.a == null && event.b", "!event.b && event.a.endsWith('x')", "event.a.contains('y') && event.b < 3",
            "event.a.startsWith('x') && event.b == true", "'x' in event.a && event.b != 1",
            "event.a in ['x', 1, null, true, 2.5] && has(event.a)", "!(event.a in ['x', 'xy'])", "!(event.a == 1)",
        ])
    func agrees(source: String) throws {
        let filter = try Filter(source)
        let tests = predicates(filter.formula(slots: Array(filter.fields.indices)))
        let block = try #require(ResidualCode.encode(tests))
        let values = [
            #""x""#, #""xy""#, #""\u0078""#, #"["x"]"#, #"["\u0078"]"#, "1", "2", "2.5", "-0.0", "null", "true",
            "false",
        ]
        let evaluator = FilterEvaluator()
        for first in values.map({ #""a":\#($0)"# }) + [""] {
            for second in values.map({ #""b":\#($0)"# }) + [""] {
                let members = [first, second].filter { !$0.isEmpty }
                let row = try Row(filter, event: "{\(members.joined(separator: ","))}")
                let holds = block.withUnsafeBytes { evaluator.holds($0.baseAddress!, row: row.slots) }
                #expect(holds == row.evaluate().isMatch, "\(members)")
            }
        }
    }

    @Test("leaves patterns and large sets to the program")
    func portable() throws {
        let large = (0..<100).map(String.init).joined(separator: ",")
        for source in ["event.a.matches('x+')", "event.a in [\(large)]"] {
            let filter = try Filter(source)
            #expect(ResidualCode.encode(predicates(filter.formula(slots: [0]))) == nil)
        }
    }
}
