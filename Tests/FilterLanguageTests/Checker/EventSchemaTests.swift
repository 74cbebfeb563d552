import FieldExtraction
import FilterLanguage
import Testing

@Suite("Schemas of events")
struct EventSchemaTests {
    @Test("A schema's text names fields, their kinds, and whether they may be absent")
    func text() throws {
        let schema = try EventSchema("host:string, cpu:number,http.status:number?,tags:array,`a b`.c:string|number")
        #expect(schema.isClosed)
        #expect(schema.count == 5)
        #expect(schema[FieldPath("host")] == .init(.text))
        #expect(schema[FieldPath("http.status")] == .init([.number, .null], mayBeAbsent: true))
        #expect(schema[FieldPath(["a b", "c"])] == .init([.text, .number]))
        #expect(schema[FieldPath("http")] == nil)
        #expect(schema[FieldPath(root: .meta, ["key"])] == nil)
    }

    @Test("Dots at the end make a schema open")
    func open() throws {
        #expect(try !EventSchema("cpu:number,...").isClosed)
        #expect(try !EventSchema("...").isClosed)
        #expect(try EventSchema("...").count == 0)
    }

    @Test(
        "The text form of a schema reads back as the same schema",
        arguments: [
            "cpu:number", "a:number|string|boolean|array|object|null", "a:any?,b:null,c.d:string?,...",
            "`a b`.`c.d`:object,`a b`.`c.d`.e:number,ä:boolean", "b:number?,a:string",
        ])
    func roundTrip(text: String) throws {
        let schema = try EventSchema(text)
        #expect(try EventSchema(schema.description) == schema)
        #expect(schema.description.hasSuffix("...") == !schema.isClosed)
    }

    @Test(
        "An error of a schema names the column and the remedy",
        arguments: [
            ("cpu", "schema, column 4: expected ':' and a kind, found the end; write cpu:number or cpu:any"),
            (
                "cpu:",
                "schema, column 5: expected a kind, found the end; the kinds are number, string, boolean, "
                    + "array, object, null, any"
            ),
            ("host:string,cpu:int", "schema, column 17: no such kind 'int'; did you mean 'number'?"),
            ("cpu:nubmer", "schema, column 5: no such kind 'nubmer'; did you mean 'number'?"),
            (
                "cpu:wonder",
                "schema, column 5: no such kind 'wonder'; the kinds are number, string, boolean, "
                    + "array, object, null, any"
            ),
            ("a:number,a:string", "schema, column 10: 'a' is declared twice; join its kinds with '|'"),
            ("ä:number;b:string", "schema, column 9: expected ',' or the end, found ';'; write name:kind,name:kind"),
            (
                "a:number,",
                "schema, column 10: expected a field's name, found the end; write name:kind, names with "
                    + "signs in backquotes"
            ),
            (
                "a.b:string,a:number",
                "schema, column 1: 'a.b' lies in 'a', which is declared as number; "
                    + "write a:object|number"
            ),
            ("...,a:number", "schema, column 4: '...' must be the last entry"),
            ("`a:number", "schema, column 1: the name that begins here has no closing '`'"),
            (
                "a..b:number",
                "schema, column 3: expected a field's name, found '.'; write name:kind, names with "
                    + "signs in backquotes"
            ),
        ])
    func errors(text: String, message: String) {
        let error = #expect(throws: FilterError.self) { try EventSchema(text) }
        #expect(error?.description == message)
        #expect(error?.code == .schema)
    }

    @Test("A text beyond the named limits is refused")
    func limits() throws {
        let many = (0...EventSchema.fieldLimit).map { "f\($0):number" }.joined(separator: ",")
        #expect(throws: FilterError.self) { try EventSchema(many) }
        let fitting = (0..<EventSchema.fieldLimit).map { "f\($0):number" }.joined(separator: ",")
        #expect(try EventSchema(fitting).count == EventSchema.fieldLimit)
        let deep = [String](repeating: "a", count: EventSchema.depthLimit + 1).joined(separator: ".")
        #expect(throws: FilterError.self) { try EventSchema(deep + ":number") }
        #expect(throws: FilterError.self) { try EventSchema(String(repeating: "a", count: 70_000) + ":number") }
    }

    @Test("Observed slots widen what a field holds")
    func observing() {
        var schema = EventSchema(isClosed: false)
        schema.observe(FieldPath("cpu"), .integer)
        schema.observe(FieldPath("cpu"), .double)
        #expect(schema[FieldPath("cpu")] == .init(.number))
        schema.observe(FieldPath("cpu"), .string)
        schema.observe(FieldPath("cpu"), .missing)
        #expect(schema[FieldPath("cpu")] == .init([.number, .text], mayBeAbsent: true))
        schema.observe(FieldPath("gone"), .missing)
        #expect(schema.field(at: FieldPath("gone")) == .init([], mayBeAbsent: true))
        #expect(schema.field(at: FieldPath("other")) == .init(.any, mayBeAbsent: true))
    }

    @Test("Beyond the most fields nothing is kept, and the schema becomes open")
    func observingTooMuch() {
        var schema = EventSchema(isClosed: true)
        for number in 0..<EventSchema.fieldLimit { schema.observe(FieldPath("f\(number)"), .integer) }
        #expect(schema.isClosed)
        schema.observe(FieldPath("f0"), .string)
        #expect(schema.isClosed)
        schema.observe(FieldPath("more"), .integer)
        #expect(!schema.isClosed)
        #expect(schema.count == EventSchema.fieldLimit)
        #expect(schema.field(at: FieldPath("more")) == .init(.any, mayBeAbsent: true))
    }

    @Test(
        "What a field may hold follows from the fields around it",
        arguments: [
            ("a:number", "b", EventSchema.Field([], mayBeAbsent: true)),
            ("a:number,...", "b", .init(.any, mayBeAbsent: true)),
            ("a:number,...", "a.b", .init([], mayBeAbsent: true)),
            ("a:object", "a.b", .init(.any, mayBeAbsent: true)),
            ("a:object,a.c:number", "a.b", .init([], mayBeAbsent: true)),
            ("a:object,a.c:number,...", "a.b", .init(.any, mayBeAbsent: true)),
            ("a.b:number", "a", .init(.object)),
            ("a.b:number?", "a", .init([.object, .null], mayBeAbsent: true)),
            ("a.b:number?,...", "a", .init(.any, mayBeAbsent: true)),
            ("a.b:number?,a.c.d:number", "a", .init(.object)),
            ("a:object?,a.b:number", "a.b", .init(.number, mayBeAbsent: true)),
            ("a:object|string,a.b:number", "a.b", .init(.number, mayBeAbsent: true)),
            ("a:object,a.b:number", "a.b", .init(.number)),
            ("a:array", "a.b", .init([], mayBeAbsent: true)),
        ])
    func lookUp(text: String, path: String, field: EventSchema.Field) throws {
        #expect(try EventSchema(text).field(at: FieldPath(path)) == field)
    }
}
