#if Server
import DequeModule
import FieldExtraction
import Foretail

/// What a shard has been asked and has not done yet, in lanes that have their turns.
///
/// Each stream has a lane. Those of one tenant have together what one stream of another tenant has: what a turn costs counts as
/// many times as lanes of the tenant are waiting.
///
/// Events have positions as soon as they are in the line, so that who waits for the disk need not wait for predictions too. Of
/// each lane so many may stand there; beyond, its producers are held back: its readers and control calls would have to wait for
/// all of them.
struct ShardLine {
    /// One thing to do.
    enum Step {
        /// Tell readers what a log lost.
        case losses(StreamHost, [Actions.Gap])
        /// Process events from `done` on.
        case events(StreamHost, EventBatch, now: Timestamp, done: Int)
        /// Work on the shard's state.
        case work(@Sendable (inout ShardState) -> Void)
    }

    /// How long events of one stream are processed before others have their turn, in microseconds.
    static let turnMicroseconds: Int64 = 4_000
    /// Events of a lane that may have positions and not be processed.
    private static let laneEvents = 2_048
    /// Tail requests that may be predicted before it is known what an event of their stream takes.
    private static let fewRequests = 16
    /// Events times tail requests that are predicted in the first turn of a stream, to learn what they take.
    private static let firstWork = 1_024
    /// Events of a body that is taken all the same, where none of its stream is held.
    private static let smallBody = 64

    private var steps = FairQueue<Lane, Step>()
    /// What waits or is being done, by lane.
    private var stepCounts: [Lane: Int] = [:]
    /// Lanes that wait or are served, by the lane of all of their tenant.
    private var laneCounts: [Lane: Int64] = [:]
    /// Events in the line, by lane.
    private var events: [Lane: Int] = [:]
    /// What is held back, by lane; none is empty.
    private var held: [Lane: Deque<AppendJob>] = [:]
    /// What an event of a stream took of late, in nanoseconds.
    private var eventCosts: [ObjectIdentifier: Int64] = [:]

    /// Whether there is nothing to do. Jobs may be held back all the same.
    var isEmpty: Bool { steps.isEmpty }

    /// Puts something at the end of its lane.
    mutating func append(_ step: Step, lane: Lane) {
        if case .events(_, let batch, now: _, let done) = step { events[lane, default: 0] += batch.count - done }
        steps.append(step, to: lane)
        count(1, lane)
    }

    /// Takes what has the next turn.
    mutating func take() -> (lane: Lane, step: Step)? { steps.take().map { ($0.lane, $0.element) } }

    /// Ends a turn.
    mutating func finish(_ lane: Lane, microseconds: Int64, rest: Step? = nil) {
        steps.finish(lane, cost: max(1, microseconds) * (laneCounts[lane.whole] ?? 1), rest: rest)
        if rest == nil { count(-1, lane) }
    }

    private mutating func count(_ more: Int, _ lane: Lane) {
        let before = stepCounts[lane] ?? 0
        let now = before + more
        stepCounts[lane] = now > 0 ? now : nil
        guard (before > 0) != (now > 0) else { return }
        let lanes = (laneCounts[lane.whole] ?? 0) + (now > 0 ? 1 : -1)
        laneCounts[lane.whole] = lanes > 0 ? lanes : nil
    }

    // MARK: Events

    /// Whether a job's events may have their positions now. What is refused is to be held.
    func hasRoom(for job: AppendJob) -> Bool {
        guard let held = held[job.host.lane] else {
            return (events[job.host.lane] ?? 0) < Self.laneEvents || job.batch.count <= Self.smallBody
        }
        return job.batch.count <= Self.smallBody && !held.contains { $0.host === job.host }
    }

    /// Holds a job back.
    mutating func hold(_ job: AppendJob) { held[job.host.lane, default: []].append(job) }

    /// Takes a job that was held and has room now.
    mutating func takeHeld() -> AppendJob? {
        guard let lane = held.keys.first(where: { (events[$0] ?? 0) < Self.laneEvents }) else { return nil }
        let job = held[lane]?.popFirst()
        if held[lane]?.isEmpty == true { held[lane] = nil }
        return job
    }

    /// How many of a stream's events to process in one turn: as many as take the time of a turn, and where that is not known yet, few of a
    /// stream with many predictions.
    func turnEvents(of host: StreamHost) -> Int {
        guard let cost = eventCosts[ObjectIdentifier(host)] else {
            let requests = host.predictingRequests
            return requests < Self.fewRequests ? .max : max(1, Self.firstWork / requests)
        }
        return max(1, Int(Self.turnMicroseconds * 1_000 / max(1, cost)))
    }

    /// Notes that events of a lane were processed, and how long it took.
    mutating func note(_ count: Int, of host: StreamHost, lane: Lane, microseconds: Int64) {
        let left = (events[lane] ?? 0) - count
        events[lane] = left > 0 ? left : nil
        guard count > 0 else { return }
        let cost = microseconds * 1_000 / Int64(count)
        let known = eventCosts[ObjectIdentifier(host)] ?? cost
        eventCosts[ObjectIdentifier(host)] = (3 * known + cost) / 4
    }

    /// Forgets a stream.
    mutating func forget(_ host: StreamHost) { eventCosts[ObjectIdentifier(host)] = nil }
}
#endif
