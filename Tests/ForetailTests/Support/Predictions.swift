import FieldExtraction

@testable import Foretail

/// Makes records and actions for tests, in seconds.
enum Predictions {
    static func record(
        _ id: UInt64, series: Int32 = 0, slot: Int = 1, time: Int64, window: ClosedRange<Int64>, made: Int64 = 0,
        expires: Int64? = nil, value: Double? = nil, tolerance: Double = 0.5, baseRate: Double = 0
    ) -> Prediction {
        let assertion = value.map { Assertion(field: 0, isCategory: false, value: $0, tolerance: tolerance) }
        return Prediction(
            id: PredictionID(id), request: TailRequestID(1), series: series, key: [], slot: slot, step: 1,
            made: seconds(made), time: seconds(time), windowStart: seconds(window.lowerBound),
            windowEnd: seconds(window.upperBound), fields: [], matchProbability: 0.9, confidence: 0.8,
            baseRate: baseRate,
            expires: seconds(expires ?? window.upperBound + 10),
            scores: PredictionScores(raw: 0.8, estimate: 0.8, mapped: 0.8, baseRate: Float(baseRate)), stepIndex: 0,
            assertion: assertion, furtherAssertions: [])
    }

    static func seconds(_ seconds: Int64) -> Timestamp { Timestamp(microseconds: seconds * 1_000_000) }
}
