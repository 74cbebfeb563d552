import FieldExtraction
import FilterLanguage
import Forecasting

/// What a request keeps of one series.
struct SeriesLedger {
    /// Events of the series.
    private(set) var seen = 0
    /// Those that the filter matched.
    private(set) var matched = 0
    /// Predictions that were not announced; nil where all are.
    var shadows: ShadowRing?

    /// Counts an event.
    mutating func note(matched isMatch: Bool) {
        seen += 1
        if isMatch { matched += 1 }
    }

    /// The share of the key's past events that the filter matched, counting one imagined event that it does.
    var matchShare: Double { Double(matched + 1) / Double(seen + 1) }
}

/// A tail request at work: its settings, its predictive buffer, and what it has learned of its own reliability.
final class RequestState {
    let id: TailRequestID
    let destination: DestinationID
    let streamNumber: Int
    /// The account of its stream, which its predictions and shadows draw on.
    let account: Int
    /// The prediction settings; nil: it only tails.
    let settings: PredictionSettings?
    /// The part of the settings that every event needs.
    let rule: AnnouncementRule
    /// Whether every prediction is announced, so that none needs a shadow.
    let announcesAll: Bool
    /// The steps asked for, ascending.
    let askedSteps: [Int]
    /// The filter; changes with an update.
    var filter: Filter?
    /// The filter's group in the stream's match index.
    var group: Int
    /// The keys whose events the filter can match.
    var reach = KeyReach.all
    /// The steps' numbers among the stream's steps, in the order of `settings.steps`.
    var stepIndices: [Int] = []
    /// The learned fields it prints, by number in the catalogue; nil: those discovered on the stream.
    var fields: [Int]?
    /// The learned fields that `--assert` names.
    var asserted: [Int] = []
    /// The tolerance per learned field where one was stated.
    var tolerances: [PredictionSettings.Tolerance?] = []

    var buffer = PredictiveBuffer()
    /// Calibrators by step: records that beat the past, and trivial ones.
    var calibrators: [Calibrator]
    var trivialCalibrators: [Calibrator]
    /// What becomes of predictions that were picked because their confidence seemed high enough. Picking the best of many
    /// estimates picks those that err upwards; only the picked ones can tell by how much.
    var selection = SelectionCalibrator()
    /// What the request keeps of each series, by number.
    var series = SeriesLedgers()

    var steps: [StepStatistics]
    var reliability = ReliabilityTable()
    /// Matched events, and those that were non-trivial hits.
    var matchedEvents = 0
    var hitEvents = 0
    /// Matched events that were only staged, as an alternative.
    var alternativeHits = 0
    /// The probability that the next matched event is a hit, a trailing mean.
    var hitRate = 0.0
    var evictions = 0
    var expirations = 0
    var refusals = 0
    var peakBytes = 0

    /// What it is to be warned and alarmed of; nil: nothing.
    var watches: RequestWatches?

    /// The filter as a threshold of one number, where it is one and something is watched for.
    var threshold: PathThreshold?

    /// Grows with every predicting request, in the order they came.
    var order = 0
    /// When the stream looks at its buffer next; nil: not before it says so. See ``DeadlineLine``.
    var scheduled: Timestamp?

    init(
        id: TailRequestID, destination: DestinationID, streamNumber: Int, settings: PredictionSettings?,
        filter: Filter?, group: Int, account: Int
    ) {
        self.id = id
        self.destination = destination
        self.streamNumber = streamNumber
        self.account = account
        self.settings = settings
        self.filter = filter
        self.group = group
        let asked = settings?.steps ?? []
        askedSteps = asked
        rule = AnnouncementRule(settings ?? PredictionSettings())
        announcesAll = settings != nil && rule.minConfidence <= 0 && rule.announcesEvery
        calibrators = asked.map { _ in Calibrator() }
        trivialCalibrators = calibrators
        steps = asked.map(StepStatistics.init)
        watches = settings?.watch.map(RequestWatches.init)
    }

    // MARK: Held back

    /// The matching events that were held back since the last one that was not, or since the last gap told.
    private var hidden: Actions.Gap?
    /// When the first of them happened.
    private var hiddenSince = Timestamp(microseconds: 0)

    /// Events are held back at most this long without a word: a minute.
    private static var longestSilence: Int64 { 60_000_000 }

    /// Holds back a matching event, and tells of those before it once a minute is over.
    func hide(_ position: Position, at time: Timestamp, into actions: inout Actions) {
        if hidden?.to.partition != position.partition || isHiddenDue(at: time) { tellHidden(into: &actions) }
        if hidden == nil {
            hidden = Actions.Gap(from: position, to: position, count: 0, reason: "expected")
            hiddenSince = time
        }
        hidden?.to = position
        hidden?.count += 1
    }

    /// Whether events were held back for a minute without a word.
    func isHiddenDue(at time: Timestamp) -> Bool {
        hidden != nil && time.microseconds - hiddenSince.microseconds >= Self.longestSilence
    }

    /// Tells of the events that were held back.
    func tellHidden(into actions: inout Actions) {
        guard let gap = hidden else { return }
        actions.items.append(.gap(gap, request: id, to: destination))
        hidden = nil
    }

    /// Forgets a series that has left, so that its number can serve another key.
    ///
    /// - Returns: The bytes given back to the model budget.
    func forget(series number: Int32) -> Int { series.forget(number) }

    /// The base rate of a match for a key.
    func matchShare(series number: Int32) -> Double {
        series[number].matchShare
    }

    /// Notes a matched event and whether it was a non-trivial hit.
    func noteMatched(hit: Bool) {
        matchedEvents += 1
        if hit { hitEvents += 1 }
        let rate = 1 / Double(min(matchedEvents, 200))
        hitRate += rate * ((hit ? 1 : 0) - hitRate)
    }

    /// Books the end of a record: statistics, and what the calibrator learns from it.
    func note(_ ended: PredictiveBuffer.Ended) {
        let prediction = ended.prediction
        let index = prediction.stepIndex
        if ended.result == .withdrawn {
            steps[index].withdrawn += 1
            return
        }
        let hit = ended.result == .hit
        if ended.result == .expired { expirations += 1 }
        learn(
            stepIndex: index, scores: prediction.scores, isTrivial: prediction.isTrivial, isSelected: true, hit: hit)
        if prediction.isTrivial {
            steps[index].trivial += 1
            return
        }
        switch ended.result {
        case .hit: steps[index].hits += 1
        case .wrong: steps[index].wrong += 1
        default: steps[index].expired += 1
        }
        reliability.add(confidence: prediction.confidence, hit: hit)
    }

    /// Teaches the calibrators how a prediction ended, announced or not.
    func learn(stepIndex index: Int, scores: PredictionScores, isTrivial: Bool, isSelected: Bool, hit: Bool) {
        if isTrivial {
            trivialCalibrators[index].learn(raw: Double(scores.raw), hit: hit)
        } else {
            calibrators[index].learn(raw: Double(scores.raw), hit: hit)
            guard isSelected else { return }
            selection.learn(
                estimate: Double(scores.estimate), mapped: Double(scores.mapped), regressed: Double(scores.regressed),
                baseRate: Double(scores.baseRate), hit: hit,
                together: rule.announcesEvery ? askedSteps.count : 1)
        }
    }
}

extension SeriesLedger {
    /// Writes the state, or reads it back, for a request with the given steps on a stream with so many fields.
    mutating func pass(
        through coder: inout SnapshotCoder, steps: [Int], fieldCount: Int
    ) throws(SnapshotError) {
        try coder.pass(&seen)
        try coder.pass(&matched)
        guard try coder.flag(shadows != nil) else { return }
        let count = ShadowRing.count(steps: steps)
        try coder.check(
            count <= coder.remaining / Shadow.leastBytes, "\(count) shadows are announced, and fewer are there")
        var passed = shadows ?? ShadowRing(steps: steps)
        try passed.pass(through: &coder, fieldCount: fieldCount)
        shadows = passed
    }
}
