import FilterLanguage
import Testing

@Suite("Errors of filters")
struct FilterErrorTests {
    @Test(
        "An error names the thing, the place and the remedy",
        arguments: [
            (
                "event.name.startWith('a')",
                "filter, column 12: no such function 'startWith'; did you mean 'startsWith'?"
            ),
            ("level == 'error'", "filter, column 1: no such variable 'level'; did you mean 'event.level'?"),
            ("true && events.level == 'error'", "filter, column 9: no such variable 'events'; did you mean 'event'?"),
            ("event.level = 'error'", "filter, column 13: a single '=' is no operator; write '==' to compare"),
            ("event.a & event.b", "filter, column 9: a single '&' is no operator; write '&&'"),
            ("event.a == 1 and event.b", "filter, column 14: 'and' is no operator; write '&&'"),
            ("not event.a", "filter, column 1: 'not' is no operator; write '!'"),
            ("event.a == 'x", "filter, column 12: the string that begins here has no closing '"),
            (
                "event.a > 90ms",
                "filter, column 11: '90ms' is not a number; put a string in quotes, a length of time in duration('…')"
            ),
            ("(event.a > 1", "filter, column 1: ')' is missing to close '('"),
            ("event.a >", "filter, column 10: expected a value, found the end"),
            ("event.a == 1)", "filter, column 13: expected an operator or the end, found ')'"),
            ("event.s.contains()", "filter, column 9: 'contains' takes 1 argument, not 0"),
            ("size()", "filter, column 1: 'size' takes 1 argument, not 0"),
            ("startsWith(event.a, 'x')", "filter, column 1: 'startsWith' is called as x.startsWith(…)"),
            ("meta.strem == 'a'", "filter, column 6: no such field 'meta.strem'; did you mean 'meta.stream'?"),
            (
                "1 + 2",
                "filter, column 3: the filter must be true or false, this is a value of type int; compare it with something"
            ),
            (
                "event.a + 'x' == 'y' && 'text'",
                "filter, column 25: an operand of '&&' must be true or false, this is a value of type string; compare it with something"
            ),
            ("1 + 'a' == event.b", "filter, column 3: '+' does not take a int and a string"),
            ("'a' < 1", "filter, column 5: a string cannot be compared with a int"),
            (
                "event.t > timestamp('soon')",
                "filter, column 21: timestamp() cannot convert this constant; write timestamp('2026-01-31T12:00:00Z')"
            ),
            ("has(event)", "filter, column 1: has() takes one field, such as has(event.user.id)"),
            ("event.tags.exists(1, true)", "filter, column 19: the first argument of exists() must be a plain name"),
            (
                "event.tags.exists(t)",
                "filter, column 12: exists() takes a variable and an expression, such as event.tags.exists(t, t != '')"
            ),
            (
                "event.a ==\n  event.b = 1",
                "filter, line 2, column 11: a single '=' is no operator; write '==' to compare"
            ),
            ("'ä' == event.a |", "filter, column 16: a single '|' is no operator; write '||'"),
            (
                "package == 1",
                "filter, column 1: 'package' is a reserved word of CEL; a field of that name is event.package"
            ),
            ("", "filter, column 1: the expression is empty; write 'true' to match all"),
            (
                "99999999999999999999 > event.a",
                "filter, column 1: the integer does not fit 64 bits; write a double such as 1e20"
            ),
            (
                "'\\q' == event.a",
                "filter, column 2: no such escape in a string literal; write '\\\\' for a backslash, or a raw string r'…'"
            ),
        ])
    func messages(source: String, message: String) {
        let error = #expect(throws: FilterError.self) { try Filter(source) }
        #expect(error?.description == message)
    }

    @Test("What exceeds a limit is refused with the limit's name")
    func limits() {
        let deep = String(repeating: "(", count: 100_000) + "true"
        #expect(throws: FilterError.self) { try Filter(deep) }
        for (source, name) in [
            (String(repeating: "(", count: 8000) + "true", "depth"),
            (String(repeating: "!", count: 8000) + "true", "depth"),
            (String(repeating: "-", count: 8000) + "1", "depth"),
            (String(repeating: "[", count: 8000), "depth"),
            (String(repeating: "{1:", count: 5000), "depth"),
            (String(repeating: "true?true:", count: 1500) + "true", "depth"),
            ("1" + String(repeating: "+1", count: 5000), "depth"),
            ("event" + String(repeating: ".a", count: 5000), "depth"),
            ("event" + String(repeating: "[0]", count: 5000), "depth"),
            (String(repeating: "x", count: 20_000), "sourceBytes"),
            ("[1].all(a, [1].all(b, [1].all(c, [1].all(d, [1].all(e, true)))))", "macroNesting"),
            ("[1].map(a, [[1].map(b, [[1].map(c, [[1].map(d, [[1].map(e, e)])])])]).size() > 0", "macroNesting"),
        ] {
            let error = #expect(throws: FilterError.self) { try Filter(source) }
            #expect(error?.code == .limitExceeded)
            #expect(error?.message.contains("'\(name)'") == true, "\(error?.description ?? "")")
        }
    }

    @Test("A long chain of alternatives, or of macros one behind the other, is one level deep")
    func chains() throws {
        let chain = "event.l" + String(repeating: ".map(x, x + 1).filter(x, x > 0)", count: 4) + ".all(x, x > 0)"
        #expect(try Row(Filter(chain), event: #"{"l":[1,2]}"#).evaluate() == .match)
        _ = try Filter((0..<600).map { "event.id == 'u-\($0)'" }.joined(separator: " || "))
    }
}
