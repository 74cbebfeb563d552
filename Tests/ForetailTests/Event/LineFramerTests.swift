import FieldExtraction
import Foretail
import Testing

@Suite("LineFramer") struct LineFramerTests {
    private struct Framed: Equatable {
        var bodies: [String] = []
        var raws: [String] = []
        var lines: [Int] = []
        var problems: [Int] = []
    }

    /// Frames a text in blocks of at most `block` bytes, as a source does.
    private func frame(
        _ text: String, block: Int = .max, limit: Int = 1 << 20, _ change: (inout StreamDescriptor) -> Void = { _ in }
    ) throws -> Framed {
        var descriptor = StreamDescriptor(name: "s")
        change(&descriptor)
        var limits = ScanLimits()
        limits.line = limit
        var framer = LineFramer(descriptor, limits: limits)
        var framed = Framed()
        var rest = Array(text.utf8)[...]
        var kept: [UInt8] = []
        repeat {
            var batch = EventBatch(stream: "s")
            batch.bytes = kept + rest.prefix(block)
            rest = rest.dropFirst(block)
            let filled = batch.bytes.count
            let consumed = try framer.frame(filled: filled, isEnd: rest.isEmpty, batch: &batch)
            #expect(consumed <= filled, "more consumed than there was")
            kept = consumed < filled ? Array(batch.bytes[consumed..<filled]) : []
            for frame in batch.frames {
                framed.bodies.append(String(decoding: batch.bytes[frame.body], as: UTF8.self))
                framed.raws.append(String(decoding: batch.bytes[frame.raw], as: UTF8.self))
                framed.lines.append(frame.line)
            }
            framed.problems += batch.problems.map(\.line)
        } while !rest.isEmpty
        return framed
    }

    @Test("JSON lines are framed as they are; a text among them is a message; blank lines count but are no events")
    func jsonLines() throws {
        let framed = try frame("{\"a\":1}\r\n\n  \npanic: \"boom\"\n {\"a\":2}")
        let text = #"{"message":"panic: \"boom\"","template":"panic: \"<*>\"","parameters":["boom"]}"#
        #expect(framed.bodies == [#"{"a":1}"#, text, #" {"a":2}"#])
        #expect(framed.raws == [#"{"a":1}"#, #"panic: "boom""#, #" {"a":2}"#])
        #expect(framed.lines == [1, 4, 5])
    }

    @Test("CSV rows become objects by header, quoted newlines included")
    func csv() throws {
        let framed = try frame("host,cpu,note\r\na,41.9,\"two\nlines\"\r\nb,7,plain\r\n")
        #expect(framed.bodies.count == 2)
        #expect(framed.bodies.first?.contains(#""cpu":41.9"#) == true)
        #expect(framed.bodies.first?.contains(#"two\nlines"#) == true)
        #expect(framed.raws.first == "a,41.9,\"two\nlines\"")
        #expect(framed.lines == [2, 4])
    }

    @Test("a header without rows, with and without newline, is no event", arguments: ["time,value", "time,value\n"])
    func headerOnly(text: String) throws {
        #expect(try frame(text).bodies == [])
    }

    @Test("a row with too few or too many cells is a problem with its line, or an event; never lost")
    func raggedRow() throws {
        let framed = try frame("a,b\n1,2\n1,2,3,4\n5,6\n")
        #expect(framed.bodies.count + framed.problems.count == 3)
    }

    @Test("--unwrap takes the body out of the string it is wrapped in")
    func unwrap() throws {
        let text =
            #"{"log":"{\"level\":\"error\"}\n","stream":"stdout"}"# + "\n" + #"{"log":"plain words\n"}"# + "\n"
            + #"{"other":1}"# + "\n"
        let framed = try frame(text) {
            $0.unwrap = FieldPath("log")
            $0.lineDetail = .message
        }
        #expect(framed.bodies == [#"{"level":"error"}"#, #"{"message":"plain words"}"#, #"{"other":1}"#])
        #expect(framed.raws.last == #"{"other":1}"#)
    }

    @Test("a byte order mark is no part of the first event")
    func byteOrderMark() throws {
        #expect(try frame("\u{FEFF}{\"a\":1}\n").bodies == [#"{"a":1}"#])
        #expect(try frame("\u{FEFF}a,b\n1,2\n").bodies == [#"{"a":1,"b":2}"#])
    }

    @Test("a line over the limit is one bad event, and the next line is well", arguments: [1, 7, 64, .max])
    func hugeLine(block: Int) throws {
        let huge = "{\"a\":\"" + String(repeating: "x", count: 500) + "\"}"
        let framed = try frame("{\"a\":1}\n\(huge)\n{\"a\":2}\n", block: block, limit: 100)
        #expect(framed.bodies.count == 3)
        #expect(framed.bodies.first == #"{"a":1}"#)
        #expect(framed.bodies.last == #"{"a":2}"#)
        #expect((framed.bodies.dropFirst().first?.utf8.count ?? 0) > 100)
        #expect(framed.lines == [1, 2, 3])
    }

    @Test("a quote that never closes costs its own line, not the file")
    func unclosedQuote() throws {
        let rows = (0..<40).map { "\($0),plain\n" }.joined()
        let framed = try frame("a,b\n1,\"open\n" + rows, limit: 100)
        #expect(framed.bodies.count + framed.problems.count >= 39)
    }

    @Test("explicit formats are not guessed")
    func explicit() throws {
        #expect(
            try frame("a,b\n1,2\n") {
                $0.input = .text
                $0.lineDetail = .message
            }.bodies == [#"{"message":"a,b"}"#, #"{"message":"1,2"}"#])
        #expect(try frame("a,b\n{\"c\":1}\n") { $0.input = .ndjson }.bodies == ["a,b", #"{"c":1}"#])
        #expect(try frame("one\ntwo\n") { $0.input = .csv }.bodies == [#"{"one":"two"}"#])
    }

    @Test(
        "one byte at a time gives what all at once gives",
        arguments: [
            "{\"a\":1}\n{\"a\":2}\n", "\n\n  \r\n{\"a\":1}\r\n\r\nwords\r\n", "a,b\n1,\"x\ny\"\n2,\"z\"\"\n\n\"\n\n3,4",
            "\n\na,b\n\n1,2\n3,4\n", "\u{FEFF}{\"a\":1}\n", "\u{FEFF}a,b\n1,2\n", "\u{FEFF}plain\nwords", "time,value",
            "plain words, with commas\nand more, of them\n", "a;b\n1;2\n", "{\"a\":1}", "", "\n", "x",
            "a,b\r\n\"1\r\n2\",3\r\n",
        ])
    func blocksDoNotMatter(text: String) throws {
        let whole = try frame(text)
        for block in [1, 2, 3, 5] { #expect(try frame(text, block: block) == whole, "in blocks of \(block)") }
    }
}
