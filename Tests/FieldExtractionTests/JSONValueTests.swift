import FieldExtraction
import Testing

@Suite struct JSONValueTests {
    @Test("a text is taken apart in full")
    func parsing() throws {
        let value = try JSONValue(parsing: Array(#" {"a":[1,-0,2.5,"x\n",null,true,[],{}],"b":{"c":false}} "#.utf8))
        #expect(
            value["a"]
                == .array([
                    .integer(1), .double(-0.0), .double(2.5), .string("x\n"), .null, .bool(true), .array([]),
                    .object([]),
                ]))
        #expect(value["b"]?["c"] == .bool(false))
        #expect(value["c"] == nil)
        #expect(JSONValue.null["a"] == nil)
    }

    @Test("of equal keys the last is looked up, and all are kept")
    func duplicates() throws {
        let value = try JSONValue(parsing: Array(#"{"a":1,"b":2,"a":3}"#.utf8))
        #expect(value["a"] == .integer(3))
        var text: [UInt8] = []
        value.append(to: &text)
        #expect(String(decoding: text, as: UTF8.self) == #"{"a":1,"b":2,"a":3}"#)
    }

    @Test("text that is not JSON throws with place and remedy")
    func errors() {
        let error = #expect(throws: FieldExtractionError.self) { try JSONValue(parsing: Array(#"{"a":007}"#.utf8)) }
        #expect(error?.code == .badJSON)
        #expect(
            error?.message
                == "JSON, column 6: this number is not a JSON number; write it as 7, 0.5 or 1e-5, or quote it if it is text"
        )
    }

    @Test("nesting beyond what the stack can bear is refused, not crashed on")
    func depth() {
        let deep = Array(repeating: 0x5B, count: 5000) + Array(repeating: 0x5D, count: 5000) as [UInt8]
        #expect(throws: FieldExtractionError.self) { try JSONValue(parsing: deep, limits: ScanLimits(depth: 100_000)) }
        deep.withUnsafeBufferPointer {
            #expect(JSONValue(FieldSlot(kind: .array, start: $0.baseAddress, length: $0.count)) == nil)
        }
    }
}
