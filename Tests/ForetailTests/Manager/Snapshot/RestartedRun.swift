import FieldExtraction
import Forecasting

@testable import Foretail
@testable import ForetailTesting

/// A manager led through a simulator's plan that ends its predictions at some steps, as before a restart; and, if asked to,
/// is thrown away there and made anew from snapshots.
struct RestartedRun: ~Copyable {
    private struct Live {
        var id: TailRequestID
        var request: SimulatedRequest
    }

    private let plan: SimulationPlan
    private let restores: Bool
    private var manager: PredictiveBufferManager
    private var actions = Actions()
    private var renderer = NDJSONRenderer()
    private var random: SeededGenerator
    private var now = SimulationPlan.start
    private var ids: [TailRequestID] = []
    private var live: [Live] = []
    private var budget: Int?
    /// The records of every destination, in order.
    private(set) var output: [Int: [UInt8]] = [:]
    /// Snapshots taken.
    private(set) var snapshots = 0

    init(_ plan: SimulationPlan, restores: Bool) throws {
        self.plan = plan
        self.restores = restores
        random = SeededGenerator(seed: plan.seed ^ (restores ? 1 : 0))
        manager = PredictiveBufferManager(configuration: plan.configuration)
        for stream in plan.streams { try manager.describeStream(stream.descriptor) }
    }

    /// What is known of every request at the end.
    var knowledge: [String] {
        var texts = live.map { request in
            "\(request.id) \(manager.predictionConfidence(for: request.id)!) \(manager.bufferStatus(for: request.id)!)"
        }
        texts.append("\(manager.memory)")
        return texts
    }

    mutating func run(restarts: Set<Int>) throws {
        for (number, step) in plan.steps.enumerated() {
            if restarts.contains(number) { try restart() }
            try perform(step)
            collect()
        }
        for stream in plan.streams { manager.endOfInput(stream: stream.name, into: &actions) }
        collect()
    }

    private mutating func restart() throws {
        for stream in plan.streams { manager.withdrawForRestart(stream: stream.name, into: &actions) }
        collect()
        guard restores else { return }
        var next = PredictiveBufferManager(configuration: plan.configuration)
        if let budget { next.setBufferBudget(budget) }
        for stream in plan.streams { try next.describeStream(stream.descriptor) }
        for entry in live {
            _ = try next.registerTailRequest(
                streamName: plan.streams[entry.request.stream].name,
                filter: entry.request.filter.source.map(FilterText.cel),
                destination: DestinationID(ids.firstIndex(of: entry.id)!), prediction: entry.request.settings,
                id: entry.id)
        }
        for stream in plan.streams {
            let bytes = try manager.snapshot(stream: stream.name)
            try next.restore(bytes, stream: stream.name, into: &actions)
            let again = try next.snapshot(stream: stream.name)
            if again != bytes { throw ForetailError(.snapshot, "a snapshot of what was restored differs") }
            snapshots += 1
        }
        manager = next
    }

    private mutating func perform(_ step: SimulationStep) throws {
        switch step {
        case .events(let stream, let events): process(events, stream: stream, isHistory: false)
        case .history(let stream, let events): process(events, stream: stream, isHistory: true)
        case .register(let request):
            // A new request takes a number of its own whatever was removed before a restart.
            let id = TailRequestID(UInt32(ids.count + 1))
            _ = try manager.registerTailRequest(
                streamName: plan.streams[request.stream].name, filter: request.filter.source.map(FilterText.cel),
                destination: DestinationID(ids.count), prediction: request.settings, id: id)
            ids.append(id)
            live.append(Live(id: id, request: request))
        case .update(let number, let filter):
            try manager.updateTailRequest(
                ids[number], filter: filter.source.map(FilterText.cel), into: &actions)
            if let place = live.firstIndex(where: { $0.id == ids[number] }) { live[place].request.filter = filter }
        case .remove(let number):
            // The names of its last records have to be known.
            let id = ids[number]
            let names = manager.names(of: id)
            try manager.removeTailRequest(id, into: &actions)
            render(names)
            live.removeAll { $0.id == id }
        case .wait(let microseconds): now.microseconds += microseconds
        case .tick: manager.process(.tick, now: now, into: &actions)
        case .gap, .end: break
        case .budget(let bytes):
            budget = bytes
            manager.setBufferBudget(bytes)
        }
    }

    private mutating func process(_ events: [SimulatedEvent], stream: Int, isHistory: Bool) {
        for event in events {
            var batch = EventBatch(stream: plan.streams[stream].name)
            batch.acceptsText = plan.streams[stream].acceptsText
            batch.append(event.text, at: event.position)
            manager.process(isHistory ? .history(batch) : .events(batch), now: now, into: &actions)
            let trainings = actions.items.compactMap { action in
                if case .train(let training) = action { training } else { nil }
            }
            collect()
            for training in trainings where random.one(in: 3) {
                manager.process(.trained(id: training.id, training.job.run()), now: now, into: &actions)
            }
        }
    }

    private mutating func collect() { render(nil) }

    private mutating func render(_ leaving: StreamNames?) {
        for action in actions.items {
            guard let destination = action.destination?.number else { continue }
            let id = ids[destination]
            guard let names = manager.names(of: id) ?? leaving else { continue }
            renderer.render(action, of: actions, names: names, into: &output[destination, default: []])
        }
        actions.removeAll()
    }
}
