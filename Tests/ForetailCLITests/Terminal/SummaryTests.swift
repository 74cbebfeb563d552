import Testing

@testable import Foretail
@testable import ForetailCLI

@Suite struct SummaryTests {
    private func step(_ number: Int) -> StepStatistics {
        var step = StepStatistics(step: number)
        step.announced = 1_000 / number
        step.hits = 600 / number
        step.wrong = 300 / number
        step.expired = 100 / number
        step.trivial = number
        return step
    }

    private func summary(steps: [Int]) throws -> Summary {
        var (stream, confidence, buffer) = try Records().status
        stream.counters = StreamCounters()
        stream.counters.events = 10_320
        stream.counters.bad = 1
        stream.counters.late = 12
        stream.series = 3
        stream.filterProblems = ["event.cpu > 'x': cannot compare double and string; write event.cpu > 80 (7 events)"]
        confidence.samples = 4_000
        confidence.hitRatio = 0.523
        confidence.precision = 0.6
        confidence.confidence = 0.55
        confidence.calibrationError = 0.0213
        confidence.skill = 0.31
        confidence.models = [.init(name: "rls", weight: 0.6), .init(name: "naive", weight: 0.4)]
        confidence.unpredictable = ["user"]
        confidence.steps = steps.map(step)
        buffer.hits = 2_092
        buffer.misses = 1_908
        buffer.size = 3
        buffer.peakBytes = 48_200
        buffer.budgetBytes = 256 << 20
        var summary = Summary(stream: stream, confidence: confidence, buffer: buffer)
        summary.medianLeadMicroseconds = 300_000_000
        summary.elapsedMicroseconds = 2_000_000
        summary.problems = ["line 7, column 12: expected a value"]
        return summary
    }

    @Test("It says what came, what was foreseen, and what to do about what went wrong")
    func predicting() throws {
        #expect(
            try summary(steps: [1, 2]).text() == """
                ── metrics ──
                events       10,320 in 2s (5160/s), 3 keys
                matched      4,000
                hit ratio    52.3 %  (2,092 of 4,000 matched events)
                precision    60.0 %  (of 1,500 predictions judged)
                lead         5m median
                confidence   55.0 %
                calibration  0.021 mean error
                skill        31.0 % better than naive
                models       rls 60 %, naive 40 %
                buffer       3 slots, at most 48.2 kB of 268 MB
                  step  announced      hits     wrong   expired   trivial  precision
                     1      1,000       600       300       100         1       60 %
                     2        500       300       150        50         2       60 %
                ! line 7, column 12: expected a value
                ! 1 bad line was skipped; run with --strict to stop at the first
                ! 12 events came late and taught nothing about the time between events; allow for it with --lateness
                ! event.cpu > 'x': cannot compare double and string; write event.cpu > 80 (7 events)
                ! unpredictable: user; it has too many values to be learned

                """)
    }

    @Test("Of many steps eight are shown, from the first to the last")
    func manySteps() throws {
        let text = try summary(steps: Array(1...20)).text()
        let numbers = text.split(separator: "\n").filter { $0.hasPrefix("   ") }.map { $0.split(separator: " ")[0] }
        #expect(numbers == ["1", "3", "6", "9", "11", "14", "17", "20"])
        #expect(text.contains("(8 of 20 steps)"))
    }

    @Test("Of a request that only tails it says events and matches")
    func tailing() throws {
        var stream = try Records().status.stream
        stream.counters = StreamCounters()
        stream.counters.events = 5
        stream.counters.matched = 2
        stream.series = 0
        #expect(Summary(stream: stream).text() == "── metrics ──\nevents       5\nmatched      2\n")
    }

    @Test("The median lead is that of an even sample, however many there are")
    func leads() {
        var sample = LeadSample()
        #expect(sample.median == nil)
        for lead in 1...100_000 { sample.add(Int64(lead)) }
        #expect(abs(sample.median! - 50_000) < 100)
    }
}
