import FieldExtraction

@testable import Foretail

/// A stage with one request and one lookup, driven by hand: times are microseconds.
final class LookupBench {
    var stage: LookupStage<Int>
    var manager = PredictiveBufferManager(configuration: ManagerConfiguration())
    /// The numbers of the events that left, in their order.
    var left: [Int] = []
    var records: [String] = []
    var safe: [Position?] = []
    /// The keys that were asked for, in their order.
    var fetched: [String] = []
    var prefetched: [String] = []
    private var renderer = NDJSONRenderer()
    private var sent = 0

    init(
        key: String = "id", lookupKey: String = "meta.key", limits: LookupLimits = LookupLimits(),
        prediction: PredictionSettings? = nil, history: LookupSettings? = nil, filter: String? = nil,
        set: (inout LookupSettings) -> Void = { _ in }
    ) throws {
        var lookup = history ?? LookupSettings("who", store: "crm", query: "SELECT $1", key: lookupKey)
        set(&lookup)
        var descriptor = StreamDescriptor(name: "s")
        descriptor.key = [FieldPath(key)]
        if prediction != nil { descriptor.time = FieldPath("t") }
        try manager.describeStream(descriptor)
        let id = try manager.registerTailRequest(
            streamName: "s", filter: filter.map { FilterText($0) }, destination: DestinationID(1),
            prediction: prediction)
        stage = LookupStage(limits: limits)
        try stage.register(
            id, of: descriptor, lookups: [lookup],
            now: LookupMoment(monotonic: 0, wall: Timestamp(microseconds: Self.epoch)))
        manager.setFollowed(stage.follows("s"), stream: "s")
    }

    private static let epoch: Int64 = 1_767_225_600_000_000

    func moment(_ time: Int64) -> LookupMoment {
        LookupMoment(monotonic: time, wall: Timestamp(microseconds: Self.epoch + time))
    }

    /// Lets an event match.
    func send(_ body: String, at time: Int64) {
        sent += 1
        var batch = EventBatch(stream: "s")
        batch.append(body, at: Position(sequence: UInt64(sent)))
        var actions = Actions()
        _ = manager.process(.events(batch), now: moment(time).wall, into: &actions)
        guard let names = manager.names(stream: "s") else { return }
        for action in actions.items {
            switch action {
            case .forward(let forward):
                var record: [UInt8] = []
                renderer.render(action, of: actions, names: names, into: &record)
                stage.admit(forward, of: actions, record: record, tag: sent, now: moment(time))
            case .announce(let prediction, _), .expect(let prediction):
                stage.expect(prediction, names: names, now: moment(time))
            case .follow(let event): stage.remember(event, of: actions)
            default: break
            }
        }
        collect()
    }

    func answer(_ key: String, rows: String?, readAt: Int64, at time: Int64) {
        let rows = rows.map { ReferenceRows(json: Array($0.utf8), count: 1) } ?? .none
        stage.receive(
            [ReferenceAnswer(statement: 0, key: key, result: .success(rows), readAt: readAt)], now: moment(time))
        collect()
    }

    func fail(_ key: String, _ message: String, at time: Int64) {
        stage.receive(
            [
                ReferenceAnswer(
                    statement: 0, key: key, result: .failure(ReferenceFailure(.query, message)), readAt: time)
            ],
            now: moment(time))
        collect()
    }

    func advance(to time: Int64) {
        stage.advance(to: moment(time))
        collect()
    }

    func collect() {
        for released in stage.takeReleased() {
            left.append(released.tag)
            records.append(String(decoding: released.record, as: UTF8.self))
            safe.append(released.safe)
        }
        for fetch in stage.takeFetches() {
            if fetch.isPrefetch { prefetched.append(fetch.key) } else { fetched.append(fetch.key) }
        }
    }

    var statistics: LookupStatistics { stage.statements[0]?.statistics ?? LookupStatistics() }
}
