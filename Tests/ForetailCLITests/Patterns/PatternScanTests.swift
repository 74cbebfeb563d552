import ArgumentParser
import FieldExtraction
import Forecasting
import Foretail
import Testing

@testable import ForetailCLI

@Suite("Patterns of a source") struct PatternScanTests {
    private func report(_ text: String, _ arguments: [String] = []) throws -> PatternReport {
        let folder = TemporaryFolder()
        folder.write(text, to: "events")
        let command = try PatternsCommand.parse([folder.file("events"), "-q"] + arguments)
        var scan = try PatternScan(command)
        return try scan.report()
    }

    /// Hourly events of two hosts in turn, one busy from nine to three.
    private var hosts: String {
        (0..<1_000).map { hour in
            let isBusy = (9..<15).contains(hour % 24)
            return #"{"time":\#(1_767_225_600 + hour * 3_600),"host":"a","cpu":\#((isBusy ? 85 : 40) + hour % 7)}"#
                + "\n"
                + (hour % 2 == 0 ? #"{"time":\#(1_767_225_600 + hour * 3_600),"host":"b","level":"ok"}"# + "\n" : "")
        }.joined()
    }

    @Test("Series are told apart by key, the busiest first")
    func keys() throws {
        let found = try report(hosts, ["--key", "host"])
        #expect(found.series.map(\.key) == ["a", "b"])
        #expect(found.series.map(\.eventCount) == [1_000, 500])
        #expect(found.timeField == "time")
        #expect(found.series[0].fields.map(\.name) == ["cpu", "level"])
        #expect(found.series[0].fields.map(\.summary.kind) == [.count, .unseen])
        #expect(found.series[0].fields[0].numeric?.seasons.first?.calendar == .day)
        #expect(found.series[1].fields.map(\.summary.kind) == [.unseen, .constant])
        #expect(try report(hosts, ["--key", "host", "--keys", "1"]).series.count == 1)
    }

    @Test("Fields may be named")
    func fields() throws {
        let found = try report(hosts, ["--field", "cpu"])
        #expect(found.series[0].fields.map(\.name) == ["cpu"])
        #expect(found.series[0].fields[0].summary.missingCount == 500)
    }

    @Test("The text says what repeats; its lines end without blanks")
    func text() throws {
        let text = PatternText(style: .plain).text(try report(hosts, ["--key", "host"]))
        #expect(text.contains("daily        every 24 events; explains 9"))
        #expect(text.contains("grid         every 1h, all gaps keep to it"))
        #expect(text.contains("constant     ok"))
        #expect(!text.split(separator: "\n").contains { $0.hasSuffix(" ") })
    }

    @Test("The object has the stable names")
    func object() throws {
        let text = PatternJSON.text(try report(hosts, ["--key", "host"]))
        #expect(
            text.hasPrefix(
                #"{"source":"events","events":1500,"bad":0,"keys":2,"timeField":"time","series":[{"key":"a","#))
        for name in ["arrival", "grid", "step", "seasons", "period", "calendar", "strength", "since", "shifts"] {
            #expect(text.contains("\"\(name)\":"), "\(name)")
        }
        let isValid = Array(text.utf8.dropLast()).withUnsafeBufferPointer { JSONFieldLister.leaves(of: $0).count > 4 }
        #expect(isValid)
    }

    @Test("Broken, empty and plain input is read")
    func broken() throws {
        #expect(try report("").series.isEmpty)
        #expect(PatternText(style: .plain).text(try report("")).contains("0 events"))
        let plain = try report("one two\nthree four\n")
        #expect(plain.series[0].fields.map(\.name) == ["message", "template", "parameters"])
        let bad = try report("{\"a\":1}\n{\"a\":\n{\"a\":2}\n", ["--input", "ndjson"])
        #expect(bad.bad == 1 && bad.events == 2)
        #expect(throws: ForetailError.self) { try report("{\"a\":\n", ["--input", "ndjson", "--strict"]) }
    }

    @Test("Beyond the bound the busiest series stay, and one that became busy takes a place")
    func bound() {
        var collector = SeriesCollector(capacity: 2)
        func note(_ key: String, _ times: Int) {
            for _ in 0..<times {
                guard let place = collector.place(of: Array(key.utf8)) else { continue }
                collector.note(time: nil, at: place)
                collector.note(.integer(1), field: 0, at: place)
            }
        }
        note("a", 50)
        note("b", 40)
        for number in 0..<SeriesCollector.seriesLimit { note("k\(number)", 1) }
        #expect(collector.kept.count == 2)
        #expect(collector.busiest.map { collector.kept[$0].count } == [50, 40])
        note("late", 200)
        #expect(collector.busiest.map { collector.kept[$0].key } == [Array("late".utf8), Array("a".utf8)])
    }

    @Test(
        "Values are written with about four digits",
        arguments: [
            (30_373.0, "30,373"), (-3_400.4, "−3,400"), (16.3379, "16.34"), (0.00045678, "0.0004568"), (0, "0"),
            (100, "100"),
        ])
    func values(value: Double, text: String) { #expect(PatternFigures.value(value) == text) }
}
