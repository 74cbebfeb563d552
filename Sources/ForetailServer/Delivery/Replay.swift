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
        timeField: String?, configuration: ManagerConfiguration
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
        } catch {
            throw Problem(error)
        }
    }

    /// Reads, matches and renders the next events.
    func step(limit: Int = stepEvents) throws(LogFailure) -> Step {
        batch.removeAll()
        times.removeAll(keepingCapacity: true)
        let reading = try host.log().read(
            after: position, limit: limit, bytes: Self.stepBytes, into: &batch, ingestTimes: &times)
        var draft = FeedDraft(id: DestinationID(0), feed: nil)
        for gap in reading.gaps { render(.gap(gap, request: id, to: DestinationID(0)), into: &draft) }
        var start = 0
        while start < batch.count {
            apply(versionsUpTo: batch.frames[start].position)
            let end = runEnd(from: start)
            manager.process(.events(batch.part(start..<end)), now: times[start], into: &actions)
            for action in actions.items { render(action, into: &draft) }
            actions.removeAll()
            start = end
        }
        position = reading.next
        let chunk =
            draft.entries.isEmpty ? nil : Feed.Chunk(number: -1, bytes: draft.bytes, entries: draft.entries)
        return Step(chunk: chunk, mayHaveMore: reading.mayHaveMore)
    }

    /// The end of the events from `start` on that came together and that one filter judges.
    private func runEnd(from start: Int) -> Int {
        var end = start + 1
        let boundary = versions.dropFirst().first?.after
        while end < batch.count, times[end] == times[start] {
            if let boundary, batch.frames[start].position <= boundary, batch.frames[end].position > boundary { break }
            end += 1
        }
        return end
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
        renderer.render(action, of: actions, names: names, into: &draft.bytes)
        draft.close(action, actions)
    }
}
#endif
