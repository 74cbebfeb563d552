import DequeModule
import FieldExtraction
import Forecasting

/// Counts per key and aligned window of event time, zeros included; pure and deterministic.
///
///     var counter = WindowCounter(settings)
///     let slot = counter.slot(of: key) ?? counter.add(key, members: text)
///     counter.add(1, window: counter.window(of: time), slot: slot)
///     counter.close(until: watermark)
///     while let count = counter.next() { … }               // windows in order; within a window, keys in order
///
/// A window closes when the watermark has reached its end, and is counted no more. From a key's first window on every closed
/// window gives a count, until it was silent for ``CountSettings/silentWindows`` in a row. Call ``next()`` until it gives nil
/// before anything else is added: what comes out then depends on the order of the events alone.
///
/// Cost: a hash of the key per event; a closed window costs a look at every known key.
struct WindowCounter {
    /// What a window held.
    struct Count: Equatable {
        /// The number of the window.
        var window: Int64
        /// The key.
        var slot: Int
        /// How many events there were.
        var count: Int
    }

    struct Cell {
        var window: Int64
        var count: Int
    }

    /// What a key gets of a window without events.
    enum Phase: UInt8 {
        /// Nothing: its first window is yet to come.
        case waiting
        /// A zero.
        case counted
        /// Nothing: it was silent for too long.
        case quiet
        /// Nothing: the slot is free.
        case free
    }

    struct Key {
        var identity: [UInt8]
        /// What its counts say of it, as members of a JSON object with a comma before each.
        var members: [UInt8]
        var phase = Phase.waiting
        /// The open windows that hold something, in order.
        var open = Deque<Cell>()
        /// The last closed window that held something.
        var last: Int64 = 0
        /// Whether it made room for another key; it goes when its closed windows are told.
        var isLeaving = false
        var older = -1
        var newer = -1

        /// Whether events of the key are counted under its slot.
        var isKnown: Bool { phase != .free && !isLeaving }

        /// Writes the state, or reads it back.
        mutating func pass(through coder: inout SnapshotCoder) throws(SnapshotError) {
            try coder.pass(list: &identity, empty: 0)
            try coder.pass(list: &members, empty: 0)
            var phase = phase.rawValue
            try coder.pass(&phase, in: 0...Phase.free.rawValue)
            self.phase = Phase(rawValue: phase) ?? .free
            try coder.pass(&last, in: .min...(.max))
            try coder.pass(&isLeaving)
            let held = open
            let count = try coder.count(held.count, bytesEach: 16)
            if coder.isReading { open = [] }
            for place in 0..<count {
                var cell = coder.isReading ? Cell(window: 0, count: 0) : held[place]
                try coder.pass(&cell.window, in: .min...(.max))
                try coder.pass(&cell.count)
                if coder.isReading { open.append(cell) }
            }
        }
    }

    private let settings: CountSettings
    var keys: [Key] = []
    var slots: [[UInt8]: Int] = [:]
    var free: [Int] = []
    var newest = -1
    var oldest = -1
    var openCells = 0
    /// The window that is told next; those from ``firstOpen`` on are open.
    var toTell = Int64.max
    /// The key that is told next.
    var cursor = 0
    private var hasTold = false

    /// The first window that is still open.
    var firstOpen = Int64.min
    /// Events whose key left before their window closed.
    var lost = 0
    /// Keys that were silent for too long.
    var silences = 0
    /// Windows that got no zeros, of keys that stayed known.
    var skippedWindows = 0
    /// Windows that closed early, for want of room.
    var closedEarly = 0

    init(_ settings: CountSettings) { self.settings = settings }

    /// The keys known now.
    var keyCount: Int { slots.count }

    /// The number of the window that holds an instant.
    func window(of time: Timestamp) -> Int64 {
        let (quotient, remainder) = time.microseconds.quotientAndRemainder(dividingBy: settings.windowMicroseconds)
        return remainder < 0 ? quotient - 1 : quotient
    }

    /// The end of a window, at most the end of the year 9999.
    func end(of window: Int64) -> Timestamp {
        min(Timestamp(microseconds: (window + 1) * settings.windowMicroseconds), .latest)
    }

    // MARK: Counting

    /// The slot of a key; nil if it is not known.
    func slot(of identity: [UInt8]) -> Int? { slots[identity] }

    /// Makes room for a key that is not known.
    mutating func add(_ identity: [UInt8], members: [UInt8]) -> Int {
        if slots.count >= settings.keys { evict(oldest) }
        let key = Key(identity: identity, members: members)
        let slot = free.popLast() ?? keys.count
        if slot == keys.count { keys.append(key) } else { keys[slot] = key }
        slots[identity] = slot
        link(slot)
        return slot
    }

    /// What the counts of a key say of it.
    func members(of slot: Int) -> [UInt8] { keys[slot].members }

    /// Counts events of a window that is open; none of them still says that the key was not silent.
    mutating func add(_ count: Int, window: Int64, slot: Int) {
        precondition(window >= firstOpen, "a closed window is counted no more")
        if newest != slot {
            unlink(slot)
            link(slot)
        }
        toTell = min(toTell, window)
        let place = place(of: window, slot: slot)
        if place < keys[slot].open.count, keys[slot].open[place].window == window {
            keys[slot].open[place].count += count
            return
        }
        keys[slot].open.insert(Cell(window: window, count: count), at: place)
        openCells += 1
        guard openCells > settings.openCounts, let first = firstHeld else { return }
        closedEarly += 1
        firstOpen = first + 1
    }

    /// Where a window stands among a key's open ones, or would stand.
    private func place(of window: Int64, slot: Int) -> Int {
        let count = keys[slot].open.count
        // Mostly the last one, or one behind it.
        guard count > 0, window <= keys[slot].open[count - 1].window else { return count }
        var (low, high) = (0, count - 1)
        while low < high {
            let middle = (low + high) / 2
            if keys[slot].open[middle].window < window { low = middle + 1 } else { high = middle }
        }
        return low
    }

    // MARK: Closing

    /// Closes the windows that end at the watermark or before.
    mutating func close(until watermark: Timestamp) { firstOpen = max(firstOpen, window(of: watermark)) }

    /// Closes all windows up to the one that holds an instant, at the end of the input.
    mutating func close(through time: Timestamp) { firstOpen = max(firstOpen, window(of: time) + 1) }

    /// The next count of a closed window; nil where all were told.
    mutating func next() -> Count? {
        while hasClosed {
            if let count = nextOfWindow() { return count }
        }
        return nil
    }

    /// Whether there may be counts of closed windows that were not told.
    var hasClosed: Bool { toTell < firstOpen }

    /// The next count of the closed window that is being told; nil at its end.
    mutating func nextOfWindow() -> Count? {
        guard hasClosed else { return nil }
        while cursor < keys.count {
            cursor += 1
            guard let count = tell(toTell, of: cursor - 1) else { continue }
            hasTold = true
            return Count(window: toTell, slot: cursor - 1, count: count)
        }
        cursor = 0
        // Where no key has anything to say, windows are passed over until one has.
        toTell = hasTold ? toTell + 1 : min(firstHeld ?? firstOpen, firstOpen)
        hasTold = false
        return nil
    }

    private mutating func tell(_ window: Int64, of slot: Int) -> Int? {
        if let cell = keys[slot].open.first, cell.window == window {
            keys[slot].open.removeFirst()
            openCells -= 1
            if keys[slot].phase == .quiet { skippedWindows += Int(window - keys[slot].last - 1 - settings.zeros) }
            keys[slot].phase = .counted
            keys[slot].last = window
            if keys[slot].isLeaving, (keys[slot].open.first?.window ?? firstOpen) >= firstOpen { release(slot) }
            return cell.count
        }
        guard keys[slot].phase == .counted else { return nil }
        guard window - keys[slot].last > settings.zeros else { return 0 }
        silences += 1
        keys[slot].phase = .quiet
        // The one series of a stream without a key stays.
        if keys[slot].open.isEmpty, !settings.by.isEmpty { forget(slot) }
        return nil
    }

    /// The first window that holds something not told yet.
    private var firstHeld: Int64? {
        var first: Int64?
        for slot in keys.indices {
            if let cell = keys[slot].open.first { first = min(first ?? cell.window, cell.window) }
        }
        return first
    }

    // MARK: Keys

    /// Lets a key leave. What it has in closed windows is told; what it has in open ones is lost, and counted.
    private mutating func evict(_ slot: Int) {
        while let cell = keys[slot].open.last, cell.window >= firstOpen {
            lost += cell.count
            keys[slot].open.removeLast()
            openCells -= 1
        }
        unlist(slot)
        keys[slot].isLeaving = true
        if keys[slot].open.isEmpty { release(slot) }
    }

    private mutating func forget(_ slot: Int) {
        unlist(slot)
        release(slot)
    }

    private mutating func unlist(_ slot: Int) {
        unlink(slot)
        slots[keys[slot].identity] = nil
    }

    /// Frees a slot. Its members stay until it serves another key: the count told last may still ask for them.
    private mutating func release(_ slot: Int) {
        keys[slot].phase = .free
        keys[slot].identity = []
        free.append(slot)
    }

    mutating func link(_ slot: Int) {
        keys[slot].older = newest
        keys[slot].newer = -1
        if newest >= 0 { keys[newest].newer = slot }
        newest = slot
        if oldest < 0 { oldest = slot }
    }

    private mutating func unlink(_ slot: Int) {
        let (older, newer) = (keys[slot].older, keys[slot].newer)
        if older >= 0 { keys[older].newer = newer } else { oldest = newer }
        if newer >= 0 { keys[newer].older = older } else { newest = older }
    }
}
