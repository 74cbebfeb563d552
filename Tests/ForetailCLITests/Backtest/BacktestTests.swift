import ArgumentParser
import FieldExtraction
import Testing

@testable import Foretail
@testable import ForetailCLI

@Suite struct BacktestTests {
    private let folder = TemporaryFolder()

    private func report(_ text: String, _ options: String..., name: String = "data.csv") throws -> BacktestReport {
        folder.write(text, to: name)
        return try BacktestRun(BacktestOptions.parse([folder.file(name), "-q"] + options)).report()
    }

    private func csv(_ count: Int, value: (Int) -> String) -> String {
        "time,value\n" + (0..<count).map { "\(1_700_000_000 + 60 * $0),\(value($0))\n" }.joined()
    }

    private func json(_ report: BacktestReport) throws -> JSONValue {
        var limits = ScanLimits()
        limits.fields = 1_000_000
        return try JSONValue(parsing: JSONReport(report).bytes, limits: limits)
    }

    @Test("A steady alternation is told, and its errors are what one reckons by hand")
    func alternation() throws {
        let report = try report(csv(600) { "\($0 % 2 * 10)" }, "--season", "2", "--warm-up", "100")
        let figures = report.all
        let score = try #require(figures.account.fields.first?.scores.first)
        // Forecasts after the 100th to the 599th event are scored.
        #expect(score.origins == 500)
        #expect(score.maeNaive == 10 && score.maeSeasonalNaive == 0 && score.skillSeasonal == nil)
        #expect(figures.skill! > 0.9)
        #expect(figures.windowCoverage == 1 && figures.account.gridMicroseconds == 60_000_000)
        #expect(figures.gapPinball == 0 && figures.account.gaps.gaps == 500)
        #expect(figures.tally.events == 600 && figures.tally.matched == 600)
    }

    @Test("It counts what the manager counts")
    func sameAsManager() throws {
        let text = csv(800) { "\(50 + 40 * ($0 % 24 < 12 ? 1 : 0) + $0 * 7_919 % 5)" }
        let report = try report(text, "--steps", "3")
        let counts = report.all.tally.counts
        #expect(report.all.tally.hitEvents > 100)
        #expect(counts.announced == counts.judged + counts.trivial + counts.withdrawn)
        #expect(report.all.account.steps.reduce(0) { $0 + $1.counts.announced } == counts.announced)
        #expect(report.all.tally.calibration.count == counts.judged)
        #expect(report.files[0].timeline.points.reduce(0) { $0 + $1.hits } == report.all.tally.hitEvents)
        #expect(!report.files[0].timeline.models.isEmpty)
    }

    @Test("Keys have figures of their own, and files have, too")
    func keys() throws {
        var text = ""
        for number in 0..<400 {
            let host = number % 4 == 0 ? "b" : "a"
            text += #"{"time":\#(1_700_000_000 + number),"host":"\#(host)","load":\#(number % 8)}"# + "\n"
        }
        folder.write(text, to: "one.ndjson")
        folder.write(text, to: "two.ndjson")
        let options = try BacktestOptions.parse(
            [folder.file("one.ndjson"), folder.file("two.ndjson"), "--key", "host", "-q"])
        let report = try BacktestRun(options).report()
        #expect(report.files[0].series.map(\.name) == ["a", "b"])
        #expect(report.files[0].series.map(\.figures.tally.events) == [300, 100])
        #expect(report.files[0].figures.tally.events == 400 && report.all.tally.events == 800)
        #expect(report.all.account.fields.map(\.file) == [0, 1])
        #expect(report.all.account.keys == 4)
        #expect(TextReport(report).text().contains("── all 2 files ──"))
    }

    @Test("A filter narrows what is matched, not what is read")
    func filter() throws {
        let report = try report(csv(400) { "\($0 % 10)" }, "--filter", "event.value > 6")
        #expect(report.all.tally.events == 400 && report.all.tally.matched == 120)
    }

    @Test("An empty file has nothing to say")
    func empty() throws {
        let report = try report("")
        #expect(Verdict(report.all).answer == .nothing)
        #expect(TextReport(report).text().contains("there was no event to read"))
        #expect(try json(report)["files"] != nil)
        #expect(HTMLReport(report).text.hasSuffix("</html>\n"))
    }

    @Test("One event is too short")
    func oneEvent() throws {
        let report = try report(csv(1) { "\($0)" })
        #expect(Verdict(report.all).answer == .short)
        #expect(try json(report)["all"]?["hitRatio"] == .double(0) || json(report)["all"]?["hitRatio"] == .integer(0))
        #expect(HTMLReport(report).text.contains("Too short to say"))
    }

    @Test("Without a numeric field there is no skill but everything else")
    func categories() throws {
        let report = try report(csv(500) { "\(["red", "green", "blue"][$0 % 3])" })
        #expect(report.all.skill == nil && report.all.account.fields.isEmpty)
        #expect(report.all.account.categorySkill! > 0.5)
        #expect(report.all.hitRatio! > 0.5)
        #expect(HTMLReport(report).text.contains("Hits over the whole file"))
    }

    @Test("Irregular times are scored by their gaps")
    func irregular() throws {
        var seed: UInt64 = 7
        var time = 1_700_000_000_000
        var text = "time,value\n"
        for number in 0..<1_500 {
            seed = seed &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            time += 1 + Int(seed >> 52)
            text += "\(time),\(number % 5)\n"
        }
        let report = try report(text, "--warm-up", "100")
        #expect(report.all.account.gridMicroseconds == nil)
        #expect(report.all.account.gaps.gaps == 1_400)
        #expect((0.9...1.1).contains(report.all.gapRatio!))
        #expect((0.8...1).contains(report.all.windowCoverage!))
    }

    @Test("The names of the JSON report are those that are documented")
    func names() throws {
        let value = try json(report(csv(300) { "\($0 % 6)" }))
        for name in [
            "verdict", "verdictText", "events", "matched", "hits", "hitRatio", "precision", "leadMedianSeconds", "ece",
            "skill", "skillTypical", "skillSeasonalNaive", "coverage", "windowCoverage", "gapPinball",
            "gapPinballEmpirical", "microsecondsPerEvent", "calibration", "fields", "windows", "steps",
        ] {
            #expect(value["all"]?[name] != nil, "\(name) is missing")
        }
        guard case .array(let files)? = value["files"] else { throw UsageError(command: "", message: "no files") }
        for name in ["file", "from", "to", "series", "overTime", "remarks", "hitRatio"] {
            #expect(files[0][name] != nil, "\(name) is missing")
        }
    }

    @Test("What a file holds cannot become markup")
    func escaping() throws {
        var text = ""
        for number in 0..<200 {
            text +=
                #"{"time":\#(1_700_000_000 + number),"host":"<img src=x onerror=alert(1)>","<b>&\"'":\#(number % 4)}"#
                + "\n"
        }
        let page = HTMLReport(try report(text, "--key", "host", name: "<script>alert(1)<\u{5F}>.ndjson")).text
        #expect(!page.contains("<script") && !page.contains("<img") && !page.contains("<b>&"))
        #expect(page.contains("&lt;img src=x onerror=alert(1)&gt;"))
        #expect(page.contains("&lt;b&gt;&amp;&quot;&#39;"))
        #expect(!page.contains("http://") && !page.contains("https://"))
    }

    @Test("A bad line is an error under --strict only")
    func strict() throws {
        let text = "{\"time\":1,\"value\":1}\n{\"time\":2,\n"
        folder.write(text, to: "bad.ndjson")
        let options = [folder.file("bad.ndjson"), "-q", "--input", "ndjson"]
        let report = try BacktestRun(BacktestOptions.parse(options)).report()
        #expect(report.files[0].remarks.contains { $0.hasPrefix("1 bad line was skipped") })
        #expect(throws: ForetailError.self) { try BacktestRun(BacktestOptions.parse(options + ["--strict"])).report() }
    }

    @Test(
        "Options that cannot be are refused", arguments: [["host"], ["a", "--season", "1"], ["a", "--out", "a"], []])
    func refused(_ arguments: [String]) {
        #expect(throws: (any Error).self) { try BacktestOptions.parse(arguments) }
    }
}
