import Testing

@testable import Foretail
@testable import ForetailCLI

@Suite struct TallyTests {
    private func outcome(_ result: Outcome.Result, confidence: Double, baseRate: Double = 0.2) throws -> Outcome {
        let time = Records.time("2026-01-01T00:00:00Z")
        let prediction = Prediction(
            id: PredictionID(1), request: TailRequestID(1), series: 0, key: [], slot: 1, step: 1, made: time,
            time: time,
            windowStart: time, windowEnd: time, fields: [], matchProbability: 1, confidence: confidence,
            baseRate: baseRate, expires: time, scores: PredictionScores(), stepIndex: 0, assertion: nil,
            furtherAssertions: [])
        return Outcome(
            prediction: prediction, result: result, reason: nil, position: nil, leadMicroseconds: nil, errors: [])
    }

    private func forward(lead: Int64?) -> Actions.Forward {
        Actions.Forward(
            request: TailRequestID(1), destination: DestinationID(0), event: 0,
            prediction: lead == nil ? nil : PredictionID(1), leadMicroseconds: lead ?? 0)
    }

    @Test("Hit ratio, precision, lead and calibration are what one reckons by hand")
    func byHand() throws {
        var tally = Tally(leadLimit: 100)
        for lead in [nil, 10, 30, 20, nil] as [Int64?] { tally.note(forward(lead: lead)) }
        tally.note(try outcome(.hit, confidence: 0.8))
        tally.note(try outcome(.hit, confidence: 0.8))
        tally.note(try outcome(.wrong, confidence: 0.8))
        tally.note(try outcome(.expired, confidence: 0.6))
        tally.note(try outcome(.withdrawn, confidence: 0.9))
        tally.note(try outcome(.hit, confidence: 0.9, baseRate: 0.7))
        #expect(tally.hitRatio == 0.6)
        #expect(tally.counts.precision == 0.5)
        #expect(tally.leads.median == 20)
        #expect(tally.counts.trivial == 1 && tally.counts.withdrawn == 1 && tally.counts.judged == 4)
        // (|2.4 - 2| + |0.6 - 0|) / 4
        #expect(abs(tally.calibration.expectedError! - 0.25) < 1e-12)
        #expect(abs(tally.calibration.meanConfidence! - 0.75) < 1e-12)
    }

    @Test("Two tallies add up to one of both")
    func adding() throws {
        var first = Tally(leadLimit: 100)
        first.note(forward(lead: 5))
        first.note(try outcome(.hit, confidence: 0.55))
        var second = Tally(leadLimit: 100)
        second.note(forward(lead: nil))
        second.note(try outcome(.wrong, confidence: 0.65))
        first.add(second)
        #expect(first.hitRatio == 0.5 && first.counts.precision == 0.5 && first.leads.median == 5)
        #expect(first.calibration.count == 2)
    }

    @Test(
        "A confidence belongs to its tenth, 1 to the last",
        arguments: [(0, 0), (0.0999, 0), (0.1, 1), (0.95, 9), (1, 9)])
    func bins(_ confidence: Double, place: Int) {
        var bins = CalibrationBins()
        bins.add(confidence: confidence, hit: true)
        #expect(bins.bins.firstIndex { $0.count == 1 } == place)
        #expect(bins.bins[place].hitRate == 1 && bins.bins[place].meanConfidence == confidence)
    }

    @Test("Nothing judged has no calibration error")
    func noBins() {
        #expect(CalibrationBins().expectedError == nil && CalibrationBins().meanConfidence == nil)
    }

    @Test("The median lead is the upper of two, and near the true one however many there are")
    func leads() {
        var leads = LeadAccount(limit: 1_000)
        #expect(leads.median == nil)
        leads.add(1)
        leads.add(3)
        #expect(leads.median == 3)
        for lead in 1...100_000 { leads.add(Int64(lead)) }
        #expect(abs(leads.median! - 50_000) < 500)
        var other = LeadAccount(limit: 1_000)
        for lead in 1...1_000 { other.add(Int64(lead)) }
        other.add(leads)
        #expect(abs(other.median! - 49_500) < 1_000)
    }
}
