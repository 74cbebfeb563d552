#if Server
import FieldExtraction
import Foretail
import ForetailSQLite

/// The stored events of a stream as one tail request sees them: read from the log, matched by the filter that was in force
/// at each position, rendered like live ones.
///
/// It has a manager of its own, without predictions: matching, keys and times are those of the shard. Used by one task at a
/// time; ``step(_:)`` waits for the disk.
final class Replay: @unchecked Sendable {
    /// A filter, and the position after which it is in force.
    struct Version: Sendable {
        var after: Position
        var filter: FilterText?
    }

    /// What one step gave.
    struct Step: Sendable {
        /// The records, gaps first.
        var chunk: Feed.Chunk?
        /// Whether there may be more.
        var mayHaveMore: Bool
    }

    /// The last position that was read; hand it in again to go on.
    private(set) var position: Position?
    /// Which of the request's filters it knows.
    let revision: Int
    private let host: StreamHost
    private let id: TailRequestID
    private var versions: [Version]
    private var manager: PredictiveBufferManager
    /// Where its records get their rows; nil: it has no lookups.
    private var joiner: ReplayJoiner?
    /// What its lookups of the stream's own past need first; nil: nothing, or it was read.
    private var past: StoredPast?
    private var renderer = NDJSONRenderer()
    private var actions = Actions()
    private var batch: EventBatch
    private var times: [Timestamp] = []

    /// Events read in one step.
    static let stepEvents = 4_096
    /// Bytes read in one step, about.
    static let stepBytes = 1 << 20

    /// Creates a replay that begins after a position; nil: at the oldest stored event.
    ///
    /// - Parameters:
    ///   - timeField: The stream's time field, where it was found in its first events.
    ///   - versions: The request's filters, oldest first; the first is in force from the beginning.
    /// - Throws: ``Problem`` (400) for a filter that does not compile.
    init(
        _ host: StreamHost, id: TailRequestID, versions: [Version], revision: Int = 0, after: Position?,
        timeField: String?, configuration: ManagerConfiguration, lookups: [LookupSettings] = [],
        stores: ReferenceStores = ReferenceStores()
    ) throws(Problem) {
        self.host = host
        self.id = id
        self.versions = versions
        self.revision = revision
        position = after
        batch = EventBatch(stream: host.name)
        manager = PredictiveBufferManager(configuration: configuration)
        var descriptor = host.definition.descriptor(name: host.name)
        if let timeField { descriptor.time = FieldPath(timeField) }
        do throws(ForetailError) {
            try manager.describeStream(descriptor)
            _ = try manager.registerTailRequest(
                streamName: host.name, filter: versions.first?.filter, destination: DestinationID(0), prediction: nil,
                id: id)
            if !lookups.isEmpty {
                joiner = try ReplayJoiner(id, of: descriptor, lookups: lookups, stores: stores)
            }
            if lookups.contains(where: \.isHistory) {
                manager.setFollowed(true, stream: host.name)
                past = StoredPast(
                    host: host, timeField: timeField, events: LookupLimits().historyEvents,
                    configuration: configuration)
            }
        } catch {
            throw Problem(error)
        }
    }

    /// Gives the records of a step their rows, where they are to have any. Waits as long as its lookups allow.
    ///
    /// - Throws: `CancellationError` where the reading ends before; the replay is of no use any more.
    func join(_ step: Step) async throws(CancellationError) -> Step {
        guard let joiner else { return step }
        var step = step
        step.chunk = try await joiner.finish()
        return step
    }

    /// Reads, matches and renders the next events.
    func step(limit: Int = stepEvents) throws(LogFailure) -> Step {
        readPast()
        batch.removeAll()
        times.removeAll(keepingCapacity: true)
        let reading = try host.log().read(
            after: position, limit: limit, bytes: Self.stepBytes, into: &batch, ingestTimes: &times)
        var draft = FeedDraft(id: DestinationID(0), feed: nil)
        for gap in reading.gaps { render(.gap(gap, request: id, to: DestinationID(0)), into: &draft) }
        for run in Self.runs(of: times[...]) {
            var start = run.lowerBound
            while start < run.upperBound {
                apply(versionsUpTo: batch.frames[start].position)
                let end = versionEnd(in: start..<run.upperBound)
                manager.process(.events(batch.part(start..<end)), now: times[start], into: &actions)
                for action in actions.items { render(action, into: &draft) }
                actions.removeAll()
                start = end
            }
        }
        position = reading.next
        let chunk =
            draft.entries.isEmpty ? nil : Feed.Chunk(number: -1, bytes: draft.bytes, entries: draft.entries)
        return Step(chunk: chunk, mayHaveMore: reading.mayHaveMore)
    }

    /// What stood before the first event that is read, for lookups of the stream's own past. Where it cannot be read, they begin
    /// with what is.
    private func readPast() {
        guard let past, let joiner else { return }
        self.past = nil
        let isComplete = try? past.read(to: .through(position ?? .none)) { joiner.remember($0) }
        joiner.endPast(isComplete: isComplete ?? false)
    }

    /// The events that came together, run after run, by the times at which they came in.
    static func runs(of times: ArraySlice<Timestamp>) -> [Range<Int>] {
        var runs: [Range<Int>] = []
        var start = times.startIndex
        for index in times.indices where index + 1 == times.endIndex || times[index + 1] != times[index] {
            runs.append(start..<index + 1)
            start = index + 1
        }
        return runs
    }

    /// The end of the events of a run that the filter judges which judges the first.
    private func versionEnd(in run: Range<Int>) -> Int {
        guard let boundary = versions.dropFirst().first?.after, batch.frames[run.lowerBound].position <= boundary
        else { return run.upperBound }
        return run.first { batch.frames[$0].position > boundary } ?? run.upperBound
    }

    private func apply(versionsUpTo position: Position) {
        while let next = versions.dropFirst().first, position > next.after {
            versions.removeFirst()
            // A filter that was accepted once compiles again.
            try? manager.updateTailRequest(id, filter: next.filter)
        }
    }

    private func render(_ action: Actions.Action, into draft: inout FeedDraft) {
        guard let names = manager.names(stream: host.name) else { return }
        if case .follow(let event) = action {
            joiner?.remember(event, of: actions)
            return
        }
        guard let joiner else {
            renderer.render(action, of: actions, names: names, into: &draft.bytes)
            draft.close(action, actions)
            return
        }
        var single = FeedDraft(id: draft.id, feed: nil)
        renderer.render(action, of: actions, names: names, into: &single.bytes)
        single.close(action, actions)
        if let entry = single.entries.first { joiner.add(action, of: actions, record: single.bytes, entry: entry) }
    }
}
#endif
