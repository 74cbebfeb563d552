import FieldExtraction
import Testing

@Suite struct JSONFieldListerTests {
    private func list(_ text: String) -> [String] {
        Array(text.utf8).withUnsafeBufferPointer { bytes in
            JSONFieldLister.leaves(of: bytes).map { "\($0.path.keys.joined(separator: "/")):\($0.slot.kind)" }
        }
    }

    @Test("leaves are listed in order, objects entered, arrays not")
    func leaves() {
        #expect(
            list(#"{"level":"x","user":{"id":7,"geo":{"lat":1.5}},"tags":[{"a":1}],"none":null,"e":{},"a.b":true}"#)
                == [
                    "level:string", "user/id:integer", "user/geo/lat:double", "tags:array", "none:null", "e:object",
                    "a.b:boolean",
                ])
    }

    @Test("of equal keys the last counts, in the place of the first")
    func duplicates() {
        #expect(list(#"{"a":{"b":1},"c":2,"a":"x"}"#) == ["a:string", "c:integer"])
    }

    @Test("keys that only look alike are two leaves")
    func equivalentKeys() {
        #expect(list("{\"\u{E9}\":1,\"e\u{301}\":true}") == ["\u{E9}:integer", "e\u{301}:boolean"])
    }

    @Test("what is no valid object has no fields", arguments: ["", "[1]", "7", #"{"a":1"#, "{}"])
    func none(text: String) {
        #expect(list(text).isEmpty)
    }
}
