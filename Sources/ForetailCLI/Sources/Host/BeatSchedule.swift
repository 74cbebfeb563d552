/// The beats of a source that reports at a steady rhythm: multiples of its interval on the wall clock.
///
/// A beat that was slept through is left out, so that what is reported is always about now.
struct BeatSchedule {
    /// The rhythm, in microseconds.
    let interval: Int64
    /// The next beat, in microseconds since 1970.
    private(set) var next: Int64

    /// Starts with the first beat at least half an interval away, so that the first rates have something to rest on.
    init(interval: Int64, now: Int64) {
        precondition(interval > 0, "a rhythm has an interval above zero")
        self.interval = interval
        next = Self.beat(atOrBefore: now + interval / 2 + interval - 1, interval: interval)
    }

    /// The microseconds to wait; 0 when the beat is due.
    mutating func wait(now: Int64) -> Int64 {
        // The clock was set back: the old beat may be hours away.
        if next - now > 2 * interval { self = BeatSchedule(interval: interval, now: now) }
        return max(0, next - now)
    }

    /// Takes the beat that is due: the latest one not after `now`.
    mutating func take(now: Int64) -> Int64 {
        let beat = max(next, Self.beat(atOrBefore: now, interval: interval))
        next = beat + interval
        return beat
    }

    private static func beat(atOrBefore time: Int64, interval: Int64) -> Int64 {
        let rest = time % interval
        return time - (rest < 0 ? rest + interval : rest)
    }
}
