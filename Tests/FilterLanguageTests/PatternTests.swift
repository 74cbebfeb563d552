import FilterLanguage
import Testing

@Suite("Patterns of matches()")
struct PatternTests {
    private func matches(_ text: String, _ pattern: String) throws -> Bool {
        let expression = try Expression("text.matches(pattern)", variables: ["text", "pattern"])
        guard
            case .bool(let value) = try expression.evaluate(bindings: [
                "text": .string(text), "pattern": .string(pattern),
            ])
        else { return false }
        return value
    }

    @Test(
        "A pattern is found where it is",
        arguments: [
            ("", ""), ("abc", ""), ("abc", "b"), ("abc", "^abc$"), ("abc", "a.c"), ("aXbc", "^a\\w+c$"),
            ("abc", "^(a|b|c)+$"),
            ("aaa", "^a{3}$"), ("aaaa", "^a{2,}$"), ("ab", "^a{0,1}b$"), ("a+b", "a\\+b"), ("x-1", "[a-z]-\\d"),
            ("]", "[]]"),
            ("-", "[a-]"), ("^", "[\\^]"), ("é", "^.$"), ("日本", "^..$"), ("日本", "[一-龥]{2}"), ("é", "[^a-z]"),
            ("ÀB", "(?i)àb"),
            ("HELLO", "(?i)hello"), ("HeLLo", "(?i:h)e(?i)llo"), ("a\nb", "a(?s:.)b"), ("a\nb", "(?m)^b$"),
            ("foo bar", "\\bbar\\b"),
            ("foobar", "\\Bbar"), ("a.b", "\\Qa.b\\E"), ("tab\t", "\\t$"), ("A", "\\x41"), ("😀", "\\x{1F600}"),
            ("a", "[[:alpha:]]"),
            ("abab", "^(?:ab)*$"), ("name=5", "(?P<key>\\w+)=(?<value>\\d)"), ("aaa", "a*?"), ("{", "{"),
            ("a{x", "a{x"),
            ("k8s-node-17", "^k8s-node-(1[0-9]|2[0-3])$"), ("", "^$"), ("xay", "a|b|"), ("\u{7F}", "[[:cntrl:]]"),
            ("0", "[\\d]"),
        ])
    func found(text: String, pattern: String) throws {
        #expect(try matches(text, pattern))
    }

    @Test(
        "A pattern is not found where it is not",
        arguments: [
            ("abc", "^b"), ("abc", "b$"), ("a\nb", "a.b"), ("a\nb", "^b"), ("foobar", "\\bbar"), ("aa", "^a{3}$"),
            ("a", "[^a]"),
            ("é", "^..$"), ("abc", "(?i)D"), ("hello", "HELLO"), ("", "."), ("", "a+"), ("ab", "^a$"), ("ab", "\\z."),
            ("x", "[^\\w]"),
            ("aaaaaaaaaaaab", "^(a+)+$"),
        ])
    func notFound(text: String, pattern: String) throws {
        #expect(try !matches(text, pattern))
    }

    @Test(
        "Where case is ignored, what is left out is left out in both cases",
        arguments: ["[^s]", "\\W", "[\\W]", "[^\\w]", "[[:^alpha:]]", "[[:^lower:]]", "[^[:lower:]]"])
    func leftOutInBothCases(pattern: String) throws {
        for text in ["s", "S", "i", "I"] where pattern != "[^s]" || text.lowercased() == "s" {
            #expect(try !matches(text, "(?i)" + pattern))
        }
        #expect(try matches("-", "(?i)" + pattern))
    }

    @Test("Nothing, however often repeated, is compiled at once", arguments: ["()", "a{0}", "(?:()())"])
    func nothingRepeated(part: String) throws {
        #expect(try matches("x", part + "{1000}{1000}{1000}{1000}x"))
    }

    @Test(
        "A faulty pattern is refused when the filter is compiled",
        arguments: [
            ("(a", "'(' without ')', at its character 3"), ("a)", "')' without '(', at its character 2"),
            ("*a", "nothing stands before '*' to repeat, at its character 1"),
            ("[a", "'[' without ']', at its character 3"),
            ("(?=a)", "lookaround is not supported: matching must stay linear in the text, at its character 4"),
            ("a{2000}", "a repetition above 1000, at its character 8"),
            ("((a{100}){100}){100}", "it needs more states than the limit 'patternStates' of 4000; repeat less"),
        ])
    func faulty(pattern: String, message: String) {
        let error = #expect(throws: FilterError.self) { try Filter("event.a.matches('\(pattern)')") }
        #expect(error?.description == "filter, column 17: the pattern of matches() is faulty: \(message)")
    }

    @Test(
        "Time grows with the text, not with what could be tried", .timeLimit(.minutes(10)),
        arguments: ["(a+)+$", "(a|aa)+$", "(.*)*x$", "(a?){40}a{40}b?c"])
    func linear(pattern: String) throws {
        let expression = try Expression("text.matches('\(pattern)')", variables: ["text"])
        let text = Value.string(String(repeating: "a", count: 100_000) + "b")
        let result = try expression.evaluate(bindings: ["text": text])
        #expect(result.equals(.bool(false)))
    }

    @Test("A pattern whose table would explode is searched directly, with the same result")
    func withoutTable() throws {
        let pattern = "(a|b)*a(a|b){14}c"
        #expect(try matches("bb" + "a" + String(repeating: "b", count: 14) + "c", pattern))
        #expect(try !matches("bb" + "b" + String(repeating: "b", count: 14) + "c", pattern))
    }
}
