import ArgumentParser
import Foretail
import Testing

@testable import ForetailCLI

@Suite struct LookupRehearsalTests {
    private let folder = TemporaryFolder()

    /// Four meters, each every minute, and rows that may be ten seconds old.
    private func report(_ options: String...) throws -> BacktestReport {
        var text = ""
        for number in 0..<1_200 {
            text += #"{"time":\#(1_700_000_000 + 15 * number),"meter":"m\#(number % 4)","load":\#(number % 7)}"# + "\n"
        }
        folder.write(text, to: "meters.ndjson")
        return try BacktestRun(
            BacktestOptions.parse([folder.file("meters.ndjson"), "-q", "--key", "meter"] + options)
        ).report()
    }

    @Test func rowsOfExpectedEventsAreStagedThoughNoneLivesUntilTheNext() throws {
        let report = try report("--lookup-key", "event.meter", "--lookup-staleness", "10s")
        let lookups = try #require(report.all.account.lookups)
        #expect(lookups.staged + lookups.fetched + lookups.timeouts + lookups.none == 1_200)
        // The first quarter of a key is learned from.
        #expect(lookups.staged > 700)
        #expect(lookups.useful == lookups.staged)
        #expect(lookups.demandFetches == lookups.fetched)
        #expect(TextReport(report).text().contains("rows staged"))
        let json = String(decoding: JSONReport(report).bytes, as: UTF8.self)
        #expect(json.contains(#""staged": \#(lookups.staged),"#) && json.contains(#""trafficFactor": "#))
    }

    @Test func aStoreThatIsSlowerThanEventsMayWaitIsSaidToBe() throws {
        let report = try report(
            "--lookup-key", "event.load * event.load", "--lookup-latency", "2s", "--lookup-wait", "100ms",
            "--lookup-staleness", "1ms")
        let lookups = try #require(report.all.account.lookups)
        #expect(lookups.timeouts == 1_200)
        #expect(lookups.savedMicroseconds == 0)
    }

    @Test func theRehearsalChangesNothingElse() throws {
        let plain = try report()
        let rehearsed = try report("--lookup-key", "event.meter")
        #expect(plain.all.account.lookups == nil)
        #expect(plain.all.tally.counts.announced == rehearsed.all.tally.counts.announced)
        #expect(plain.all.tally.hitEvents == rehearsed.all.tally.hitEvents)
    }

    @Test(
        "What cannot be rehearsed is refused",
        arguments: [["--lookup-latency", "1ms"], ["--lookup-key", "event.a", "--lookup-buffer", "0"]])
    func refused(options: [String]) {
        #expect(throws: (any Error).self) { try BacktestOptions.parse(["x"] + options) }
    }

    @Test func aKeyThatDoesNotCompileNamesTheOption() throws {
        #expect {
            _ = try report("--lookup-key", "event.")
        } throws: { error in
            "\(error)".contains("--lookup-key")
        }
    }
}
