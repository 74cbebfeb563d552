import FieldExtraction
import Forecasting

/// What is learned of one key of a stream: when its events come and what its fields do. Shared by all requests.
final class Series {
    /// The key's bytes; empty for a stream without a key.
    let key: [UInt8]
    /// A hash of it, by which contexts of the key alone are found.
    private let identity: UInt64
    /// Events of the key so far: the ordinal of the last one.
    var ordinal = 0
    /// The key's largest event time; nil before its first event.
    var lastTime: Timestamp?
    /// How much its numeric models may compute.
    private let tier: ForecastConfiguration.Tier
    /// When its events come.
    var arrival: ArrivalForecaster
    /// The numeric forecaster of each learned field; nil where the field is not numeric or the series too young.
    var forecasters: [NumericForecaster?] = []
    /// The recent symbols of each categorical field.
    var symbols: [SequenceHistory] = []
    /// Numeric values seen by each field before its forecaster was admitted.
    var waiting: [[Double]] = []
    /// The past, for base rates.
    var past: PastSample
    /// The arrival times of the last events in order, for step-h gaps.
    var times: RecentTimes
    /// What each numeric field is expected to be next; NaN where nothing is.
    var expected: [Double] = []
    /// What was told of the key's next event in view of what is expected to come.
    var told = JointStatement()
    /// What its next events may look like; nil where nobody watches for what is to come.
    var paths: PathForecaster?
    /// The fields whose numbers paths have, and those whose categories.
    var pathFields: [Int] = []
    var pathLabels: [Int] = []
    /// Training jobs under way, oldest first.
    var trainings: [PendingTraining] = []
    /// The predicting requests that reach the key, as of ``coverageVersion``.
    private(set) var requests: [RequestState] = []
    /// The groups of those that have a filter, each once: their samples are counted.
    private(set) var sampledGroups: [Int] = []
    /// For each of ``requests`` the place of its group among ``sampledGroups``; -1 without a filter.
    private(set) var samplePlaces: [Int] = []
    /// The version of the stream's coverage that ``requests`` is of.
    private(set) var coverageVersion = -1
    /// The stream's event count when the key was last seen, for idle eviction.
    var lastSeen = 0
    /// The bytes it is counted with in the model budget now.
    var countedBytes = 0
    /// Values after which a numeric field of a key gets a forecaster of its own.
    static let admissionEvents = 4

    /// A training job and where its result is due.
    struct PendingTraining {
        var id: Int
        var field: Int
        var dueOrdinal: Int
        var job: TrainingJob
        var result: TrainingResult?
    }

    init(key: [UInt8], steps: [Int], fieldCount: Int, limits: Limits) {
        self.key = key
        identity = unsafe key.withUnsafeBufferPointer { unsafe ByteHash.hash($0, seed: 0x5eed) }
        tier = limits.forecastTier
        arrival = ArrivalForecaster(steps: steps)
        past = PastSample(capacity: limits.pastEvents, stepCount: steps.count, fieldCount: fieldCount)
        times = RecentTimes(capacity: (steps.last ?? 1) + 1)
        addFields(upTo: fieldCount)
    }

    /// The steps that its models predict: those of the stream, as they were at the key's last event.
    var steps: [Int] { arrival.steps }

    /// Takes note of who asks for the key now.
    func serve(_ requests: [RequestState], coverageVersion: Int) {
        self.requests = requests
        self.coverageVersion = coverageVersion
        sampledGroups = []
        var places: [Int: Int] = [:]
        samplePlaces = requests.map { request in
            guard request.filter != nil, request.rule.isAhead else { return -1 }
            if let known = places[request.group] { return known }
            places[request.group] = sampledGroups.count
            sampledGroups.append(request.group)
            return sampledGroups.count - 1
        }
    }

    /// A numeric forecaster that has seen nothing.
    func makeForecaster(steps: [Int]) -> NumericForecaster {
        NumericForecaster(steps: steps, configuration: ForecastConfiguration(tier: tier))
    }

    /// Makes room for further learned fields. The sample of the past starts anew.
    func grow(to fieldCount: Int) {
        addFields(upTo: fieldCount)
        past.resize(stepCount: steps.count, fieldCount: fieldCount)
    }

    private func addFields(upTo fieldCount: Int) {
        while forecasters.count < fieldCount {
            forecasters.append(nil)
            symbols.append(SequenceHistory(identity: identity))
            waiting.append([])
            expected.append(.nan)
        }
    }

    /// Follows a change of the stream's steps: its models begin anew and learn again what they remember.
    func adopt(steps: [Int], network: GlobalLSTM?) {
        told = JointStatement()
        past.resize(stepCount: steps.count, fieldCount: forecasters.count)
        arrival = ArrivalForecaster(steps: steps)
        times.extend(capacity: (steps.last ?? 1) + 1)
        for field in forecasters.indices {
            if let network {
                forecasters[field]?.setSteps(steps, global: network)
            } else {
                forecasters[field]?.setSteps(steps)
            }
        }
        trainings = []
    }

    /// What is expected of a field too young for a forecaster: its last value, within the range seen.
    func naiveForecast(field: Int) -> NumericForecast? {
        guard let last = waiting[field].last, let low = waiting[field].min(), let high = waiting[field].max() else {
            return nil
        }
        return NumericForecast(value: last, low: low, high: high, naiveError: 0, skill: 0, spread: high - low)
    }

    /// Forgets one field, whose kind has changed.
    func reset(field: Int) {
        forecasters[field] = nil
        symbols[field] = SequenceHistory(identity: identity)
        waiting[field] = []
        expected[field] = .nan
        past.reset(field: field)
        told = JointStatement()
        paths = nil
        pathFields = []
        pathLabels = []
        trainings.removeAll { $0.field == field }
    }

    /// Whether the series is due to be counted again: its models have grown at most a little since.
    var isCountDue: Bool { ordinal & 63 == 0 || ordinal & (ordinal - 1) == 0 }

    /// The bytes the series is counted with in the model budget.
    var byteCount: Int {
        var bytes = 512 + key.count + past.byteCount + times.byteCount + arrival.bytes
        for forecaster in forecasters { bytes += forecaster?.bytes ?? 0 }
        for values in waiting { bytes += values.count * 8 }
        bytes += told.numbers.count * 8 + (paths?.bytes ?? 0)
        // A job's result is not counted: when it comes is no matter of the input.
        for training in trainings { bytes += training.job.bytes }
        return bytes + symbols.count * MemoryLayout<SequenceHistory>.stride
    }
}
