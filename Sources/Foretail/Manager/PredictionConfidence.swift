import FieldExtraction
import Forecasting

/// How far a request's predictions can be trusted.
public struct PredictionConfidence: Sendable {
    /// A model and its share in the forecasts.
    public struct Model: Sendable, Hashable {
        /// The model's name.
        public var name: String
        /// Its mean weight, 0 to 1.
        public var weight: Double
    }

    /// The probability that the request's next matching event is a hit; nil under 20 matched events.
    public var confidence: Double?
    /// Matched events that were non-trivial hits ÷ matched events; nil where none matched.
    public var hitRatio: Double?
    /// Non-trivial hits ÷ non-trivial records judged; nil where none was.
    public var precision: Double?
    /// The mean skill of the printed fields at the first asked step; nil where nothing is learned.
    public var skill: Double?
    /// The expected calibration error of the non-trivial records; nil where none was judged.
    public var calibrationError: Double?
    /// Matched events.
    public var samples: Int
    /// Figures by step.
    public var steps: [StepStatistics]
    /// The models behind the forecasts, most weight first.
    public var models: [Model]
    /// The part of the error of the next event's numbers that the network takes away, lately; nil where none takes part.
    public var networkGain: Double?
    /// Fields the filter reads that cannot be predicted.
    public var unpredictable: [String]

    /// Matched events under which `confidence` is not stated.
    static let leastSamples = 20

    init(_ request: RequestState, stream: StreamState) {
        samples = request.matchedEvents
        confidence = samples >= Self.leastSamples ? request.hitRate : nil
        hitRatio = samples > 0 ? Double(request.hitEvents) / Double(samples) : nil
        steps = request.steps
        let hits = steps.reduce(0) { $0 + $1.hits }
        let judged = steps.reduce(0) { $0 + $1.hits + $1.wrong + $1.expired }
        precision = judged > 0 ? Double(hits) / Double(judged) : nil
        calibrationError = request.reliability.expectedCalibrationError
        let printed = stream.printedFields(of: request)
        unpredictable = (request.fields ?? []).compactMap { field in
            stream.fields[field].kind == .opaque ? stream.fields[field].path.name : nil
        }
        networkGain = stream.network?.gain
        (skill, models) = Self.skillAndModels(request, printed: printed, stream: stream)
    }

    /// Averages skill and weights over the fields of at most 64 series.
    private static func skillAndModels(
        _ request: RequestState, printed: [Int], stream: StreamState
    ) -> (Double?, [Model]) {
        guard let step = request.stepIndices.first else { return (nil, []) }
        var skills: [Double] = []
        var weights: [String: Double] = [:]
        var mixed = 0.0
        for field in printed where stream.fields[field].kind == .categorical {
            skills.append(stream.fields[field].skill(stepIndex: step))
        }
        // A key follows a change of the steps at its next event; until then its models speak of others.
        for case let series? in stream.table.series.prefix(64) where series.steps == stream.steps {
            for field in printed {
                guard let forecaster = series.forecasters[field] else { continue }
                skills.append(forecaster.forecast(stepIndex: step).skill)
                for (name, weight) in forecaster.weights(stepIndex: step) { weights[name, default: 0] += weight }
                mixed += 1
            }
        }
        let models = weights.map { Model(name: $0.key, weight: $0.value / max(mixed, 1)) }
            .sorted { ($0.weight, $1.name) > ($1.weight, $0.name) }
        return (skills.isEmpty ? nil : skills.reduce(0, +) / Double(skills.count), models)
    }
}
