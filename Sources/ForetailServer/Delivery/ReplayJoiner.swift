#if Server
import FieldExtraction
import Foretail

/// Gives the stored records that a reader catches up with their rows: all of a step together, asked for at once.
///
/// It has a stage of its own, so that what live events wait for is not held up. Used by one task at a time.
final class ReplayJoiner: @unchecked Sendable {
    private let id: TailRequestID
    private let stores: ReferenceStores
    private let source = ReferenceStores.nextSource()
    private let clock = ServerClock()
    private var stage = LookupStage<FeedEntry>()
    private let histories: [Int32]
    private var left: [LookupStage<FeedEntry>.Released] = []

    init(
        _ id: TailRequestID, of stream: StreamDescriptor, lookups: [LookupSettings], stores: ReferenceStores
    ) throws(ForetailError) {
        self.id = id
        self.stores = stores
        // Nothing is staged for the past: an event that would leave without rows waits for them here, where nobody is held up.
        let waiting = lookups.map { lookup in
            var lookup = lookup
            lookup.onNotStaged = .wait
            return lookup
        }
        try stage.register(id, of: stream, lookups: waiting, now: LookupMoment(clock))
        histories = stage.unfilledHistories(of: stream.name).map(\.statement)
    }

    private var moment: LookupMoment { LookupMoment(clock) }

    // MARK: The stream's own past

    /// Notes the events of a step that only the past is read for.
    func remember(_ actions: borrowing Actions) {
        for case .follow(let event) in actions.items { stage.remember(event, of: actions) }
    }

    /// Notes an event behind its records.
    func remember(_ event: Int, of actions: borrowing Actions) { stage.remember(event, of: actions) }

    /// Notes that the past is read, as far as it goes.
    func endPast(isComplete: Bool) {
        for statement in histories { stage.fill(statement, with: nil, isComplete: isComplete, now: moment) }
    }

    // MARK: Records

    /// Adds a record of the step.
    func add(_ action: Actions.Action, of actions: borrowing Actions, record: [UInt8], entry: FeedEntry) {
        if case .forward(let forward) = action {
            stage.admit(forward, of: actions, record: record, tag: entry, now: moment)
        } else {
            left.append(.init(request: id, record: record, tag: entry, safe: entry.position))
        }
    }

    /// Waits until all records of the step have what they get, and gives them in the order of their positions.
    ///
    /// - Throws: `CancellationError` where the reading ends before: what is there without what is not would be a gap.
    func finish() async throws(CancellationError) -> Feed.Chunk? {
        let (answers, report) = AsyncStream<[ReferenceAnswer]>.makeStream()
        var iterator = answers.makeAsyncIterator()
        while true {
            left += stage.takeReleased()
            stores.submit(stage.takeFetches(), from: source) { report.yield($0) }
            guard stage.waitingCount > 0, let due = stage.nextDeadline else { break }
            guard !Task.isCancelled else { throw CancellationError() }
            let timer = Task { [clock] in
                try? await Task.sleep(for: .microseconds(max(0, due - clock.monotonic)))
                report.yield([])
            }
            let answer = await iterator.next()
            timer.cancel()
            stage.receive(answer ?? [], now: moment)
            stage.advance(to: moment)
        }
        defer { left = [] }
        var draft = FeedDraft(id: DestinationID(0), feed: nil)
        for released in left.sorted(by: { $0.tag.position < $1.tag.position }) {
            var entry = released.tag
            if released.record.isEmpty { entry.kind = .dropped }
            draft.append(released.record, entry)
        }
        return draft.entries.isEmpty ? nil : Feed.Chunk(number: -1, bytes: draft.bytes, entries: draft.entries)
    }
}
#endif
