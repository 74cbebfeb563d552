import FieldExtraction
import FilterLanguage
import Forecasting
import HeapModule

/// One stream at work: its extraction plan, its match index, its series and what it has counted.
///
/// The methods that move an event through it stand in extensions, one file per stage: reading, judging, observing,
/// predicting, announcing.
struct StreamState {
    let number: Int
    /// The account that its models and predictions draw on.
    let account: Int
    /// The stream's name as a JSON string.
    let nameText: [UInt8]
    /// The stream's name, in bytes.
    let nameBytes: [UInt8]
    /// The digest of how the stream was described, before its time field was found.
    let fingerprint: UInt64
    var descriptor: StreamDescriptor
    var counters = StreamCounters()
    /// Events read, those of the past included.
    var eventsRead = 0

    // Reading
    var plan = FieldPlan()
    var scanner: JSONScanner
    var row = FieldRow(count: 0)
    var sampleRow = FieldRow(count: 0)
    var keySlots: [Int] = []
    var timeSlot: Int?
    var metaSlots = MetaSlots()
    let metaText = MetaText()
    let sampleText = MetaText()
    var timeParser = TimestampParser()
    /// Whether all of the first events were plain lines, as far as a time was looked for.
    var hasOnlyLines = true
    var keyBytes: [UInt8] = []
    var scratch: [UInt8] = []
    /// Reads lines that only looked like JSON.
    var lineReader: LogLineReader?
    var partitions: [UInt32: Position] = [:]

    /// What the first events held.
    var inference = SchemaInference()

    // Matching
    var index = MatchIndex()
    var matches: [Int] = []
    /// The requests that only tail, by group.
    var tailing: [Int: [RequestState]] = [:]
    /// The requests that ask for predictions, in the order they came.
    var predicting: [RequestState] = []
    /// The same by the keys they reach.
    var coverage = Coverage()
    /// The steps that they ask for, together.
    var askedSteps = 0
    /// When which request's buffer has to be looked at.
    var deadlines = DeadlineLine()
    /// The event that was read last.
    var lastPosition: Position?
    /// Whether every event is handed on as ``Actions/Action/follow(_:)``.
    var isFollowed = false
    /// The requests that watch.
    var watching = 0
    /// When which watch has to be looked at.
    var watchDeadlines = Heap<WatchDeadline>()
    /// The evaluations of filters on paths that may be spent now, beside the least.
    var watchCredits = 0
    /// The shares of paths on which filters match; scratch.
    var pathShares: [Double] = []
    /// Requests whose buffers are looked at; scratch.
    var due: [RequestState] = []

    // Time
    /// The largest event time seen minus the allowed lateness.
    var watermark: Timestamp?
    /// The largest event time seen.
    var largestTime: Timestamp?
    /// The wall clock when the last event came.
    var lastArrival: Timestamp?

    // Learning
    var steps: [Int] = []
    var fields: [LearnedField] = []
    /// The fields discovered on the stream, by number in `fields`, at most `Limits.learnedFields`.
    var discovered: [Int] = []
    /// Further candidates, in the order they appeared.
    var candidates: [FieldPath] = []
    var table: SeriesTable
    /// The gaps of all keys together, for keys too young to have their own.
    var arrivalPrior = ArrivalForecaster(steps: [1])
    var actual: [Double] = []
    /// How often each number came, by learned field.
    var numberShares: [NumberShares] = []
    /// The event's values as assertions are judged by, two per learned field: as a number, as a category's tag. A record may be older
    /// than the kind its field has now.
    var readings: [Double] = []
    var forecasts = StepForecasts()
    /// Records on their way out; scratch.
    var ended: [PredictiveBuffer.Ended] = []
    /// How many samples the groups of the series at hand match, by step and then by group; scratch.
    var sampleCounts: [Int] = []
    /// What goes together in the stream's events.
    var joint = JointModel()
    /// The pivot's symbol in most of the samples that each sampled group matched at the first step, and in how many; scratch.
    var likeliest: [(symbol: Int32?, count: Int)] = []
    /// The last values of fields that cannot be predicted but that filters read.
    var empirical = EmpiricalValues()
    /// What the sequence models of all fields share; nil until there is one.
    var sequences: SequenceMemory?
    /// The bytes that sequence models are counted with in the model budget now.
    var sequenceBytes = 0
    /// Where the search for a series to evict goes on.
    var evictionHand = 0
    /// The series that training jobs under way belong to, by the job's number.
    var trainingSeries: [Int: Series] = [:]
    /// The network of all keys and numeric fields; nil until a request asks for one.
    var network: GlobalLSTM?
    /// The number of the network's training job under way.
    var networkTraining: Int?
    /// Whether an announced prediction of the event at hand failed in a field, by field; empty without a network.
    var missed: [Bool] = []

    init(number: Int, descriptor: StreamDescriptor, core: inout ManagerCore) {
        self.number = number
        account = core.account(of: descriptor, number: number)
        var text: [UInt8] = []
        JSONString.append(descriptor.name, to: &text)
        nameText = text
        nameBytes = Array(descriptor.name.utf8)
        fingerprint = descriptor.fingerprint(limits: core.limits)
        self.descriptor = descriptor
        scanner = JSONScanner(plan: plan, limits: core.limits.scan)
        table = SeriesTable(seed: core.seed)
        for path in descriptor.key { keySlots.append(plan.add(path)) }
        if let time = descriptor.time { timeSlot = plan.add(time) }
        metaSlots = MetaSlots(plan: plan)
    }

    /// Adds the paths to the plan. Scanner and rows follow with the next batch, so that thousands of registrations build them
    /// once; in the middle of an event, see ``followPlan(_:)``.
    mutating func extendPlan(_ paths: [FieldPath]) {
        for path in paths { plan.add(path) }
        metaSlots = MetaSlots(plan: plan)
    }

    /// Lets scanner and rows follow a plan that has grown. What the row holds of the event at hand stays.
    mutating func followPlan(_ limits: ScanLimits) {
        guard row.count != plan.count else { return }
        scanner = JSONScanner(plan: plan, limits: limits)
        row = FieldRow(count: plan.count, keeping: row)
        sampleRow = FieldRow(count: plan.count)
    }

    /// The numbers of the learned fields a request prints: its own, or those discovered.
    func printedFields(of request: RequestState) -> [Int] { request.fields ?? discovered }

    /// Starts to learn a field, or finds it among those learned, and returns its number.
    mutating func learn(_ path: FieldPath, isNamed: Bool, core: ManagerCore) -> Int {
        if let known = fields.firstIndex(where: { $0.path == path }) {
            if isNamed { fields[known].isNamed = true }
            return known
        }
        extendPlan([path])
        let symbols = SymbolTable(
            capacity: core.limits.symbols, valueBytes: core.limits.symbolBytes, seed: core.seed)
        fields.append(LearnedField(path: path, slot: plan.slot(of: path) ?? 0, isNamed: isNamed, symbols: symbols))
        actual.append(.nan)
        numberShares.append(NumberShares())
        readings += [.nan, .nan]
        growSeries()
        return fields.count - 1
    }

    /// Merges further steps into those the stream's models predict.
    mutating func ask(for more: [Int], core: ManagerCore) {
        let merged = Set(steps).union(more).sorted()
        guard merged != steps else { return }
        steps = merged
        for request in predicting { request.stepIndices = stepIndices(request.settings) }
        if let sequences {
            for field in fields.indices { fields[field].setSteps(steps, memory: sequences, limits: core.limits) }
        }
        arrivalPrior = ArrivalForecaster(steps: steps)
        // Series follow at their next event, see ``follow(_:core:)``: a registration waits for none of them.
    }

    /// The places of a request's steps among the stream's; both ascend.
    func stepIndices(_ settings: PredictionSettings?) -> [Int] {
        var place = 0
        return (settings?.steps ?? []).map { step in
            while place < steps.count - 1, steps[place] < step { place += 1 }
            return place
        }
    }

    /// Gives every series room for the fields as they are now. The samples of the past start anew.
    private func growSeries() {
        for case let series? in table.series { series.grow(to: fields.count) }
    }
}

/// Where the plan wants metadata.
struct MetaSlots {
    var stream: Int?
    var key: Int?
    var time: Int?
    var position: Int?
    var surprise: Int?

    init() {}

    init(plan: FieldPlan) {
        stream = plan.slot(of: FieldPath(root: .meta, ["stream"]))
        key = plan.slot(of: FieldPath(root: .meta, ["key"]))
        time = plan.slot(of: FieldPath(root: .meta, ["time"]))
        position = plan.slot(of: FieldPath(root: .meta, ["position"]))
        surprise = plan.slot(of: FieldPath(root: .meta, ["surprise"]))
    }

    /// Whether the plan wants any.
    var isEmpty: Bool { stream == nil && key == nil && time == nil && position == nil && surprise == nil }
}
