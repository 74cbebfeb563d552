#if Server && NATS
import FieldExtraction
import Foretail
import Testing

@testable import ForetailServer

/// What owners say of a request, put together, and how they are asked.
struct PartitionSumTests {
    private static func sum(_ documents: [String], missing: [Int] = []) throws -> PartitionSum {
        var answers = OwnerQuestions.Answers()
        answers.missing = missing
        for (number, text) in documents.enumerated() {
            answers.parts.append(
                .init(partition: number, node: "n\(number)", document: try JSONValue(parsing: Array(text.utf8))))
        }
        return PartitionSum(answers)
    }

    @Test("Ratios are weighted by what they were made of, counts are added")
    func confidence() throws {
        let sum = try Self.sum(
            [
                #"{"confidence":0.9,"hitRatio":0.8,"skill":null,"calibrationError":0.1,"samples":300,"steps":[{"step":1,"hits":30,"wrong":10,"expired":0,"meanConfidence":0.5}],"models":[{"name":"a","weight":1}],"unpredictable":["x"]}"#,
                #"{"confidence":0.5,"hitRatio":0.4,"skill":0.2,"calibrationError":0.3,"samples":100,"steps":[{"step":1,"hits":10,"wrong":5,"expired":5,"meanConfidence":0.1},{"step":2,"hits":1,"wrong":0,"expired":0,"meanConfidence":0.3}],"models":[{"name":"b","weight":0.75},{"name":"a","weight":0.25}],"unpredictable":["x","w"]}"#,
                #"{"confidence":null,"hitRatio":null,"skill":null,"calibrationError":null,"samples":0,"steps":[],"models":[],"unpredictable":[]}"#,
            ], missing: [7])
        let document = sum.confidence(id: "tr_1")
        #expect(document["samples"] == .integer(400))
        #expect(document["confidence"] == .double((0.9 * 300 + 0.5 * 100) / 400))
        #expect(document["hitRatio"] == .double((0.8 * 300 + 0.4 * 100) / 400))
        #expect(document["skill"] == .double(0.2))
        #expect(document["precision"] == .double(41.0 / 61))
        #expect(document["calibrationError"] == .double((0.1 * 40 + 0.3 * 21) / 61))
        let steps = try #require(document["steps"]?.list)
        #expect(steps.map { $0["hits"] } == [.integer(40), .integer(1)])
        #expect(steps.map { $0["wrong"] } == [.integer(15), .integer(0)])
        #expect(steps[0]["meanConfidence"] == .double((0.5 * 300 + 0.1 * 100) / 400))
        #expect(document["models"]?.list?.map { $0["name"] } == [.string("a"), .string("b")])
        #expect(document["models"]?.list?.first?["weight"] == .double(0.75 + 0.25 * 0.25))
        #expect(document["unpredictable"] == .array([.string("w"), .string("x")]))
        #expect(document["partitions"]?.list?.count == 3)
        #expect(document["missing"] == .array([.integer(7)]))
    }

    @Test("Where nothing matched nothing is claimed")
    func nothing() throws {
        let document = try Self.sum([#"{"samples":0,"steps":[]}"#]).confidence(id: "tr_1")
        for name in ["confidence", "hitRatio", "precision", "skill", "calibrationError"] {
            #expect(document[name] == .null, "\(name)")
        }
    }

    @Test("A buffer is the sum of its parts; predictions are their lines, so many at most")
    func buffer() throws {
        let document = try Self.sum([
            #"{"ttl":"30s","size":1,"bytes":10,"hits":3,"misses":1}"#, #"{"ttl":"30s","size":2,"bytes":5,"hits":4}"#,
        ]).buffer(id: "tr_1")
        #expect(document["ttl"] == .string("30s"))
        #expect(
            ["size", "bytes", "hits", "misses", "staged"].map { document[$0] }
                == [3, 15, 7, 1, 0].map(JSONValue.integer))
        let lines = try Self.sum([#""{1}\n{2}\n""#, #""""#, #""{3}\n{4}\n""#])
        #expect(String(decoding: lines.predictions(limit: 3), as: UTF8.self) == "{1}\n{2}\n{3}\n")
        #expect(lines.predictions(limit: 9).count == 16)
    }

    @Test("A question is read as it was asked, and what is none is not answered")
    func questions() throws {
        let id = try #require(TailRequestID(text: "tr_42"))
        for subject in [
            PartitionQuestion.Subject.confidence, .buffer, .predictions(key: nil, limit: 5),
            .predictions(key: Array("ä\n\"".utf8), limit: 1),
        ] {
            let asked = NodeQuestion("s.1", PartitionQuestion(id, subject))
            let read = try #require(NodeQuestion(asked.bytes))
            #expect(read.stream == "s.1" && read.question.request == id)
            #expect(read.bytes == asked.bytes)
        }
        for text in [
            "", "{", "[]", #"{"stream":"s","request":"tr_1"}"#, #"{"stream":"s","request":"x","subject":"buffer"}"#,
            #"{"stream":1,"request":"tr_1","subject":"buffer"}"#, #"{"stream":"s","request":"tr_1","subject":"all"}"#,
            #"{"stream":"s","request":"tr_1","subject":"predictions","limit":0}"#,
            #"{"stream":"s","request":"tr_1","subject":"predictions","limit":-9}"#,
            #"{"stream":"s","request":"tr_1","subject":"predictions"}"#,
        ] {
            #expect(NodeQuestion(Array(text.utf8)) == nil, "\(text)")
        }
    }

    @Test("An owner answers what was asked before it came, and whoever asks one that has gone does not wait")
    func asking() async throws {
        let id = try #require(TailRequestID(text: "tr_1"))
        let control = OwnerControl()
        async let answer = control.ask(PartitionQuestion(id, .buffer))
        var answered = 0
        while answered == 0 {
            control.answer { question in
                answered += 1
                return .string(question.request.description)
            }
            await Task.yield()
        }
        #expect(await answer == .string("tr_1"))
        async let left = control.ask(PartitionQuestion(id, .confidence))
        control.end()
        #expect(await left == nil)
        #expect(await control.ask(PartitionQuestion(id, .confidence)) == nil)
    }
}
#endif
