/// Places in the order of their last use: a doubly linked list over numbers, every step in constant time.
struct RecencyOrder: Sendable {
    private var newer: [Int32] = []
    private var older: [Int32] = []
    /// The place that was used last; -1 where there is none.
    private(set) var newest: Int32 = -1
    /// The place that was used longest ago; -1 where there is none.
    private(set) var oldest: Int32 = -1

    /// The place that was used before another; -1: that is the oldest.
    func older(than place: Int32) -> Int32 { older[Int(place)] }

    /// Makes a place the last used. It must not stand in the order; places grow by one.
    mutating func attach(_ place: Int32) {
        grow(for: place)
        older[Int(place)] = newest
        newer[Int(place)] = -1
        if newest >= 0 { newer[Int(newest)] = place } else { oldest = place }
        newest = place
    }

    /// Makes a place the one that was used longest ago. It must not stand in the order.
    mutating func attachOldest(_ place: Int32) {
        grow(for: place)
        newer[Int(place)] = oldest
        older[Int(place)] = -1
        if oldest >= 0 { older[Int(oldest)] = place } else { newest = place }
        oldest = place
    }

    private mutating func grow(for place: Int32) {
        guard Int(place) == newer.count else { return }
        newer.append(-1)
        older.append(-1)
    }

    /// Takes a place out.
    mutating func detach(_ place: Int32) {
        let (after, before) = (newer[Int(place)], older[Int(place)])
        if after >= 0 { older[Int(after)] = before } else { newest = before }
        if before >= 0 { newer[Int(before)] = after } else { oldest = after }
    }

    /// Makes a place that stands in the order the last used.
    mutating func touch(_ place: Int32) {
        guard place != newest else { return }
        detach(place)
        attach(place)
    }
}
