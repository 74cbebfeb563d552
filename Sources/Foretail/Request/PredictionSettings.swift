public import FieldExtraction
internal import Forecasting

/// What a tail request wants to know of its stream's future.
///
///     var settings = PredictionSettings()
///     settings.steps = [1, 12, 288]
///     settings.tolerances = ["cpu": .absolute(0.5)]
public struct PredictionSettings: Sendable, Hashable {
    /// How far a value may lie from its prediction and still agree.
    public enum Tolerance: Sendable, Hashable {
        /// Within so many units of the field.
        case absolute(Double)
        /// Within so many hundredths of the predicted value.
        case percent(Double)
    }

    /// When a prediction is announced again for a slot.
    public enum Announce: Sendable, Hashable {
        /// When it moved materially: out of the old tolerance, category, window, or up through the threshold.
        case changed
        /// After every event of the key.
        case every
    }

    /// Whether a recurrent network takes part in forecasts.
    public enum Neural: Sendable, Hashable {
        /// Never: nothing is computed, trained or kept.
        case off
        /// Where it earns what it costs.
        case automatic
        /// Always.
        case always

        /// As the network's configuration calls it.
        var use: LSTMUse {
            switch self {
            case .off: .off
            case .automatic: .automatic
            case .always: .always
            }
        }
    }

    /// The steps asked for, ascending, each counting events of the key.
    public var steps: [Int] = [1]
    /// Fields to learn beside those the filter reads.
    public var predict: [FieldPath] = []
    /// Fields whose values decide the outcome, beside the default of docs/records.md.
    public var assert: [FieldPath] = []
    /// Tolerances by field name; other numeric fields get half the series' trailing naive error.
    public var tolerances: [String: Tolerance] = [:]
    /// The confidence a prediction must reach to be announced.
    public var minConfidence = 0.5
    /// Whether predictions that the past alone makes likely (base rate above 0.5) are announced.
    public var trivial = false
    /// When a slot's prediction is announced again.
    public var announce: Announce = .changed
    /// Whether predictions are made at all. If not, the stream is learned only to say how surprising its events are.
    public var isAhead = true
    /// The surprise in bits below which a matching event is not forwarded; nil: every matching event is. What is held back is told
    /// in `gap` records with reason `expected`. While little is learned nothing is held back.
    public var leastSurprise: Double?
    /// Warnings that the filter will match, and alarms that a match did not come; nil: neither.
    public var watch: WatchSettings?
    /// Whether the shell is told of expectations that are not announced as well (``Actions/Action/expect(_:)``), so that it can
    /// fetch ahead what they will need: trivial ones, and those whose match is likely and whose content is not.
    public var stages = false
    /// How many other values of a categorical field are listed.
    public var alternatives = 3
    /// How long a prediction stays in the buffer, in microseconds; nil: its window and a grace of one median gap.
    public var timeToLiveMicroseconds: Int64?
    /// Whether a recurrent network takes part in the forecasts of the next event's numbers. It is one for all keys and
    /// numeric fields of the stream, learns as the stream goes, and stays as long as the stream once a request asked for it;
    /// of several requests the one that asks for most decides.
    public var neural: Neural = .off

    /// Creates the default settings: the next event of every key.
    public init() {}

    /// Settings that predict nothing and only learn how surprising events are.
    public static var surpriseOnly: PredictionSettings {
        var settings = PredictionSettings()
        settings.isAhead = false
        return settings
    }

    /// Settings that predict nothing beside what is watched for.
    public static func watching(_ watch: WatchSettings) -> PredictionSettings {
        var settings = surpriseOnly
        settings.watch = watch
        return settings
    }

    /// Refuses settings outside their limits.
    ///
    /// - Throws: ``ForetailError`` (`badSetting`) naming the setting, its value and its range.
    func validate(_ limits: Limits) throws(ForetailError) {
        guard !steps.isEmpty, steps.allSatisfy({ (1...limits.stepAhead).contains($0) }), steps.count <= limits.steps,
            zip(steps, steps.dropFirst()).allSatisfy({ $0 < $1 })
        else {
            throw ForetailError(
                .badSetting,
                "steps: expected ascending numbers from 1 to \(limits.stepAhead), at most \(limits.steps) of them")
        }
        guard neural == .off || steps.first == 1 else {
            throw ForetailError(
                .badSetting, "neural: the network forecasts the next event only; add 1 to steps, or leave neural off")
        }
        guard minConfidence >= 0, minConfidence <= 1 else {
            throw ForetailError(.badSetting, "minConfidence \(minConfidence): expected a number from 0 to 1")
        }
        guard alternatives >= 0, alternatives <= limits.alternatives else {
            throw ForetailError(
                .badSetting, "alternatives \(alternatives): expected a number from 0 to \(limits.alternatives)")
        }
        if let leastSurprise, !(leastSurprise >= 0 && leastSurprise <= 1_000) {
            throw ForetailError(.badSetting, "surprise \(leastSurprise): expected a number of bits from 0 to 1000")
        }
        try watch?.validate()
        guard predict.count + assert.count <= limits.namedFields else {
            throw ForetailError(
                .limit,
                "predict and assert name \(predict.count + assert.count) fields; the limit is \(limits.namedFields)")
        }
        if let timeToLiveMicroseconds, timeToLiveMicroseconds <= 0 {
            throw ForetailError(.badSetting, "ttl: expected a duration above zero")
        }
        for (field, tolerance) in tolerances {
            let value =
                switch tolerance {
                case .absolute(let value), .percent(let value): value
                }
            guard value >= 0, value.isFinite else {
                throw ForetailError(.badSetting, "tolerance of \(field): expected a number of at least 0")
            }
        }
    }
}
