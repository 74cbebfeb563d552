import FieldExtraction
import Forecasting

/// The flow of foretail from top to bottom: source, log, manager, records, destination.
///
///     var pipeline = Pipeline(stream: "metrics", source: file, log: PassingLog(), destination: output, …)
///     try await pipeline.run()
///
/// One task runs a pipeline and owns its manager. Batches at every border; the next batch is read when the last one is
/// delivered, so a slow destination holds the source back and memory stays flat.
public struct Pipeline<
    Source: EventSource, Log: EventLog, Output: Destination, Renderer: RecordRenderer, Clock: WallClock
>: ~Copyable {
    /// The stream that the source feeds.
    public let stream: String
    /// The decisions.
    public var manager: PredictiveBufferManager
    /// Where events come from.
    public var source: Source
    /// Where they get their positions.
    public var log: Log
    /// Where records go.
    public var destination: Output
    /// How records look.
    public var renderer: Renderer
    /// Where records get rows of reference stores; nil: they leave as they are.
    private let joiner: PipelineJoiner?
    private let clock: Clock
    private let control: PipelineControl
    private var batch: EventBatch
    private var actions = Actions()
    private var outbox = Outbox()

    /// Creates a pipeline around a manager whose requests are registered, or come through `control`.
    public init(
        stream: String, manager: consuming PredictiveBufferManager, source: Source, log: Log, destination: Output,
        renderer: Renderer, clock: Clock, control: PipelineControl = PipelineControl(), joiner: PipelineJoiner? = nil
    ) {
        if let joiner { manager.setFollowed(joiner.looksBack, stream: stream) }
        self.joiner = joiner
        self.stream = stream
        self.manager = manager
        self.source = source
        self.log = log
        self.destination = destination
        self.renderer = renderer
        self.clock = clock
        self.control = control
        batch = EventBatch(stream: stream)
    }

    /// Moves events until the source ends or `control` says stop.
    ///
    /// - Parameter observer: Told after every batch; for progress and status lines.
    /// - Throws: ``ForetailError`` of the port that failed. Everything acknowledged before is delivered.
    public mutating func run(observer: inout some PipelineObserver) async throws(ForetailError) {
        var state = SourceState.ready
        while state != .end, !control.isStopped {
            if let joiner, joiner.isFull {
                await joiner.wait()
                try await deliver()
                continue
            }
            // 1. Source: the next events, or nothing yet. Who waits for rows is looked after every millisecond.
            batch.removeAll()
            let isWaiting = joiner?.isWaiting ?? false
            state = try await source.read(
                into: &batch, waitingAtMost: isWaiting ? Self.waitingTick : control.tickMicroseconds)
            // 2. Log: positions now, durability later.
            try await log.submit(&batch)
            // 3. Match, judge, observe, predict; deliver; train: in slices, so that the records on their way stay few.
            let now = clock.now()
            control.apply(to: &manager, actions: &actions)
            for gap in batch.gaps { manager.noteGap(stream: stream, gap, into: &actions) }
            var problems: [BadEvent] = []
            var start = 0
            repeat {
                let end = min(batch.count, start + min(batch.count, manager.sliceLength(stream: stream)))
                problems += manager.process(.events(batch.part(start..<end)), now: now, into: &actions)
                if end == batch.count {
                    if state == .idle { manager.process(.tick, now: now, into: &actions) }
                    if state == .end { manager.endOfInput(stream: stream, into: &actions) }
                }
                try await deliver()
                train(now: now)
                start = end
            } while start < batch.count && !control.isStopped
            // 4. What was promised to the source: durable and delivered. A batch cut short by a stop is not acknowledged.
            try await log.settle()
            if start >= batch.count, !(joiner?.isWaiting ?? false) { try await source.acknowledge() }
            observer.completed(batch, problems: problems, manager: manager, now: now)
        }
        if state != .end || control.isStopped {
            manager.endOfInput(stream: stream, into: &actions)
            try await deliver()
        }
        guard let joiner, joiner.isWaiting else { return }
        while joiner.isWaiting {
            await joiner.wait()
            try await deliver()
        }
        if !control.isStopped { try await source.acknowledge() }
    }

    private static var waitingTick: Int64 { 1_000 }

    private mutating func deliver() async throws(ForetailError) {
        if let joiner { return try await deliver(through: joiner) }
        guard !actions.items.isEmpty, let names = manager.names(stream: stream) else { return }
        var place = -1
        for index in actions.items.indices {
            guard let id = actions.items[index].destination else { continue }
            place = outbox.place(of: id, after: place)
            renderer.render(actions.items[index], of: actions, names: names, into: &outbox.blocks[place].records)
        }
        try await send()
    }

    private mutating func deliver(through joiner: PipelineJoiner) async throws(ForetailError) {
        if !actions.items.isEmpty, let names = manager.names(stream: stream) {
            joiner.take(actions, names: names, renderer: &renderer)
        }
        var place = -1
        for released in joiner.pass() {
            place = outbox.place(of: released.tag, after: place)
            outbox.blocks[place].records += released.record
        }
        try await send()
    }

    private mutating func send() async throws(ForetailError) {
        for place in 0..<outbox.count where !outbox.blocks[place].records.isEmpty {
            try await destination.deliver(outbox.blocks[place].records, to: outbox.blocks[place].destination)
        }
        outbox.removeAll()
    }

    private mutating func train(now: Timestamp) {
        var trainings: [Actions.Training] = []
        if actions.trainingCount > 0 {
            for case .train(let training) in actions.items { trainings.append(training) }
        }
        actions.removeAll()
        for training in trainings {
            manager.process(.trained(id: training.id, training.job.run()), now: now, into: &actions)
        }
    }
}
