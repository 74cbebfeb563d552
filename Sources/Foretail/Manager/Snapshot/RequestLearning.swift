import FieldExtraction
import FilterLanguage
import Forecasting

/// What a request has learned of its own reliability, apart from the request: so that a snapshot can be read whole before
/// anything in force is touched.
struct RequestLearning {
    /// The digest of filter and settings, by which a request is known again after a restart.
    private(set) var fingerprint: UInt64
    private var steps: [Int]
    private var fields: [Int]?
    private var asserted: [Int]
    private var toleranceCount: Int
    private var calibrators: [Calibrator]
    private var trivialCalibrators: [Calibrator]
    private var selection: SelectionCalibrator
    private var series: SeriesLedgers
    private var statistics: [StepStatistics]
    private var reliability: ReliabilityTable
    private var matchedEvents = 0
    private var hitEvents = 0
    private var alternativeHits = 0
    private var hitRate = 0.0
    private var evictions = 0
    private var expirations = 0
    private var refusals = 0
    private var peakBytes = 0
    private var watches: RequestWatches?

    /// What a request knows now.
    init(_ request: RequestState) {
        fingerprint = request.fingerprint
        steps = request.askedSteps
        fields = request.fields
        asserted = request.asserted
        toleranceCount = request.tolerances.count
        calibrators = request.calibrators
        trivialCalibrators = request.trivialCalibrators
        selection = request.selection
        series = request.series
        statistics = request.steps
        reliability = request.reliability
        matchedEvents = request.matchedEvents
        hitEvents = request.hitEvents
        alternativeHits = request.alternativeHits
        hitRate = request.hitRate
        evictions = request.evictions
        expirations = request.expirations
        refusals = request.refusals
        peakBytes = request.peakBytes
        watches = request.watches
    }

    /// Reads what a request of a stream knew.
    init(reading coder: inout SnapshotCoder, stream: StreamState) throws(SnapshotError) {
        fingerprint = 0
        steps = []
        asserted = []
        toleranceCount = 0
        calibrators = []
        trivialCalibrators = []
        selection = SelectionCalibrator()
        series = SeriesLedgers()
        statistics = []
        reliability = ReliabilityTable()
        try pass(through: &coder, stream: stream)
    }

    /// Writes the state, or reads it back; places are held against the stream's.
    mutating func pass(through coder: inout SnapshotCoder, stream: StreamState) throws(SnapshotError) {
        try coder.begin("request")
        try coder.pass(&fingerprint)
        try coder.pass(list: &steps, upTo: stream.steps.count, empty: 0)
        let asked = steps
        let isAscending = zip(asked, asked.dropFirst()).allSatisfy { $0 < $1 }
        try coder.check(
            isAscending && asked.allSatisfy(stream.steps.contains), "a request asks for steps that its stream does not")
        let fieldCount = stream.fields.count
        if try coder.flag(fields != nil) {
            var numbers = fields ?? []
            try coder.pass(numbers: &numbers, below: fieldCount)
            fields = numbers
        }
        try coder.pass(list: &asserted, upTo: fieldCount * 8 + 64, empty: 0)
        try coder.check(asserted.allSatisfy { $0 >= 0 && $0 < fieldCount }, "a request asserts an unknown field")
        try coder.pass(&toleranceCount, in: 0...fieldCount)
        if coder.isReading {
            calibrators = asked.map { _ in Calibrator() }
            trivialCalibrators = calibrators
            statistics = asked.map(StepStatistics.init)
        }
        for place in asked.indices {
            try calibrators[place].pass(through: &coder)
            try trivialCalibrators[place].pass(through: &coder)
            try statistics[place].pass(through: &coder)
        }
        try selection.pass(through: &coder)
        try reliability.pass(through: &coder)
        try passCounts(through: &coder)
        try passSeries(through: &coder, seriesCount: stream.table.series.count, fieldCount: fieldCount)
    }

    private mutating func passSeries(
        through coder: inout SnapshotCoder, seriesCount: Int, fieldCount: Int
    ) throws(SnapshotError) {
        let known = series.numbers
        var last = -1
        for place in 0..<(try coder.count(known.count, upTo: seriesCount, bytesEach: 25)) {
            var number = coder.isReading ? 0 : Int(known[place])
            try coder.pass(&number, in: 0...max(0, seriesCount - 1))
            try coder.check(number > last, "the series of a request are out of order")
            last = number
            if coder.isReading { series.admit(Int32(number)) }
            try series[Int32(number)].pass(through: &coder, steps: steps, fieldCount: fieldCount)
        }
    }

    private mutating func passCounts(through coder: inout SnapshotCoder) throws(SnapshotError) {
        try coder.pass(&matchedEvents)
        try coder.pass(&hitEvents)
        try coder.pass(&alternativeHits)
        try coder.pass(&hitRate)
        try coder.pass(&evictions)
        try coder.pass(&expirations)
        try coder.pass(&refusals)
        try coder.pass(&peakBytes)
        guard try coder.flag(watches != nil) else { return }
        var passed = watches ?? RequestWatches(WatchSettings())
        try passed.pass(through: &coder)
        watches = passed
    }

    /// Puts it in force for a request with the same filter and settings.
    func apply(to request: RequestState, fields learned: [LearnedField]) {
        request.fields = fields
        request.asserted = asserted
        request.tolerances = learned.prefix(toleranceCount).map { request.settings?.tolerances[$0.path.name] }
        request.calibrators = calibrators
        request.trivialCalibrators = trivialCalibrators
        request.selection = selection
        request.series = series
        request.steps = statistics
        request.reliability = reliability
        request.matchedEvents = matchedEvents
        request.hitEvents = hitEvents
        request.alternativeHits = alternativeHits
        request.hitRate = hitRate
        request.evictions = evictions
        request.expirations = expirations
        request.refusals = refusals
        request.peakBytes = peakBytes
        if let watches { request.watches?.adopt(watches) }
    }
}

extension RequestState {
    /// The digest of filter and settings.
    var fingerprint: UInt64 {
        var print = SnapshotFingerprint()
        print.add(filter?.source ?? "")
        print.add(Int(filter?.dialect.rawValue ?? .max))
        guard let settings else { return print.value }
        print.add(settings.steps)
        for path in settings.predict + settings.assert { print.add(path.description) }
        print.add([settings.predict.count, settings.assert.count, settings.alternatives])
        for (field, tolerance) in settings.tolerances.sorted(by: { $0.key < $1.key }) {
            print.add(field)
            switch tolerance {
            case .absolute(let value): print.add([0, Int(bitPattern: UInt(value.bitPattern))])
            case .percent(let value): print.add([1, Int(bitPattern: UInt(value.bitPattern))])
            }
        }
        print.add(Int(bitPattern: UInt(settings.minConfidence.bitPattern)))
        print.add([settings.trivial ? 1 : 0, settings.announce == .every ? 1 : 0])
        print.add(settings.timeToLiveMicroseconds.map { Int($0) } ?? -1)
        print.add(settings.neural.use.rawValue)
        if let within = settings.watch?.within {
            print.add([1, Int(within.microseconds), Int(bitPattern: UInt(within.probability.bitPattern))])
        }
        if let overdue = settings.watch?.overdue {
            print.add([2, Int(bitPattern: UInt(overdue.probability.bitPattern))])
        }
        return print.value
    }

    /// The bytes of the model budget that the request's shadows take.
    var shadowBytes: Int { series.shadowBytes }
}
