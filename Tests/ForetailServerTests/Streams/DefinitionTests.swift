#if Server
import FieldExtraction
import HTTPTypes
import Foretail
import Testing

@testable import ForetailServer

@Suite("Definitions") struct DefinitionTests {
    private func json(_ text: String) throws -> JSONValue { try JSONValue(parsing: Array(text.utf8)) }

    @Test("A tail request reads back as it is shown")
    func roundTrip() throws {
        let text = """
            {"stream":"metrics","filter":"event.cpu > 80","destination":{"type":"file","path":"a/b.ndjson"},"steps":[1,12],
             "predict":["cpu"],"assert":"mem","tolerance":{"cpu":"2%","mem":0.5},"minConfidence":0.7,"trivial":true,
             "announce":"every","alternatives":2,"ttl":"10m","rateLimit":5,"description":"x"}
            """
        let definition = try RequestDefinition(json(text))
        let again = try RequestDefinition(json(definition.text))
        #expect(definition.text == again.text)
        #expect(again.prediction == definition.prediction)
        #expect(again.destination == .file(path: "a/b.ndjson"))
        #expect(again.prediction?.tolerances == ["cpu": .percent(2), "mem": .absolute(0.5)])
        #expect(again.prediction?.timeToLiveMicroseconds == 600_000_000)
        #expect(again.rateLimit == 5)
    }

    @Test(
        "A slip is told with its field",
        arguments: [
            (#"{"filter":"true"}"#, "stream"), (#"{"stream":"a b"}"#, "name"),
            (#"{"stream":"s","filtr":"x"}"#, "filtr"),
            (#"{"stream":"s","minConfidence":1.5}"#, "minConfidence"),
            (#"{"stream":"s","steps":0}"#, "steps"), (#"{"stream":"s","steps":"3"}"#, "steps"),
            (#"{"stream":"s","ttl":"soon"}"#, "ttl"),
            (#"{"stream":"s","destination":{"type":"ftp"}}"#, "destination.type"),
            (#"{"stream":"s","destination":{"type":"file","path":"../x"}}"#, "destination.path"),
            (#"{"stream":"s","destination":{"type":"file","path":"/etc/x"}}"#, "destination.path"),
            (#"{"stream":"s","tolerance":{"cpu":"wide"}}"#, "tolerance.cpu"),
            (#"{"stream":"s","stream":"t"}"#, "stream"),
            (#"{"stream":"s","filter":"a","pattern":{}}"#, "pattern"), (#"[]"#, "body"),
        ])
    func slips(text: String, field: String) throws {
        let value = try json(text)
        let problem = #expect(throws: Problem.self) { try RequestDefinition(value) }
        #expect(problem?.field == field)
        #expect(problem?.status.code == 400)
    }

    @Test("NATS and Kafka are refused as not there yet", arguments: ["nats", "kafka"])
    func notThereYet(type: String) throws {
        let value = try json(#"{"stream":"s","destination":{"type":"\#(type)","url":"http://x"}}"#)
        #expect(#expect(throws: Problem.self) { try RequestDefinition(value) }?.status.code == 501)
    }

    @Test("A stream's definition reads back as it is shown")
    func stream() throws {
        let text =
            #"{"key":["host","disk"],"time":"ts","lateness":"5s","durability":"os","retention":{"age":"7d","bytes":1000}}"#
        let definition = try StreamDefinition(json(text), defaults: StreamDefinition())
        #expect(definition.text == text)
        #expect(try StreamDefinition(stored: definition.text, defaults: StreamDefinition()).text == text)
        #expect(definition.readsLike(definition))
        #expect(!definition.readsLike(StreamDefinition()))
    }

    @Test("Positions and ids are read in the one form they are printed in")
    func positions() {
        #expect(Position("0:1-42") == Position(sequence: 42))
        for text in [
            "", "0:1", "0:1-", "00:1-2", "0:1-+2", "0:1-2 ", "0:1-99999999999999999999", "0:1-9223372036854775808",
            "a:b-c", "0:1-2-3",
        ] {
            #expect(Position(text) == nil, "\(text)")
        }
        #expect(TailRequestID(text: "tr_7") == TailRequestID(7))
        for text in ["tr_", "tr_07", "7", "tr_-1", "tr_4294967296"] {
            #expect(TailRequestID(text: text) == nil, "\(text)")
        }
    }

    @Test(
        "Durations are read and written as people do",
        arguments: [
            ("250ms", 250_000), ("30s", 30_000_000), ("10m", 600_000_000), ("2h", 7_200_000_000),
            ("7d", 604_800_000_000),
        ])
    func durations(text: String, microseconds: Int64) {
        #expect(DurationText.microseconds(text) == microseconds)
        #expect(DurationText.text(microseconds) == text)
    }
}
#endif
