import FieldExtraction
import Forecasting

/// The arrival times of a key's last events, in order; late events are not among them.
struct RecentTimes {
    private var ring: [Int64]
    private var capacity: Int
    /// Events added so far.
    private(set) var count = 0

    /// Creates a ring that answers gaps of up to `capacity` - 1 events. Memory grows with use.
    init(capacity: Int) {
        self.capacity = capacity
        ring = []
    }

    var byteCount: Int { ring.count * 8 }

    /// Makes the ring answer longer gaps. The events so far are forgotten.
    mutating func extend(capacity newCapacity: Int) {
        guard newCapacity > capacity else { return }
        capacity = newCapacity
        ring = []
        count = 0
    }

    /// Adds the time of the latest event.
    mutating func append(_ time: Timestamp) {
        if ring.count < capacity {
            ring.append(time.microseconds)
        } else {
            ring[count % capacity] = time.microseconds
        }
        count += 1
    }

    /// The time between the latest event and the one `step` events before it, in microseconds.
    func gap(step: Int) -> Int64? {
        guard step < count, step < capacity else { return nil }
        return ring[(count - 1) % capacity] - ring[(count - 1 - step) % capacity]
    }
}

extension RecentTimes {
    /// Writes the state, or reads it back.
    mutating func pass(through coder: inout SnapshotCoder) throws(SnapshotError) {
        try coder.pass(&count)
        try coder.pass(list: &ring, upTo: capacity, empty: 0)
        let isFull = ring.count == min(count, capacity)
        let isWithin = ring.allSatisfy { Timestamp.storable.contains($0) }
        try coder.check(isFull && isWithin, "the last times of a key are not those of \(count) events")
    }
}
