import FieldExtraction
import FilterLanguage
import Testing

private let schema =
    "host:string,cpu:number,ok:boolean,none:null,tags:array,user.id:string,note:string?,items:array|object"

@Suite("Findings of event patterns")
struct PatternFindingTests {
    @Test(
        "A pattern that can never match is refused with the field and the remedy",
        arguments: [
            (
                #"{"cpu":["90"]}"#,
                "pattern, at cpu: this is a number, so it never matches a text; write 90 without quotes"
            ),
            (#"{"host":[5]}"#, "pattern, at host: this is a text, so it never matches a number; write \"5\" in quotes"),
            (
                #"{"ok":["true"]}"#,
                "pattern, at ok: this is a boolean, so it never matches a text; write true without quotes"
            ),
            (
                #"{"host":[{"numeric":[">",5]}]}"#,
                "pattern, at host: this is a text, so it never matches a number; "
                    + "use a matcher for a text"
            ),
            (
                #"{"cpu":[{"prefix":"9"},"x"]}"#,
                "pattern, at cpu: this is a number, so it never matches a text; "
                    + "use a matcher for a number"
            ),
            (
                #"{"user":{"id":[7]}}"#,
                "pattern, at user.id: this is a text, so it never matches a number; write \"7\" in quotes"
            ),
            (#"{"user":["x"]}"#, "pattern, at user: this is an object, so it never matches a text; name a field in it"),
            (#"{"cpuu":[5]}"#, "pattern, at cpuu: no event has this field; did you mean 'cpu'?"),
            (#"{"cpu":{"x":[5]}}"#, "pattern, at cpu.x: no event has this field; correct the name or the schema"),
            (
                #"{"host":[{"exists":false}]}"#,
                "pattern, at host: every event has this field, so it is never missing; "
                    + "drop the condition"
            ),
            (
                #"{"ok":[true],"$or":[{"cpu":["a"]},{"host":[1]}]}"#,
                "pattern, at cpu: this is a number, so it never matches a text; name a number"
            ),
        ])
    func refused(pattern: String, message: String) throws {
        let error = #expect(throws: FilterError.self) { try Filter(pattern: pattern, schema: EventSchema(schema)) }
        #expect(error?.description == message)
        #expect(error?.code == .neverMatches)
    }

    @Test(
        "A pattern that some event matches gives no finding",
        arguments: [
            #"{"cpu":[90]}"#, #"{"tags":["a",5,{"prefix":"x"}]}"#, #"{"tags":{"a":["x"]}}"#,
            #"{"items":{"sku":["x"]}}"#,
            #"{"note":[{"exists":false},"x",null]}"#, #"{"cpu":[{"anything-but":"x"}]}"#,
            #"{"user":[{"exists":true}]}"#,
            #"{"none":[null]}"#, #"{"cpu":{"x":[{"exists":false}]}}"#, #"{"host":[{"anything-but":{"prefix":"a"}}]}"#,
        ])
    func matchable(pattern: String) throws {
        #expect(try Filter(pattern: pattern, schema: EventSchema(schema)).findings(for: EventSchema(schema)).isEmpty)
    }

    @Test("An entry of a list, or an alternative, that never holds is a hint")
    func hints() throws {
        let known = try EventSchema(schema)
        let pattern = #"{"cpu":[5,"x"],"$or":[{"host":["a"]},{"ok":[1]}]}"#
        let findings = try Filter(pattern: pattern, schema: known).findings(for: known)
        #expect(findings.map(\.field) == [FieldPath("cpu"), FieldPath("ok")])
        #expect(findings.allSatisfy { $0.severity == .partNeverHolds })
    }
}
