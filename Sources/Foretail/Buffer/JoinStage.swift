import DequeModule

/// The stage between match and forward where an event waits for what it needs, in order per key.
///
///     var stage = JoinStage<Int>(capacity: 4)
///     stage.admit(7, key: 1, needs: [.fetched], deadline: 500)   // waits
///     stage.satisfy(key: 1, .fetched)                            // may leave now
///     stage.release(now: 100)                                    // → 7
///
/// With nothing to wait for, and nothing of its key waiting before it, an event does not enter at all: `admit` says so and
/// the caller forwards at once. Every asynchronous answer is an input (`satisfy`); a deadline releases what has waited
/// too long. Bounded: a full stage refuses, which is back-pressure to the source.
struct JoinStage<Entry> {
    /// The named inputs an entry can wait for.
    struct Needs: OptionSet, Hashable {
        let rawValue: UInt8

        /// A row of a reference store.
        static var fetched: Needs { Needs(rawValue: 1) }
        /// The log's word that the event is on disk.
        static var durable: Needs { Needs(rawValue: 2) }
        /// The passing of time to the deadline.
        static var tick: Needs { Needs(rawValue: 4) }
    }

    /// What became of an entry.
    enum Admission: Equatable {
        /// Nothing to wait for: forward at once.
        case passes
        /// It waits.
        case waits
        /// The stage is full.
        case refused
    }

    /// An entry that may leave, and what it did not get by its deadline.
    struct Released {
        var entry: Entry
        var missing: Needs
    }

    private struct Waiting {
        var entry: Entry
        var key: Int32
        var needs: Needs
        var deadline: Int64
    }

    private let capacity: Int
    private var waiting = Deque<Waiting>()
    private var waitingByKey: [Int32: Int] = [:]

    init(capacity: Int) { self.capacity = capacity }

    /// The number of entries waiting.
    var count: Int { waiting.count }

    /// Admits an entry of `key` that needs `needs` until `deadline` (microseconds of the caller's monotonic time).
    mutating func admit(_ entry: Entry, key: Int32, needs: Needs, deadline: Int64) -> Admission {
        if needs.isEmpty, waiting.isEmpty || waitingByKey[key] == nil { return .passes }
        guard waiting.count < capacity else { return .refused }
        waiting.append(Waiting(entry: entry, key: key, needs: needs, deadline: deadline))
        waitingByKey[key, default: 0] += 1
        return .waits
    }

    /// Notes that an input for the oldest entry of `key` that waits for it has come.
    mutating func satisfy(key: Int32, _ input: Needs) {
        for index in waiting.indices where waiting[index].key == key && waiting[index].needs.contains(input) {
            waiting[index].needs.subtract(input)
            return
        }
    }

    /// Removes and returns what may leave at `now`, in the order it came; per key nothing overtakes.
    mutating func release(now: Int64) -> [Released] {
        guard !waiting.isEmpty else { return [] }
        var released: [Released] = []
        var held: Set<Int32> = []
        var kept = Deque<Waiting>()
        for item in waiting {
            if !held.contains(item.key), item.needs.isEmpty || item.deadline <= now {
                released.append(Released(entry: item.entry, missing: item.needs.subtracting(.tick)))
                if let left = waitingByKey[item.key], left > 1 {
                    waitingByKey[item.key] = left - 1
                } else {
                    waitingByKey[item.key] = nil
                }
            } else {
                held.insert(item.key)
                kept.append(item)
            }
        }
        waiting = kept
        return released
    }
}
