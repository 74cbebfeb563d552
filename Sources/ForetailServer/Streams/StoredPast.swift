#if Server
import FieldExtraction
import Foretail
import ForetailSQLite

/// The stored events of a stream up to a bound, read for the last events of its keys.
struct StoredPast {
    /// Where the reading ends.
    enum End: Sendable {
        /// Behind a position.
        case through(Position)
        /// Before a position.
        case before(Position)

        func contains(_ position: Position) -> Bool {
            switch self {
            case .through(let last): position <= last
            case .before(let first): position < first
            }
        }
    }

    let host: StreamHost
    /// The field that holds the time of events, where it was found.
    let timeField: String?
    /// How many of the last events are read.
    let events: Int
    let configuration: ManagerConfiguration

    /// Reads the past, oldest first.
    ///
    /// - Parameters:
    ///   - isCancelled: Asked between two steps.
    ///   - take: Gets the events of a step as ``Actions/Action/follow(_:)``.
    /// - Returns: Whether it goes back to the stream's first event.
    func read(
        to end: End, isCancelled: () -> Bool = { false }, _ take: (borrowing Actions) -> Void
    ) throws(Problem) -> Bool {
        var manager = PredictiveBufferManager(configuration: configuration)
        var descriptor = host.definition.descriptor(name: host.name)
        if let timeField { descriptor.time = FieldPath(timeField) }
        do throws(ForetailError) { try manager.describeStream(descriptor) } catch { throw Problem(error) }
        manager.setFollowed(true, stream: host.name)
        do throws(LogFailure) {
            return try read(to: end, with: &manager, isCancelled: isCancelled, take)
        } catch {
            throw Problem(error, host)
        }
    }

    private func read(
        to end: End, with manager: inout PredictiveBufferManager, isCancelled: () -> Bool,
        _ take: (borrowing Actions) -> Void
    ) throws(LogFailure) -> Bool {
        let log = try host.log()
        let behind: Position
        switch end {
        case .through(let last): behind = last
        case .before(let first): behind = first
        }
        let start = log.position(beforeLast: log.count(after: behind) + events)
        let isComplete = start == nil && log.bounds.first?.sequence ?? 1 == 1
        var position = start
        var batch = EventBatch(stream: host.name)
        var times: [Timestamp] = []
        var actions = Actions()
        while true {
            if isCancelled() { throw LogFailure(kind: .closed, message: "reading the past was broken off") }
            batch.removeAll()
            times.removeAll(keepingCapacity: true)
            let reading = try log.read(
                after: position, limit: Replay.stepEvents, bytes: Replay.stepBytes, into: &batch, ingestTimes: &times)
            let meant = batch.frames.firstIndex { !end.contains($0.position) } ?? batch.count
            for run in Replay.runs(of: times.prefix(meant)) {
                manager.process(.events(batch.part(run)), now: times[run.lowerBound], into: &actions)
            }
            take(actions)
            actions.removeAll()
            if meant < batch.count || !reading.mayHaveMore { return isComplete }
            position = reading.next ?? position
        }
    }
}
#endif
