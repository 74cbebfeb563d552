import Synchronization

/// Joins the records of a pipeline with rows of reference stores, on their way to the destination.
///
///     let joiner = try PipelineJoiner([lookup], of: request, stream: descriptor, submit: client.submit, clock: moment)
///     var pipeline = Pipeline(stream: descriptor.name, manager: manager, …, joiner: joiner)
///
/// What ``LookupStage`` promises holds here. A pipeline goes on reading while records wait; when many do, the source is held back.
/// Used by one task; ``notices`` may be called from anywhere.
public final class PipelineJoiner {
    /// Asks a store for rows; every fetch is answered once, from any thread.
    public typealias Submit = (_ fetches: [ReferenceFetch], _ receiver: @escaping ReferenceReceiver) -> Void

    /// Records that wait before the source is held back.
    public static let fullCount = 1_024

    /// The request whose records are joined.
    let request: TailRequestID
    /// Whether the stream's own past is asked for.
    let looksBack: Bool
    private var stage: LookupStage<DestinationID>
    private let arrivals = JoinArrivals()
    private let submit: Submit
    private let clock: () -> LookupMoment
    private var record: [UInt8] = []

    /// Creates a joiner for one tail request.
    ///
    /// - Parameters:
    ///   - isFromBeginning: Whether the source begins with the stream's first event.
    ///   - submit: Asks the stores that fetches name.
    ///   - clock: The present moment.
    /// - Throws: ``ForetailError`` naming the lookup and what is wrong with it.
    public init(
        _ lookups: [LookupSettings], of request: TailRequestID, stream: StreamDescriptor, isFromBeginning: Bool = true,
        limits: LookupLimits = LookupLimits(), submit: @escaping Submit, clock: @escaping () -> LookupMoment
    ) throws(ForetailError) {
        self.request = request
        self.submit = submit
        self.clock = clock
        stage = LookupStage(limits: limits)
        try stage.register(request, of: stream, lookups: lookups, now: clock())
        looksBack = stage.follows(stream.name)
        for past in stage.unfilledHistories(of: stream.name) {
            stage.fill(past.statement, with: nil, isComplete: isFromBeginning, now: clock())
        }
    }

    /// What became of the lookups, by name.
    public var statistics: [(lookup: LookupSettings, statistics: LookupStatistics)] { stage.statistics(of: request) }

    /// Takes what stores tell of changes.
    public var notices: @Sendable (_ notice: ReferenceNotice, _ store: String) -> Void {
        let arrivals = arrivals
        return { arrivals.put(.notice($0, store: $1)) }
    }

    /// Whether records wait.
    var isWaiting: Bool { stage.waitingCount > 0 }

    /// Whether so many records wait that nothing more should be read.
    var isFull: Bool { stage.waitingCount >= Self.fullCount }

    /// Takes what the manager decided.
    func take<Renderer: RecordRenderer>(
        _ actions: borrowing Actions, names: StreamNames, renderer: inout Renderer
    ) {
        let now = clock()
        for action in actions.items {
            switch action {
            case .follow(let event): stage.remember(event, of: actions)
            case .expect(let prediction): stage.expect(prediction, names: names, now: now)
            default: break
            }
            guard let destination = action.destination else { continue }
            record.removeAll(keepingCapacity: true)
            renderer.render(action, of: actions, names: names, into: &record)
            guard !record.isEmpty else { continue }
            switch action {
            case .forward(let forward):
                stage.admit(forward, of: actions, record: record, tag: destination, now: now)
            case .announce(let prediction, _):
                stage.expect(prediction, names: names, now: now)
                admit(prediction.key, destination, now)
            case .outcome(let outcome, _): admit(outcome.prediction.key, destination, now)
            case .watch(let watch, _): admit(watch.key, destination, now)
            case .gap, .train, .expect, .follow: admit([], destination, now)
            }
        }
    }

    private func admit(_ key: [UInt8], _ destination: DestinationID, _ now: LookupMoment) {
        stage.admit(record, of: request, key: key, tag: destination, now: now)
    }

    /// What may leave, in order; asks for what is lacking.
    func pass() -> [LookupStage<DestinationID>.Released] {
        let now = clock()
        for arrival in arrivals.take() {
            switch arrival {
            case .answers(let answers): stage.receive(answers, now: now)
            case .notice(let notice, let store): stage.note(notice, from: store, now: now)
            }
        }
        stage.advance(to: now)
        let fetches = stage.takeFetches()
        if !fetches.isEmpty {
            let arrivals = arrivals
            submit(fetches) { arrivals.put(.answers($0)) }
        }
        return stage.takeReleased()
    }

    /// Waits until something may leave.
    func wait() async {
        guard let due = stage.nextDeadline else { return }
        await arrivals.next(within: max(0, due - clock().monotonic))
    }
}

/// What came from stores and was not taken yet.
private final class JoinArrivals: Sendable {
    enum Arrival: Sendable {
        case answers([ReferenceAnswer])
        case notice(ReferenceNotice, store: String)
    }

    private let waiting = Mutex<[Arrival]>([])
    private let signals: AsyncStream<Void>
    private let signal: AsyncStream<Void>.Continuation

    init() { (signals, signal) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1)) }

    func put(_ arrival: Arrival) {
        waiting.withLock { $0.append(arrival) }
        signal.yield()
    }

    func take() -> [Arrival] {
        waiting.withLock { waiting in
            defer { waiting = [] }
            return waiting
        }
    }

    /// Returns when something is there, or time is over.
    func next(within microseconds: Int64) async {
        let signal = signal
        let timer = Task {
            try? await Task.sleep(for: .microseconds(microseconds))
            signal.yield()
        }
        var iterator = signals.makeAsyncIterator()
        _ = await iterator.next()
        timer.cancel()
    }
}
