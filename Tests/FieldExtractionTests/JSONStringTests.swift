import FieldExtraction
import Testing

@Suite struct JSONStringTests {
    private func withSlot<Value>(
        _ text: String, _ encoding: FieldSlot.Encoding, _ body: (FieldSlot) -> Value
    ) -> Value {
        Array(text.utf8).withUnsafeBufferPointer {
            body(FieldSlot(kind: .string, start: $0.baseAddress, length: $0.count, encoding: encoding))
        }
    }

    @Test(
        "the characters of a string come out of each encoding",
        arguments: [
            ("plain \\n \"\"", .plain, "plain \\n \"\""),
            (#"\"\\\/\b\f\n\r\t"#, .jsonEscaped, "\"\\/\u{8}\u{c}\n\r\t"),
            (#"\u0041\u00e9\u65E5\ud83d\ude00"#, .jsonEscaped, "Aé日😀"),
            (#"\ud83dx\ude00\ud83d"#, .jsonEscaped, "\u{FFFD}x\u{FFFD}\u{FFFD}"),
            (#"\ud83d\n\ud83d\u0041"#, .jsonEscaped, "\u{FFFD}\n\u{FFFD}A"), (#"a\u0000b"#, .jsonEscaped, "a\0b"),
            ("say \"\"hi\"\"", .csvQuoted, "say \"hi\""), ("\"\"", .csvQuoted, "\""), ("", .plain, ""),
        ] as [(String, FieldSlot.Encoding, String)])
    func decoding(text: String, encoding: FieldSlot.Encoding, expected: String) {
        withSlot(text, encoding) { slot in
            var bytes: [UInt8] = []
            JSONString.decode(slot, into: &bytes)
            #expect(bytes == Array(expected.utf8))
            #expect(JSONString.string(slot) == expected)
            #expect(slot.equals(Array(expected.utf8)))
            #expect(!slot.equals(Array((expected + "x").utf8)))
            #expect(expected.isEmpty || !slot.equals(Array(expected.utf8.dropLast())))
            #expect(expected.isEmpty || !slot.equals([1] + expected.utf8.dropFirst()))
        }
    }

    @Test("long plain strings are compared to the last byte", arguments: [7, 8, 9, 15, 16, 17, 31])
    func longEquality(count: Int) {
        let text = String(repeating: "x", count: count)
        withSlot(text, .plain) { slot in
            #expect(slot.equals(Array(text.utf8)))
            #expect(!slot.equals(Array((text.dropLast() + "y").utf8)))
        }
    }

    @Test("a number is never equal to a string")
    func kinds() {
        #expect(!FieldSlot.integer(0).equals([]))
        #expect(!FieldSlot.missing.equals([]))
    }

    @Test(
        "what is written is JSON, escaped no more than needed",
        arguments: [
            ("", "\"\""), ("plain", "\"plain\""), ("a\"b\\c/", #""a\"b\\c/""#),
            ("\n\r\t\u{1}\u{1f}\0", #""\n\r\t\u0001\u001f\u0000""#),
            ("é日😀\u{7f}", "\"é日😀\u{7f}\""), ("0123456\"89012345678\"", #""0123456\"89012345678\"""#),
        ])
    func writing(text: String, expected: String) {
        var output: [UInt8] = []
        JSONString.append(text, to: &output)
        #expect(String(decoding: output, as: UTF8.self) == expected)
    }

    @Test("bytes that are not UTF-8 are written as U+FFFD")
    func invalid() {
        var output: [UInt8] = []
        JSONString.append([0x61, 0xFF, 0xC3, 0x62, 0xE2, 0x82], to: &output)
        #expect(String(decoding: output, as: UTF8.self) == "\"a\u{FFFD}\u{FFFD}b\u{FFFD}\u{FFFD}\"")
    }

    @Test("a slot is written as the JSON value it is")
    func slots() {
        var output: [UInt8] = []
        for slot in [
            .missing, .boolean(true), .boolean(false), .integer(-7), .double(0.5),
            Timestamp(microseconds: 1500).slot, FieldSlot(kind: .null),
        ] as [FieldSlot] {
            JSONString.append(slot, to: &output)
            output.append(0x20)
        }
        withSlot("a\"\"b", .csvQuoted) { JSONString.append($0, to: &output) }
        withSlot("\\u0041", .jsonEscaped) { JSONString.append($0, to: &output) }
        #expect(
            String(decoding: output, as: UTF8.self)
                == #"null true false -7 0.5 "1970-01-01T00:00:00.001500Z" null "a\"b""\u0041""#)
    }
}
