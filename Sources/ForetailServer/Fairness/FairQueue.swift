#if Server
import DequeModule
import HeapModule

/// Things that wait in lanes: the next is of the lane that was served least so far.
///
///     queue.append(job, to: lane)
///     if let turn = queue.take() { queue.finish(turn.lane, cost: serve(turn.element)) }
///
/// Start-time fair queueing: what waits begins, in virtual time, where the service of its lane ended, or at the present,
/// whichever is later. A lane that was silent is served next, and gets nothing for its silence; one that asks for little waits
/// for at most one element of the others. What an element costs need not be known before it was served. A lane is served by one
/// at a time.
///
/// Source: Goyal, Vin, Cheng: Start-time Fair Queuing, IEEE/ACM Transactions on Networking 5 (5), 1997. Cost: O(log n) in the
/// lanes that wait.
struct FairQueue<Lane: Hashable, Element> {
    /// A lane that waits, and when its next element begins.
    private struct Turn: Comparable {
        var start: Int64
        /// Decides between lanes of the same start.
        var number: Int
        var lane: Lane

        static func < (one: Turn, other: Turn) -> Bool { (one.start, one.number) < (other.start, other.number) }
        static func == (one: Turn, other: Turn) -> Bool { one.start == other.start && one.number == other.number }
    }

    private var waiting: [Lane: Deque<Element>] = [:]
    private var served: Set<Lane> = []
    private var turns = Heap<Turn>()
    /// Where the service of a lane ended, as far as that may lie ahead of the present.
    private var ends: [Lane: Int64] = [:]
    /// When what was taken last began.
    private var present: Int64 = 0
    /// Where the service of all lanes ended.
    private var latest: Int64 = 0
    private var turnNumber = 0
    /// Ends that are kept before those that have passed are forgotten; doubles where none has.
    private var endLimit = 256

    /// Whether no lane waits for its turn.
    var isEmpty: Bool { turns.isEmpty }

    /// How many lanes take memory.
    var rememberedLanes: Int { max(waiting.count, ends.count) }

    /// Puts an element at the end of its lane.
    mutating func append(_ element: Element, to lane: Lane) {
        if waiting[lane]?.append(element) != nil { return }
        waiting[lane] = [element]
        if !served.contains(lane) { line(lane) }
    }

    /// Takes the next element. Its lane has no other turn before this one is finished.
    mutating func take() -> (lane: Lane, element: Element)? {
        guard let turn = turns.popMin(), let element = waiting[turn.lane]?.popFirst() else { return nil }
        if waiting[turn.lane]!.isEmpty { waiting[turn.lane] = nil }
        present = turn.start
        served.insert(turn.lane)
        return (turn.lane, element)
    }

    /// Ends a turn.
    ///
    /// - Parameters:
    ///   - lane: Whose turn it was.
    ///   - cost: What it took, in any unit that is the same for all.
    ///   - rest: What is left of the element, to be served before all others of the lane.
    mutating func finish(_ lane: Lane, cost: Int64, rest: Element? = nil) {
        served.remove(lane)
        let end = max(ends[lane] ?? present, present) + max(0, cost)
        ends[lane] = end
        latest = max(latest, end)
        if ends.count > endLimit {
            let present = present
            ends = ends.filter { $0.value > present }
            endLimit = max(256, ends.count * 2)
        }
        if let rest, waiting[lane]?.prepend(rest) == nil { waiting[lane] = [rest] }
        if waiting[lane] != nil { line(lane) }
        guard waiting.isEmpty, served.isEmpty else { return }
        // Nobody waits: whoever comes next begins anew.
        present = latest
        ends.removeAll(keepingCapacity: true)
    }

    private mutating func line(_ lane: Lane) {
        turnNumber += 1
        turns.insert(Turn(start: max(present, ends[lane] ?? present), number: turnNumber, lane: lane))
    }
}
#endif
