#if Server
import ArgumentParser
import FieldExtraction
import Foretail
import Testing

@testable import ForetailCLI

@Suite("CanaryReport") struct CanaryReportTests {
    private func report(_ counts: CanaryLedger.Counts, missing: [Int] = [], isDrained: Bool = true) -> CanaryReport {
        var latency = LatencyHistogram()
        for value in 1...1_000 { latency.add(Int64(value)) }
        return CanaryReport(
            run: "r", stream: "s", rate: 100, elapsed: 10_000_000, counts: counts, pending: 0, missingNumbers: missing,
            latency: latency, traffic: CanaryTraffic(bodies: 3), isDrained: isDrained)
    }

    @Test("Only a loss, an end that was not reached and events without an answer make it fail")
    func failures() {
        #expect(report(.init(sent: 5, acknowledged: 5, received: 9, storedAgain: 4, outOfOrder: 1)).failure == nil)
        #expect(
            report(.init(sent: 5, acknowledged: 5, missing: 1), missing: [4]).failure
                == "1 acknowledged event is missing")
        #expect(report(.init(sent: 5, acknowledged: 5), isDrained: false).failure != nil)
        #expect(report(.init(sent: 5, acknowledged: 3)).failure?.hasPrefix("2 events were never") == true)
    }

    @Test("Text, JSON and metrics say the same")
    func forms() throws {
        let report = report(
            .init(
                sent: 1_000, acknowledged: 1_000, received: 1_002, missing: 2, storedAgain: 3, deliveredAgain: 1,
                outOfOrder: 4, gaps: 5), missing: [17, 18])
        #expect(report.text.contains("missing       2  (numbers 17, 18)\n"))
        #expect(report.text.contains("duplicates    4  (stored again 3, delivered again 1)\n"))
        #expect(report.text.contains("latency       p50 0.5 ms, p99 1.0 ms, p99.9 1.0 ms, max 1.0 ms\n"))
        let document = try JSONValue(parsing: Array(report.document.compact.utf8))
        #expect(document["missing"]?.whole == 2)
        #expect(document["missingNumbers"]?.elements.compactMap(\.whole) == [17, 18])
        #expect(document["duplicates"]?["storedAgain"]?.whole == 3)
        #expect(document["latencyMicroseconds"]?["max"]?.whole == 1_000)
        #expect(report.metrics.contains("\nforetail_canary_missing_events 2\n"))
        #expect(report.metrics.contains("\nforetail_canary_latency_seconds_bucket{le=\"+Inf\"} 1000\n"))
        #expect(report.metrics.contains("\nforetail_canary_latency_seconds_count 1000\n"))
    }

    @Test(
        "Options that make no sense are refused",
        arguments: [["--rate", "0"], ["--metrics-port", "70000"], ["--duration", "x"]])
    func options(arguments: [String]) {
        #expect(throws: (any Error).self) { try CanaryCommand.parse(arguments) }
    }

    @Test("A server that is not there is told at once")
    func absent() async throws {
        let command = try CanaryCommand.parse(["--server", "http://127.0.0.1:1", "--duration", "1s"])
        let error = await #expect(throws: ForetailError.self) { try await command.run() }
        #expect(error?.message.contains("connection refused") == true)
    }
}
#endif
