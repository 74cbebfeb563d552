import FieldExtraction
import FilterLanguage
import Testing

@testable import Foretail

/// What is learned of plain lines: which fields, which numbers, which of them is asserted, and by which clock.
@Suite("Fields of lines") struct LineFieldTests {
    private struct Run {
        var predictions: [(made: Prediction, names: [String], asserted: [String])] = []
        var records: [String] = []
    }

    /// Feeds events one by one.
    private func run(
        _ events: [String], filter: String? = nil, clock: StreamDescriptor.Clock = .automatic, minConfidence: Double = 0
    ) throws -> Run {
        var manager = PredictiveBufferManager(configuration: .init(seed: 1))
        var descriptor = StreamDescriptor(name: "s")
        descriptor.clock = clock
        try manager.describeStream(descriptor)
        var settings = PredictionSettings()
        settings.minConfidence = minConfidence
        settings.announce = .every
        _ = try manager.registerTailRequest(
            streamName: "s", filter: filter.map { FilterText($0) }, destination: DestinationID(1), prediction: settings)
        var run = Run()
        for (index, text) in events.enumerated() {
            var actions = Actions()
            let batch = EventBatch("s", [text], first: UInt64(index + 1))
            manager.process(.events(batch), now: Timestamp(microseconds: 0), into: &actions)
            run.records += manager.lines(of: actions, stream: "s")
            let found = manager.names(stream: "s")
            let names = try #require(found)
            for case .announce(let made, _) in actions.items {
                let asserted = made.fields.filter { field in
                    switch field.content {
                    case .numeric(let numeric): numeric.tolerance != nil
                    case .category(let category): category.isAsserted
                    }
                }
                run.predictions.append(
                    (made, made.fields.map { names.field($0.field) }, asserted.map { names.field($0.field) }))
            }
        }
        return run
    }

    /// What a reader of lines makes of them.
    private func events(_ lines: [String]) -> [String] {
        let reader = LogLineReader()
        return lines.map { line in
            var output: [UInt8] = []
            Array(line.utf8).withUnsafeBufferPointer { reader.append($0, to: &output) }
            return String(decoding: output, as: UTF8.self)
        }
    }

    /// The time of a record, before what its event says.
    private static func time(of record: String) -> String? {
        guard let begin = record.split(separator: #","time":""#, maxSplits: 1).last else { return nil }
        return String(begin.prefix { $0 != "\"" })
    }

    private func stamp(_ second: Int) -> String {
        "\(Timestamp(microseconds: Int64(1_700_000_000 + second) * 1_000_000))"
    }

    @Test("The template comes first among the learned fields, and the line itself is none of them")
    func templateFirst() throws {
        let lines = (0..<400).map { number in
            #"10.0.0.\#(number % 5) - - [10/Oct/2000:13:\#(10 + number / 60):\#(10 + number % 50) +0000] "#
                + #""GET /\#(number % 7) HTTP/1.1" 200 \#(100 + number % 9) "http://r/" "agent \#(number % 3)""#
        }
        let last = try #require(try run(events(lines)).predictions.last)
        #expect(last.names.first == "template")
        #expect(!last.names.contains("message") && last.names.contains("path"))
    }

    @Test("A prediction has the numbers of the template it expects, and no others")
    func numbersOfTemplate() throws {
        let lines = (0..<600).map { number in
            let noise = number * 7_919 % 13
            return number % 2 == 0
                ? "\(stamp(number)) INFO query took \(100 + noise) ms"
                : "\(stamp(number)) INFO sent \(9_000 + noise) bytes"
        }
        for prediction in try run(events(lines)).predictions.suffix(100) {
            let isQuery = prediction.made.slot % 2 == 1
            #expect(prediction.names.contains("numbers.took") == isQuery)
            #expect(prediction.names.contains("numbers.sent") == !isQuery)
            for (name, field) in zip(prediction.names, prediction.made.fields) {
                guard case .numeric(let numeric) = field.content, name.hasPrefix("numbers.") else { continue }
                #expect((isQuery ? 100.0...112 : 9_000...9_012).contains(numeric.value.value))
            }
        }
    }

    @Test("A filter of a number is expected with the template that has it, however often the other comes")
    func filterOfNumber() throws {
        let lines = (0..<900).map { number in
            number % 3 == 0
                ? "\(stamp(number)) query took \(number % 7 + 50) ms" : "\(stamp(number)) sent \(number % 5) bytes"
        }
        let run = try run(events(lines), filter: "event.numbers.took > 10")
        for prediction in run.predictions.suffix(90) {
            #expect((prediction.made.matchProbability > 0.8) == (prediction.made.slot % 3 == 1))
        }
    }

    @Test("What most events have is not asserted while another field tells more")
    func assertsWhatTells() throws {
        var state: UInt64 = 5
        var step = 0
        let texts = (0..<2_000).map { number in
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            step = state >> 62 == 0 ? Int(state >> 60 & 3) : (step + 1) % 4
            return #"{"flag":"\#(number % 6 == 0 ? "odd" : "usual")","step":"s\#(step)"}"#
        }
        let predictions = try run(texts).predictions.suffix(400)
        let usual = predictions.filter { $0.made.slot % 6 != 1 }
        #expect(usual.count(where: { $0.asserted == ["step"] }) * 10 > usual.count * 9)
        let odd = predictions.filter { $0.made.slot % 6 == 1 }
        #expect(odd.count > 60 && odd.count(where: { $0.asserted == ["flag"] }) * 10 > odd.count * 9)
    }

    @Test("By the clock of order no event is late, and its body stays as it is")
    func order() throws {
        let texts = (0..<500).map { number in
            #"{"time":\#(1_700_000_000 + 10 * (number / 10) + number * 7 % 10),"step":"s\#(number % 4)"}"#
        }
        func times(_ records: [String]) -> [String] {
            records.filter { $0.hasPrefix(#"{"kind":"event""#) }.compactMap(Self.time)
        }
        let byOrder = try run(texts, clock: .order, minConfidence: 0.5)
        let byEvent = try run(texts, clock: .event, minConfidence: 0.5)
        #expect(times(byOrder.records).count == 500 && times(byOrder.records).sorted() == times(byOrder.records))
        #expect(times(byEvent.records).sorted() != times(byEvent.records))
        for text in texts { #expect(byOrder.records.contains { $0.contains(text) }) }
        func hits(_ run: Run) -> Int { run.records.count { $0.contains(#""result":"hit""#) } }
        #expect(hits(byOrder) > 250 && hits(byEvent) < hits(byOrder) / 2)
    }
}
