import FieldExtraction
import Forecasting

/// The state of a count between two windows.
extension EventCounter {
    /// The version of the format; a change of any `pass(through:)` below raises it.
    private static let version = 1

    /// Writes the state, or reads it back into a counter with the same settings.
    mutating func pass(through coder: inout SnapshotCoder) throws(SnapshotError) {
        try coder.begin("count")
        var version = Self.version
        try coder.pass(&version, in: Self.version...Self.version)
        try coder.pass(&counted)
        try coder.pass(&late)
        try coder.pass(&longKeys)
        try coder.pass(&sequence)
        try stream.passCounted(through: &coder, limits: core.limits)
        try windows.pass(through: &coder)
    }
}

extension StreamState {
    /// Writes what counting needs of a stream, or reads it back: where its time stands, and how far it is.
    fileprivate mutating func passCounted(
        through coder: inout SnapshotCoder, limits: Limits
    ) throws(SnapshotError) {
        try coder.pass(&counters.events)
        try coder.pass(&counters.bad)
        try coder.pass(&counters.withoutTime)
        try coder.pass(&counters.withoutKey)
        try coder.pass(&counters.farFuture)
        try coder.pass(&eventsRead)
        if try coder.flag(descriptor.time != nil) {
            var path = descriptor.time ?? FieldPath("")
            try coder.pass(&path)
            descriptor.time = path
            extendPlan([path])
            timeSlot = plan.slot(of: path)
            followPlan(limits.scan)
        }
        var unit = timeParser.unit?.rawValue ?? 0
        try coder.pass(&unit, in: 0...TimestampParser.Unit.seconds.rawValue)
        if coder.isReading { timeParser = TimestampParser(unit: TimestampParser.Unit(rawValue: unit)) }
        try coder.pass(&largestTime)
        try coder.pass(&lastArrival)
    }
}

extension WindowCounter {
    /// Writes the state between two windows, or reads it back.
    mutating func pass(through coder: inout SnapshotCoder) throws(SnapshotError) {
        precondition(coder.isReading || cursor == 0, "a state stands between two windows")
        try coder.begin("windows")
        let known = keys
        let count = try coder.count(known.count, bytesEach: 8)
        if coder.isReading { keys = [] }
        for place in 0..<count {
            var key = coder.isReading ? Key(identity: [], members: []) : known[place]
            try key.pass(through: &coder)
            if coder.isReading { keys.append(key) }
        }
        try passOrder(through: &coder)
        try coder.pass(numbers: &free, below: keys.count)
        try coder.pass(&toTell, in: .min...(.max))
        try coder.pass(&firstOpen, in: .min...(.max))
        try coder.pass(&lost)
        try coder.pass(&silences)
        try coder.pass(&skippedWindows)
        try coder.pass(&closedEarly)
        guard coder.isReading else { return }
        openCells = keys.reduce(0) { $0 + $1.open.count }
        let isFree = free.allSatisfy { keys[$0].phase == .free }
        try coder.check(isFree, "a slot is free and serves a key")
        slots = [:]
        for place in keys.indices where keys[place].isKnown { slots[keys[place].identity] = place }
        try coder.check(slots.count == order.count, "keys stand there twice, or are not in order")
    }

    /// The known keys, from the one seen longest ago to the newest.
    private var order: [Int] {
        var order: [Int] = []
        var place = oldest
        while place >= 0, order.count <= keys.count {
            order.append(place)
            place = keys[place].newer
        }
        return order
    }

    private mutating func passOrder(through coder: inout SnapshotCoder) throws(SnapshotError) {
        var places = coder.isReading ? [] : order
        try coder.pass(numbers: &places, below: keys.count)
        guard coder.isReading else { return }
        newest = -1
        oldest = -1
        for place in places {
            try coder.check(keys[place].isKnown, "a key that is gone has a place")
            link(place)
        }
    }
}
