import FieldExtraction
import Foretail

/// All that will happen in one simulation, drawn from its seed before it begins.
struct SimulationPlan: Sendable {
    let seed: UInt64
    private(set) var streams: [SimulatedStream] = []
    private(set) var steps: [SimulationStep] = []
    private(set) var configuration = ManagerConfiguration()
    /// Whether the buffer budget may force evictions.
    private(set) var evicts = false
    /// Whether series may leave for want of room.
    private(set) var forgets = false
    /// The wall clock at the start.
    static let start = Timestamp(microseconds: 1_767_225_600_000_000)

    private var random: SeededGenerator
    private var producers: [SimulatedProducer] = []
    private var requests: [Int: Int] = [:]
    private var registered = 0
    private var now = SimulationPlan.start.microseconds

    init(seed: UInt64) {
        self.seed = seed
        random = SeededGenerator(seed: seed)
        configure()
        for number in 0..<(1 + random.below(3)) {
            let stream = SimulatedStream.random(number, &random)
            streams.append(stream)
            producers.append(SimulatedProducer(stream, start: now, &random))
        }
        // Training begins with a key's 64th value: now and then a stream must be long enough for its results to matter.
        let total = random.one(in: 25) ? 500 : 60 + random.below(90)
        register()
        if random.one(in: 5) { history(count: 5 + random.below(30)) }
        var written = 0
        while written < total {
            happen()
            let number = random.below(producers.count)
            let count = min(1 + random.below(7), total - written)
            steps.append(.events(stream: number, write(count, stream: number)))
            written += count
        }
    }

    private mutating func configure() {
        var limits = Limits()
        limits.samples = random.pick([4, 8])
        limits.pastEvents = random.pick([8, 32])
        limits.learnedFields = random.pick([1, 2, 8])
        limits.contextBytes = 16 << 10
        limits.sequenceBytes = 16 << 10
        if random.one(in: 3) {
            limits.bufferBytes = random.pick([200, 700, 2_000, 6_000])
            evicts = true
        }
        if random.one(in: 4) {
            if random.one(in: 3) {
                limits.modelBytes = random.pick([1, 6_000, 30_000])
            } else {
                limits.series = random.pick([1, 2, 3])
            }
            forgets = true
        }
        configuration = ManagerConfiguration(seed: random.next(), limits: limits)
    }

    /// Lets something happen between two runs of events, or nothing.
    private mutating func happen() {
        switch random.below(30) {
        case 0, 1: register()
        case 2: if let number = anyRequest() { steps.append(.update(number, filter())) }
        case 3:
            if requests.count > 1, let number = anyRequest() {
                steps.append(.remove(number))
                requests[number] = nil
            }
        case 4: if random.one(in: 3) { history(count: 1 + random.below(10)) }
        case 5:
            if evicts { steps.append(.budget(random.pick([0, 400, 3_000, 20_000]))) }
        case 6: if random.one(in: 3) { steps.append(.gap(stream: random.below(streams.count))) }
        case 7: if random.one(in: 5) { steps.append(.end(stream: random.below(streams.count))) }
        case 8, 9, 10:
            wait(Int64(random.below(20)) * 500_000)
            steps.append(.tick)
        default: break
        }
    }

    private mutating func anyRequest() -> Int? {
        let numbers = requests.keys.sorted()
        return numbers.isEmpty ? nil : random.pick(numbers)
    }

    private mutating func wait(_ microseconds: Int64) {
        guard microseconds > 0 else { return }
        now += microseconds
        steps.append(.wait(microseconds: microseconds))
    }

    private mutating func history(count: Int) {
        let number = random.below(producers.count)
        steps.append(.history(stream: number, write(count, stream: number)))
    }

    /// Writes a run of events; on a live stream the wall clock goes with them.
    private mutating func write(_ count: Int, stream: Int) -> [SimulatedEvent] {
        if streams[stream].isLive, producers[stream].nextTime > now {
            wait(min(producers[stream].nextTime - now + 300_000, 40_000_000))
        }
        return (0..<count).map { _ in producers[stream].next(&random) }
    }

    // MARK: Requests

    private mutating func register() {
        let stream = random.below(streams.count)
        let settings = random.one(in: 5) ? nil : self.settings()
        steps.append(.register(SimulatedRequest(stream: stream, filter: filter(), settings: settings)))
        requests[registered] = stream
        registered += 1
    }

    private mutating func filter() -> SimulatedFilter {
        let simple: [SimulatedFilter] = [
            .above("v", Double(random.below(100))), .equals("c", random.pick(["x", "y", "ok", "3"])),
            .keyIs("k\(random.below(3))"), .equals("k", "k\(random.below(3))"), .present("v"),
        ]
        switch random.below(8) {
        case 0, 1, 2: return .all
        case 3: return .not(random.pick(simple))
        case 4: return .both(random.pick(simple), random.pick(simple))
        case 5: return .either(random.pick(simple), random.pick(simple))
        default: return random.pick(simple)
        }
    }

    private mutating func settings() -> PredictionSettings {
        var settings = PredictionSettings()
        settings.steps = random.pick([[1], [1], [1, 2, 3], [2, 5], [1, 12]])
        settings.minConfidence = random.pick([0, 0, 0.2, 0.5, 0.8])
        settings.announce = random.pick([.changed, .every])
        settings.trivial = random.one(in: 2)
        if random.one(in: 3) { settings.assert = [FieldPath(random.pick(["v", "c", "b"]))] }
        if random.one(in: 4) { settings.predict = [FieldPath(random.pick(["v", "c", "nothing"]))] }
        if random.one(in: 3) { settings.tolerances["v"] = random.pick([.absolute(0.5), .percent(10), .absolute(0)]) }
        if random.one(in: 4) { settings.timeToLiveMicroseconds = Int64(1 + random.below(20)) * 700_000 }
        settings.alternatives = random.below(4)
        if settings.steps.first == 1, random.one(in: 8) { settings.neural = random.pick([.automatic, .always]) }
        if random.one(in: 2) { settings.watch = watch() }
        return settings
    }

    private mutating func watch() -> WatchSettings {
        var watch = WatchSettings()
        if random.one(in: 2) {
            watch.within = .init(
                microseconds: Int64(1 + random.below(40)) * 500_000, probability: random.pick([0.2, 0.5, 0.8]))
        }
        if watch.within == nil || random.one(in: 2) {
            watch.overdue = .init(probability: random.pick([0.5, 0.9, 0.999]))
        }
        return watch
    }
}
