/// The output of one partition: a chain of writes, each naming the one it follows.
struct SimulatedOutput {
    struct Write: Sendable {
        var partition: UInt32
        var epoch: UInt32
        var expecting: UInt64
        var from: Int
        var through: Int
    }

    enum Answer: Sendable {
        case accepted(revision: UInt64)
        case refused(epoch: UInt32)
    }

    /// Events of the partition so far.
    var head = 0
    private(set) var revision: UInt64 = 0
    private(set) var through = 0
    private(set) var epoch: UInt32 = 0

    /// Takes a write, as a server does, and judges what a reader then sees.
    mutating func apply(_ write: Write, isFenced: Bool, violations: inout [String]) -> Answer {
        guard write.expecting == revision || !isFenced else { return .refused(epoch: epoch) }
        if write.from != through + 1 {
            violations.append(
                "output \(write.partition): \(write.from)...\(write.through) of owner \(write.epoch) behind \(through) of \(epoch)"
            )
        }
        revision += 1
        through = max(through, write.through)
        epoch = write.epoch
        return .accepted(revision: revision)
    }
}

/// Events in order of time; ties in the order they were added.
struct EventQueue<Event> {
    private var heap: [(time: Int64, order: Int, event: Event)] = []
    private var added = 0

    mutating func add(_ event: Event, at time: Int64) {
        heap.append((time, added, event))
        added += 1
        var place = heap.count - 1
        while place > 0, isBefore(place, (place - 1) / 2) {
            heap.swapAt(place, (place - 1) / 2)
            place = (place - 1) / 2
        }
    }

    mutating func take(before end: Int64) -> (Int64, Event)? {
        guard let first = heap.first, first.time < end else { return nil }
        heap.swapAt(0, heap.count - 1)
        heap.removeLast()
        var place = 0
        while true {
            var least = place
            for child in [2 * place + 1, 2 * place + 2] where child < heap.count && isBefore(child, least) {
                least = child
            }
            if least == place { break }
            heap.swapAt(place, least)
            place = least
        }
        return (first.time, first.event)
    }

    private func isBefore(_ left: Int, _ right: Int) -> Bool {
        (heap[left].time, heap[left].order) < (heap[right].time, heap[right].order)
    }
}
