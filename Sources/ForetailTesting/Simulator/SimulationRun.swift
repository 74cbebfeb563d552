import FieldExtraction
import Forecasting
import Foretail

/// One manager led through a plan: event by event under the judge's eyes, or in batches for comparison.
struct SimulationRun: ~Copyable {
    private let plan: SimulationPlan
    private var manager: PredictiveBufferManager
    private var now = SimulationPlan.start
    private var actions = Actions()
    private var renderer = NDJSONRenderer()
    /// The rendered records.
    private(set) var output: [UInt8] = []
    private var ids: [TailRequestID] = []
    private var judge: Judge?
    private var saboteur: Saboteur
    private var trainings: [Actions.Training] = []
    private var random: SeededGenerator
    private var recent: [String] = []
    private var step = 0

    /// Prepares a run.
    ///
    /// - Parameters:
    ///   - isJudged: Whether every event comes alone and is judged; otherwise batches are random, training results never come
    ///     or come late, and nothing is checked.
    ///   - sabotage: A bug to plant between manager and judge.
    init(_ plan: SimulationPlan, isJudged: Bool, sabotage: Sabotage? = nil) {
        self.plan = plan
        manager = PredictiveBufferManager(configuration: plan.configuration)
        judge = isJudged ? Judge(plan) : nil
        saboteur = Saboteur(sabotage)
        random = SeededGenerator(seed: plan.seed ^ 0x5EED)
    }

    /// What was seen, once the run is over.
    var report: SimulationReport { judge?.report ?? SimulationReport() }
    /// Whether a planted bug has struck.
    var isSabotaged: Bool { saboteur.hasStruck }

    /// Leads the manager through the whole plan.
    mutating func run() throws(SimulationFailure) {
        do throws(SimulationViolation) {
            for stream in plan.streams {
                do throws(ForetailError) {
                    try manager.describeStream(stream.descriptor)
                } catch {
                    throw SimulationViolation("\(error)")
                }
            }
            for (number, next) in plan.steps.enumerated() {
                step = number
                try perform(next)
                if judge != nil { try judge?.checkBuffers(manager) }
            }
            step = plan.steps.count
            for number in plan.streams.indices { try end(number) }
            if judge != nil {
                try judge?.checkBuffers(manager)
                try judge?.checkCounters(manager)
            }
        } catch {
            throw SimulationFailure(seed: plan.seed, step: step, message: error.message, lastActions: recent)
        }
    }

    private mutating func perform(_ step: SimulationStep) throws(SimulationViolation) {
        switch step {
        case .events(let stream, let events): try process(events, stream: stream, isHistory: false)
        case .history(let stream, let events): try process(events, stream: stream, isHistory: true)
        case .register(let request): try register(request)
        case .update(let number, let filter):
            let seen = try update(number, filter)
            try judge?.updated(number, filter: filter, seen)
        case .remove(let number):
            let seen = try remove(number)
            try judge?.removed(number, seen)
        case .wait(let microseconds): now.microseconds += microseconds
        case .tick:
            note("tick \(now)")
            manager.process(.tick, now: now, into: &actions)
            let seen = collect(stream: 0)
            try judge?.ticked(now: now, seen)
        case .gap(let stream):
            let gap = Actions.Gap(
                from: Position(sequence: 1), to: Position(sequence: 1), count: 1, reason: "retention")
            manager.noteGap(stream: plan.streams[stream].name, gap, into: &actions)
            let seen = collect(stream: stream)
            try judge?.gapped(stream: stream, seen)
        case .end(let stream): try end(stream)
        case .budget(let bytes):
            note("budget \(bytes)")
            manager.setBufferBudget(bytes)
            judge?.budget = bytes
        }
    }

    private mutating func end(_ stream: Int) throws(SimulationViolation) {
        note("end of s\(stream)")
        manager.endOfInput(stream: plan.streams[stream].name, into: &actions)
        let seen = collect(stream: stream)
        try judge?.ended(stream: stream, seen)
    }

    private mutating func update(
        _ number: Int, _ filter: SimulatedFilter
    ) throws(SimulationViolation) -> [ObservedAction] {
        note("update \(ids[number]) to \(filter.source ?? "all")")
        do throws(ForetailError) {
            try manager.updateTailRequest(ids[number], filter: filter.source.map(FilterText.cel), into: &actions)
        } catch {
            throw SimulationViolation("an update that is right was refused: \(error)")
        }
        return collect(names: manager.names(of: ids[number]))
    }

    private mutating func remove(_ number: Int) throws(SimulationViolation) -> [ObservedAction] {
        note("remove \(ids[number])")
        let names = manager.names(of: ids[number])
        do throws(ForetailError) {
            try manager.removeTailRequest(ids[number], into: &actions)
        } catch {
            throw SimulationViolation("a removal that is right was refused: \(error)")
        }
        return collect(names: names)
    }

    private mutating func register(_ request: SimulatedRequest) throws(SimulationViolation) {
        note("register tr_\(ids.count + 1): \(request.summary)")
        do throws(ForetailError) {
            let id = try manager.registerTailRequest(
                streamName: plan.streams[request.stream].name, filter: request.filter.source.map(FilterText.cel),
                destination: DestinationID(ids.count), prediction: request.settings)
            ids.append(id)
            judge?.registered(request, number: ids.count - 1, id: id)
        } catch {
            throw SimulationViolation("a request that is right was refused: \(error)")
        }
    }

    // MARK: Events

    private mutating func process(
        _ events: [SimulatedEvent], stream: Int, isHistory: Bool
    ) throws(SimulationViolation) {
        var rest = events[...]
        while !rest.isEmpty {
            let size = judge != nil ? 1 : 1 + random.below(rest.count)
            var batch = EventBatch(stream: plan.streams[stream].name)
            batch.acceptsText = plan.streams[stream].acceptsText
            for event in rest.prefix(size) { batch.append(event.text, at: event.position) }
            if let event = rest.first { note("\(isHistory ? "history" : "event") \(event.position) \(event.text)") }
            manager.process(isHistory ? .history(batch) : .events(batch), now: now, into: &actions)
            for case .train(let training) in actions.items { trainings.append(training) }
            let seen = collect(stream: stream)
            if let event = rest.first, judge != nil {
                let tampered = saboteur.tamper(seen)
                let names = manager.names(stream: plan.streams[stream].name)
                try judge?.event(
                    event, stream: stream, now: now, isHistory: isHistory, actions: tampered, names: names)
                try judge?.checkBuffers(manager)
            }
            rest = rest.dropFirst(size)
            train()
        }
    }

    /// Gives results of training jobs back: at once under the judge, otherwise late or never. It must make no difference.
    private mutating func train() {
        if judge == nil, !random.one(in: 8) { return }
        for training in trainings where judge != nil || random.one(in: 2) {
            manager.process(.trained(id: training.id, training.job.run()), now: now, into: &actions)
        }
        trainings = []
    }

    // MARK: Output

    private mutating func collect(stream: Int) -> [ObservedAction] {
        collect(names: manager.names(stream: plan.streams[stream].name))
    }

    /// Renders the actions, cuts them loose where they are judged, and empties the container.
    private mutating func collect(names: StreamNames?) -> [ObservedAction] {
        defer { actions.removeAll() }
        if let names {
            for action in actions.items {
                renderer.render(action, of: actions, names: self.names(of: action) ?? names, into: &output)
            }
        }
        guard judge != nil else { return [] }
        let seen = ObservedAction.list(actions)
        for action in seen { note("  " + action.summary) }
        return seen
    }

    /// The names behind an action of any stream.
    private func names(of action: Actions.Action) -> StreamNames? {
        switch action {
        case .forward(let forward): manager.names(of: forward.request)
        case .announce(let prediction, _): manager.names(of: prediction.request)
        case .outcome(let outcome, _): manager.names(of: outcome.prediction.request)
        case .gap, .watch, .train, .expect, .follow: nil
        }
    }

    private mutating func note(_ line: String) {
        guard judge != nil else { return }
        recent.append(line)
        if recent.count > 40 { recent.removeFirst(recent.count - 24) }
    }
}
