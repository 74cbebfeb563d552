#if Server
import FieldExtraction
import Foretail
import HTTPTypes
import Testing

@testable import ForetailServer

@Suite("Bodies of events") struct BodyTests {
    private func texts(_ batch: EventBatch) -> [String] {
        batch.frames.map { String(decoding: batch.bytes[$0.body], as: UTF8.self) }
    }

    @Test(
        "The format comes from the headers",
        arguments: [
            (nil, BodyFormat.ndjson), ("application/x-ndjson", .ndjson), ("application/json; charset=utf-8", .json),
            ("Text/Plain", .text), ("text/csv", .csv), ("application/cloudevents+json", .cloudEvent),
            ("application/cloudevents-batch+json", .cloudEvents),
        ])
    func format(type: String?, format: BodyFormat) throws {
        var headers = HTTPFields()
        headers[.contentType] = type
        #expect(try BodyFormat(headers) == format)
    }

    @Test("An unknown format is refused with those there are")
    func unknownFormat() {
        let problem = #expect(throws: Problem.self) { try BodyFormat([.contentType: "image/png"]) }
        #expect(problem?.status.code == 415)
        #expect(problem?.remedy?.contains("application/x-ndjson") == true)
    }

    @Test("An array is taken apart where its elements stand")
    func array() throws {
        var batch = EventBatch(stream: "s")
        var rejections = Rejections()
        let body = Array(#" [ {"a":[1,{"b":"]"}]} , 5, {"c":"}"},"x" ]"#.utf8)
        try WholeBody.frame(body, into: &batch, rejections: &rejections, limits: ScanLimits())
        #expect(texts(batch) == [#"{"a":[1,{"b":"]"}]}"#, #"{"c":"}"}"#])
        #expect(batch.frames.map(\.line) == [1, 3])
        #expect(rejections.count == 2)
    }

    @Test("A body that is no JSON is refused with the place")
    func noJSON() {
        var batch = EventBatch(stream: "s")
        var rejections = Rejections()
        let problem = #expect(throws: Problem.self) {
            try WholeBody.frame(Array(#"{"a":}"#.utf8), into: &batch, rejections: &rejections, limits: ScanLimits())
        }
        #expect(problem?.status.code == 400)
        #expect(problem?.detail.contains("column") == true, "\(problem?.detail ?? "")")
    }

    @Test("Bad lines are reported by number, good ones kept")
    func partial() {
        var batch = EventBatch(stream: "s")
        for text in [#"{"a":1}"#, "5", "{", #"{"a":2}"#] { batch.append(text, at: Position(sequence: 0)) }
        var checker = EventChecker(limits: ScanLimits())
        var rejections = Rejections()
        checker.check(&batch, rejections: &rejections)
        #expect(texts(batch) == [#"{"a":1}"#, #"{"a":2}"#])
        let text = String(decoding: rejections.document.bytes, as: UTF8.self)
        #expect(text.hasPrefix(#"[{"line":2,"reason":"expected a JSON object"},{"line":3,"#), "\(text)")
    }

    @Test("A CloudEvent names its kind and origin")
    func cloudEvent() {
        var batch = EventBatch(stream: "s")
        batch.append(#"{"specversion":"1.0","id":"1","source":"/a","type":"t"}"#, at: Position(sequence: 0))
        batch.append(#"{"specversion":"1.0","id":"1","source":"/a"}"#, at: Position(sequence: 0))
        var checker = EventChecker(limits: ScanLimits(), isCloudEvent: true)
        var rejections = Rejections()
        checker.check(&batch, rejections: &rejections)
        #expect(batch.count == 1)
        #expect(rejections.count == 1)
    }

    @Test(
        "A CloudEvent in headers becomes the JSON it stands for",
        arguments: [
            ("application/json", Array(#"{"a":1}"#.utf8), #""data":{"a":1}"#),
            ("text/plain", Array("hello".utf8), #""data":"hello""#),
            ("application/octet-stream", [0xFF, 0x00, 0x10, 0x80], #""data_base64":"/wAQgA==""#),
        ])
    func binaryCloudEvent(type: String, body: [UInt8], data: String) throws {
        var headers = HTTPFields()
        headers[HTTPField.Name("ce-specversion")!] = "1.0"
        headers[HTTPField.Name("ce-id")!] = "a%20b"
        headers[.contentType] = type
        let text = String(
            decoding: WholeBody.cloudEvent(headers: headers, body: body, limits: ScanLimits()), as: UTF8.self)
        #expect(text == #"{"specversion":"1.0","id":"a b","datacontenttype":"\#(type)",\#(data)}"#)
    }

    @Test("Packed bodies come out whole, damaged ones are refused, bombs are cut off")
    func inflate() throws {
        // `printf 'hello hello hello hello' | gzip -n`
        let packed: [UInt8] = [
            0x1f, 0x8b, 0x08, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x03, 0xcb, 0x48, 0xcd, 0xc9, 0xc9, 0x57, 0xc8, 0x40,
            0x27, 0x01, 0xe3, 0x51, 0x3d, 0x8d, 0x17, 0x00, 0x00, 0x00,
        ]
        for piece in [1, 7, packed.count] {
            let inflater = try Inflater()
            var output: [UInt8] = []
            for start in stride(from: 0, to: packed.count, by: piece) {
                let part = Array(packed[start..<min(packed.count, start + piece)])
                try inflater.unpack(part, limit: 1_000, into: &output)
            }
            try inflater.finish()
            #expect(String(decoding: output, as: UTF8.self) == "hello hello hello hello")
        }
        let short = try Inflater()
        var output: [UInt8] = []
        try short.unpack(Array(packed.dropLast(9)), limit: 1_000, into: &output)
        #expect(throws: Problem.self) { try short.finish() }
        #expect(throws: Problem.self) { try Inflater().unpack(Array("plain text".utf8), limit: 1_000, into: &output) }
        let problem = #expect(throws: Problem.self) {
            var output: [UInt8] = []
            try Inflater().unpack(packed, limit: 10, into: &output)
        }
        #expect(problem?.status.code == 413)
    }
}
#endif
