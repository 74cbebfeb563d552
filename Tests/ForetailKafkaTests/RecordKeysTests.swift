#if Kafka
import FieldExtraction
import Testing

@testable import ForetailKafka

@Suite("RecordKeys") struct RecordKeysTests {
    private func keys(_ text: String, _ paths: [FieldPath]) -> [String?] {
        var keys = RecordKeys(paths)
        keys.cut(Array(text.utf8))
        return keys.messages.map { message in
            message.key.map { String(decoding: keys.keys[$0], as: UTF8.self) }
        }
    }

    @Test("each line is a message, with its key decoded")
    func lines() {
        let lines = [#"{"key":"a"}"#, #"{"n":1}"#, "", #"{"key":"b\"\u00e4"}"#, "plain", #"{"key":7}"#]
        let text = lines.joined(separator: "\n")
        #expect(keys(text, [FieldPath("key")]) == ["a", nil, "b\"ä", nil, "7"])
    }

    @Test("fields of a composite key have commas between, as the stream's own keys have")
    func composite() {
        let text = #"{"a":"x","b":{"c":true}}"# + "\n" + #"{"a":"x"}"# + "\n" + #"{"d":1}"#
        #expect(keys(text, [FieldPath("a"), FieldPath("b.c")]) == ["x,true", "x,", nil])
    }

    @Test("an empty key is a key")
    func empty() { #expect(keys(#"{"key":""}"#, [FieldPath("key")]) == [""]) }

    @Test("without fields there are no keys")
    func none() { #expect(keys(#"{"key":"a"}"#, []) == [nil]) }
}
#endif
