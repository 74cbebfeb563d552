/// How busy a thread is: hot from one share of the time on, until it works less than a smaller one.
///
/// What is hot can go on on a thread that gives way to others: a thread may lower its priority, and not raise it again. What counts
/// as work is the owner's: time that was not waited, or time of the processor.
package struct ThreadLoad: Sendable {
    /// For how long it is looked at, in microseconds.
    private static let windowMicroseconds: Int64 = 100_000

    /// Whether it runs hot.
    package private(set) var isHot = false
    private let hotPercent: Int64
    private let coolPercent: Int64
    private var begin: Int64 = 0
    private var workedBegin: Int64 = 0

    /// Creates one that is cool.
    ///
    /// - Parameters:
    ///   - percent: From which share of the time on it is hot.
    ///   - coolPercent: Below which share it is not any more.
    package init(hotFrom percent: Int64, coolBelow coolPercent: Int64) {
        precondition(coolPercent < percent, "a load that is hot at \(percent) % cools below less than that")
        hotPercent = percent
        self.coolPercent = coolPercent
    }

    /// Begins to look at it; also when another thread takes over.
    ///
    /// - Parameters:
    ///   - now: Microseconds of a monotonic clock.
    ///   - worked: Microseconds worked so far.
    package mutating func begin(_ now: Int64, worked: Int64) {
        begin = now
        workedBegin = worked
    }

    /// Whether it was looked at for long enough to be judged.
    package func isDue(_ now: Int64) -> Bool { now - begin >= Self.windowMicroseconds }

    /// Judges what was seen since it began, and begins again.
    package mutating func note(_ now: Int64, worked: Int64) {
        let time = max(1, now - begin)
        let share = (worked - workedBegin) * 100
        isHot = isHot ? share >= time * coolPercent : share >= time * hotPercent
        begin(now, worked: worked)
    }
}
