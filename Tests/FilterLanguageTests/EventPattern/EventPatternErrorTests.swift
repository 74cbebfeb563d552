import FieldExtraction
import FilterLanguage
import Testing

@Suite("Errors of event patterns")
struct EventPatternErrorTests {
    @Test(
        "An error names the pattern, the field and the remedy",
        arguments: [
            (
                #"{"latency_ms":[{"numerc":[">",1]}]}"#,
                #"pattern, at latency_ms: no such matcher "numerc"; did you mean "numeric"?"#
            ),
            (#"{"level":"error"}"#, #"pattern, at level: a value must stand in a list; write ["error"]"#),
            (
                #"{"user":{"id":[]}}"#,
                #"pattern, at user.id: the list is empty and matches nothing; name a value, or {"exists": true}"#
            ),
            (
                #"{"a":[["b"]]}"#,
                "pattern, at a: a list within the list; write its values directly, one of them suffices"
            ),
            (
                #"{"a":[{"prefix":5}]}"#, #"pattern, at a: "prefix" takes text, not 5"#
            ),
            (
                #"{"a":[{"wildcard":"a**b"}]}"#,
                #"pattern, at a: two asterisks follow one another in "wildcard"; one stands for any text"#
            ),
            (
                #"{"a":[{"wildcard":"a\\b"}]}"#,
                #"pattern, at a: a backslash in "wildcard" stands before * or \ only; write \\ for one"#
            ),
            (
                #"{"a":[{"numeric":[">",5,"<",5]}]}"#,
                #"pattern, at a: no number lies in [">",5,"<",5]; write the lower bound first"#
            ),
            (
                #"{"a":[{"numeric":["!=",5]}]}"#,
                #"pattern, at a: no such comparison "!="; "numeric" knows =, <, <=, > and >="#
            ),
            (
                #"{"a":[{"cidr":"10.0.0.0/8"}]}"#,
                #"pattern, at a: "cidr" is left out; use {"prefix": "10.0."} or {"wildcard": "10.*"}"#
            ),
            (
                #"{"a":[1],"a":[2]}"#,
                #"pattern, at a: the key stands twice; put both lists into one, or use "$or""#
            ),
            (
                #"{"x":{"$or":[{"a":[1]},{"b":2}]}}"#,
                "pattern, at x.$or[1].b: a value must stand in a list; write [2]"
            ),
            (
                "[1]", #"pattern: it must be a JSON object, such as {"level": ["error"]}"#
            ),
            (
                #"{"a":[1}"#,
                #"pattern: it is not JSON, column 8: a comma or the closing bracket is missing; write one object such as {"level": ["error"]}"#
            ),
        ])
    func messages(pattern: String, message: String) {
        let error = #expect(throws: FilterError.self) { try Filter(pattern: pattern) }
        #expect(error?.description == message)
    }

    @Test(
        "What means nothing is refused",
        arguments: [
            "", "{}", #"{"a":{}}"#, #"{"a":null}"#, #"{"$or":[]}"#, #"{"$or":{"a":[1]}}"#, #"{"$or":[1]}"#,
            #"{"a":[{}]}"#, #"{"a":[{"prefix":"a","suffix":"b"}]}"#, #"{"a":[{"exists":1}]}"#,
            #"{"a":[{"anything-but":[]}]}"#, #"{"a":[{"anything-but":[["a"]]}]}"#,
            #"{"a":[{"anything-but":{"numeric":["=",1]}}]}"#, #"{"a":[{"anything-but":{"prefix":[]}}]}"#,
            #"{"a":[{"numeric":[]}]}"#, #"{"a":[{"numeric":["<",1,">",0]}]}"#, #"{"a":[{"numeric":[">","1"]}]}"#,
            #"{"a":[{"prefix":{"suffix":"a"}}]}"#, #"{"a":[{"wildcard":"a\\"}]}"#, #"{"a":[1]} x"#,
        ])
    func refused(pattern: String) {
        #expect(throws: FilterError.self) { try Filter(pattern: pattern) }
    }

    @Test("What exceeds a limit is refused with the limit's name")
    func limits() {
        let deep = String(repeating: #"{"a":"#, count: 60) + "[1]" + String(repeating: "}", count: 60)
        let deepest = String(repeating: #"{"a":"#, count: 3_000)
        let long = #"{"a":[{"wildcard":""# + String(repeating: "x", count: 2_000) + #""}]}"#
        let huge = #"{"a":[""# + String(repeating: "x", count: 20_000) + #""]}"#
        for (pattern, name) in [(deep, "depth"), (deepest, "depth"), (long, "patternBytes"), (huge, "sourceBytes")] {
            let error = #expect(throws: FilterError.self) { try Filter(pattern: pattern) }
            #expect(error?.code == .limitExceeded)
            #expect(error?.message.contains("'\(name)'") == true, "\(error?.description ?? "")")
        }
        let cheap = FilterLimits(cost: 10)
        let error = #expect(throws: FilterError.self) { try Filter(pattern: #"{"a":["b"]}"#, limits: cheap) }
        #expect(error?.description.hasPrefix("pattern: the estimated cost is ") == true)
    }

    @Test("Random changes to patterns never crash", arguments: [1, 2, 3] as [UInt64])
    func mutations(seed: UInt64) throws {
        var source = PatternSource(seed: seed)
        let pieces = [
            "{", "}", "[", "]", ",", ":", "\"", "\\", "*", "$or", "null", "1e999", "-0", "\"exists\":", "\"prefix\":",
            "{\"numeric\":[\"=\",", "\"\\ud800\"", "é", "\u{0}",
        ].map { Array($0.utf8) }
        for _ in 0..<3_000 {
            var bytes: [UInt8] = []
            source.pattern().append(to: &bytes)
            for _ in 0..<source.below(4) {
                let place = source.below(bytes.count)
                if source.below(2) == 0 {
                    bytes.remove(at: place)
                } else {
                    bytes.insert(contentsOf: pieces[source.below(pieces.count)], at: place)
                }
            }
            guard let filter = try? Filter(pattern: String(decoding: bytes, as: UTF8.self)) else { continue }
            _ = try Row(filter, event: #"{"a":[{"b":"x"},1],"b":{"c":["y",{"a":null}]},"c":"x"}"#).evaluate()
        }
    }
}
