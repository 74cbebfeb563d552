import FieldExtraction
import Testing

@testable import FilterLanguage

@Suite("PredicateFormula") struct PredicateFormulaTests {
    private func text(_ formula: PredicateFormula) -> String {
        switch formula {
        case .constant(let value): "\(value)"
        case .opaque: "?"
        case .all(let parts): "all(" + parts.map(text).joined(separator: ", ") + ")"
        case .any(let parts): "any(" + parts.map(text).joined(separator: ", ") + ")"
        case .test(let predicate): text(predicate)
        }
    }

    private func text(_ predicate: FieldPredicate) -> String {
        switch predicate.lookup {
        case nil: "\(predicate.slot):test"
        case .equality(let keys): "\(predicate.slot):=\(keys.count)"
        case .prefix(let text): "\(predicate.slot):^\(text.count)"
        case .element: "\(predicate.slot):element"
        case .range(let low, let high): "\(predicate.slot):\(low)...\(high)"
        case .array: "\(predicate.slot):array"
        case .present: "\(predicate.slot):present"
        case .absent: "\(predicate.slot):absent"
        }
    }

    @Test(
        "reads out of a program when the filter is true",
        arguments: [
            ("event.a == 1", "0:=1"),
            ("event.a == 1 && event.b == 'x' && event.c", "all(0:=1, 1:=1, 2:=1)"),
            ("event.a == 1 && (event.b == 2 && event.c == 3)", "all(0:=1, 1:=1, 2:=1)"),
            ("(event.a == 1 || event.b == 2) && event.c == 3", "all(any(0:=1, 1:=1), 2:=1)"),
            ("event.a == 1 || event.b == 2 && event.c == 3", "any(0:=1, all(1:=1, 2:=1))"),
            ("!(event.a == 1 || event.b != 2)", "all(0:test, 1:=1)"),
            ("!(event.a && !event.b)", "any(0:=1, 1:=1)"),
            ("event.a >= 2 && event.a < 3.0", "all(0:2.0...inf, 0:-inf...2.9999999999999996)"),
            ("!(event.a < 2)", "0:test"),
            ("event.a == 9007199254740992", "0:test"),
            ("event.a in [1, 1.0, 'x', null, true]", "0:=4"),
            ("event.a.startsWith('abc') || 'x' in event.b", "any(0:^3, 1:element)"),
            ("has(event.a) && !has(event.b)", "all(0:present, 1:absent)"),
            ("event.a == null && event.b != null", "all(0:=1, 1:test)"),
            ("true", "true"), ("event.a == 1 || true", "true"), ("event.a == 1 && !true", "false"),
            ("size(event.a) > 3 && event.b == 1", "all(?, 1:=1)"),
            ("event.b == 1 && event.a + 1 == 2 && event.c == 1", "all(0:=1, ?, 2:=1)"),
            ("(event.a ? event.b : event.c) && event.d == 1", "all(?, 3:=1)"),
            ("((event.a && event.b) ? event.c : event.d) || event.e == 1", "any(?, 4:=1)"),
            ("event.l.all(x, x > 1 && x < 3) && event.a == 1", "all(?, 1:=1)"),
            ("event.l.exists(x, x == 'a' || x == 'b')", "?"),
            ("(event.a == 1) == (event.b == 2)", "?"),
            ("event.a == 1 || type(event.a) == list && event.a.exists(x, x == 1)", "any(0:=1, all(0:array, ?))"),
            ("type(event.a) == map || string == type(event.b)", "any(0:test, 1:test)"),
            ("type(event.a) != list && event.b == 1", "all(0:test, 1:=1)"),
            ("type(event.a) == int", "?"),
        ])
    func formulas(source: String, expected: String) throws {
        let filter = try Filter(source)
        #expect(text(filter.formula(slots: Array(filter.fields.indices))) == expected)
    }
}
