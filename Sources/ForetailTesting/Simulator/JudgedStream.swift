import FieldExtraction
import Foretail

/// A stream as the judge follows it: which events count, when they happened, what the clocks say.
struct JudgedStream {
    let stream: SimulatedStream
    private(set) var largestTime: Timestamp?
    private(set) var lastArrival: Timestamp?
    /// The largest event time of each key.
    private(set) var keyTimes: [String: Timestamp] = [:]
    /// Whether an event of the key came while no request could match it, so that its series missed something.
    private(set) var gapped: Set<String> = []
    /// Events of each key while some request could match them.
    private(set) var ordinals: [String: Int] = [:]
    private(set) var counters = StreamCounters()
    private var lastPosition: Position?
    private var hasTime: Bool?

    init(_ stream: SimulatedStream) { self.stream = stream }

    /// The largest time seen minus the allowed lateness.
    var watermark: Timestamp? {
        largestTime.map { Timestamp(microseconds: $0.microseconds - stream.latenessMicroseconds) }
    }

    /// Notes that a batch came.
    mutating func noteArrival(now: Timestamp) { lastArrival = now }

    /// Takes an event in; nil where it is a duplicate or cannot be read.
    mutating func admit(
        _ event: SimulatedEvent, now: Timestamp, isHistory: Bool
    ) -> JudgedEvent? {
        if let lastPosition, event.position <= lastPosition {
            counters.duplicates += 1
            return nil
        }
        lastPosition = event.position
        guard event.isValid || stream.acceptsText else {
            counters.bad += 1
            return nil
        }
        if !event.isValid { counters.messages += 1 }
        if isHistory { counters.history += 1 } else { counters.events += 1 }
        if !stream.keyFields.isEmpty, stream.keyFields.allSatisfy({ event.lacks($0) }) { counters.withoutKey += 1 }
        let (time, movesClock) = time(of: event, now: now)
        let key = event.key(stream.keyFields)
        if movesClock {
            largestTime = max(largestTime ?? time, time)
            keyTimes[key] = max(keyTimes[key] ?? time, time)
        }
        return JudgedEvent(source: event, time: time, movesClock: movesClock, key: key)
    }

    /// Counts an event of its key, if a request can match it.
    mutating func count(_ event: JudgedEvent, isCovered: Bool) {
        if isCovered { ordinals[event.key, default: 0] += 1 } else { gapped.insert(event.key) }
    }

    private mutating func time(of event: SimulatedEvent, now: Timestamp) -> (Timestamp, movesClock: Bool) {
        if stream.usesWallClock { return (now, true) }
        if hasTime == nil {
            // A field of a usual name is looked for in the first event, and in what follows up to fifteen texts before it.
            let isTooLate = counters.events + counters.history > 16
            let isFound = stream.timeField == .found && !isTooLate && event.stated != nil
            let isStated = stream.timeField == .named || isFound
            if isStated || event.isValid || isTooLate { hasTime = isStated }
        }
        guard hasTime == true else {
            return stream.isLive
                ? (now, true) : (Timestamp(microseconds: Int64(counters.events + counters.history) * 1_000_000), true)
        }
        guard let stated = event.stated else {
            counters.withoutTime += 1
            if let largestTime { return (largestTime, true) }
            return (stream.isLive ? now : Timestamp(microseconds: 0), false)
        }
        if stream.isLive, stated.microseconds > now.microseconds + 86_400_000_000 {
            counters.farFuture += 1
            return (stated, false)
        }
        return (stated, true)
    }

    /// The clock after a silence; nil where it does not go on by itself.
    func clock(now: Timestamp, graceMicroseconds: Int64) -> Timestamp? {
        guard stream.isLive, let lastArrival, let largestTime else { return nil }
        let silence = now.microseconds - lastArrival.microseconds - graceMicroseconds
        guard silence > 0 else { return nil }
        return Timestamp(microseconds: largestTime.microseconds + silence - stream.latenessMicroseconds)
    }
}
