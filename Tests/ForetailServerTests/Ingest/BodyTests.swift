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

    // `printf 'hello hello hello hello' | gzip -n`
    private static let packed: [UInt8] = [
        0x1f, 0x8b, 0x08, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x03, 0xcb, 0x48, 0xcd, 0xc9, 0xc9, 0x57, 0xc8, 0x40,
        0x27, 0x01, 0xe3, 0x51, 0x3d, 0x8d, 0x17, 0x00, 0x00, 0x00,
    ]

    private func unpack(_ inflater: Inflater, _ bytes: [UInt8]) throws -> [UInt8] {
        inflater.feed(bytes)
        var output: [UInt8] = []
        while let piece = try inflater.unpack(atMost: 1_000) { output += piece }
        return output
    }

    @Test("Packed bodies come out whole, one behind the other, however they are cut", arguments: [1, 7, 28, 56])
    func inflate(piece: Int) throws {
        let inflater = try Inflater()
        let twice = Self.packed + Self.packed
        var output: [UInt8] = []
        for start in stride(from: 0, to: twice.count, by: piece) {
            output += try unpack(inflater, Array(twice[start..<min(twice.count, start + piece)]))
        }
        try inflater.finish()
        #expect(String(decoding: output, as: UTF8.self) == "hello hello hello hellohello hello hello hello")
    }

    @Test("Packed bodies that end early, or are none, are refused")
    func damaged() throws {
        let short = try Inflater()
        _ = try unpack(short, Self.packed.dropLast(9))
        #expect(throws: Problem.self) { try short.finish() }
        #expect(throws: Problem.self) { try unpack(Inflater(), Array("plain text".utf8)) }
    }

    @Test("A few packed bytes that stand for many come out in pieces")
    func bomb() throws {
        // `head -c 3000000 /dev/zero | gzip -n -9`
        let head: [UInt8] = [
            0x1f, 0x8b, 0x08, 0x00, 0x00, 0x00, 0x00, 0x00, 0x02, 0x03, 0xed, 0xc1, 0x01, 0x01, 0x00, 0x00, 0x00, 0x82,
            0x20, 0xff, 0xaf, 0x6e, 0x48, 0x40, 0x01,
        ]
        let tail: [UInt8] = [0x2f, 0x06, 0x65, 0xa2, 0x01, 0x4d, 0xc0, 0xc6, 0x2d, 0x00]
        let inflater = try Inflater()
        inflater.feed(head + [UInt8](repeating: 0, count: 2_906) + tail)
        var sizes: [Int] = []
        while let piece = try inflater.unpack(atMost: 100_000) { sizes.append(piece.count) }
        try inflater.finish()
        #expect(sizes.reduce(0, +) == 3_000_000)
        #expect(sizes.allSatisfy { $0 < 200_000 })
    }

    @Test("An array of too many events is refused whole")
    func tooMany() throws {
        var batch = EventBatch(stream: "s")
        var rejections = Rejections()
        try WholeBody.frame(
            Array("[{},{}]".utf8), into: &batch, rejections: &rejections, limits: ScanLimits(), events: 2)
        #expect(batch.count == 2)
        let problem = #expect(throws: Problem.self) {
            try WholeBody.frame(
                Array("[{},{},{}]".utf8), into: &batch, rejections: &rejections, limits: ScanLimits(), events: 2)
        }
        #expect(problem?.status.code == 413)
    }
}
#endif
