import FieldExtraction
import Forecasting
import Foretail

/// How many events came within the 90 % window told of them, by step.
struct WindowScorer: Sendable {
    /// The counts of one step, which can be added up over keys.
    struct Score: Hashable, Sendable {
        let step: Int
        var events = 0
        var inside = 0

        /// The share of events within their windows.
        var coverage: Double? { events > 0 ? Double(inside) / Double(events) : nil }
    }

    /// By scored step.
    private(set) var scores: [Score]
    private var waiting: [[ClosedRange<Int64>?]]

    /// Creates a scorer of some steps.
    init(steps: [Int]) {
        scores = steps.map { Score(step: $0) }
        waiting = steps.map { [ClosedRange<Int64>?](repeating: nil, count: $0) }
    }

    /// The most bytes a scorer of such steps comes to hold.
    static func bytes(steps: [Int]) -> Int {
        steps.reduce(0) { $0 + $1 * MemoryLayout<ClosedRange<Int64>?>.stride }
    }

    /// Forgets everything but the scores.
    mutating func forget() { waiting = [] }

    /// Scores the windows told of the event at hand, and keeps those told after it.
    ///
    /// - Parameter isInOrder: Whether the event's time is the key's latest; a late event has no window to keep to.
    mutating func observe(_ outlook: SeriesOutlook, places: [Int], isInOrder: Bool, isWarm: Bool) {
        guard let now = outlook.lastTime?.microseconds else { return }
        for (index, place) in places.enumerated() {
            let slot = outlook.ordinal % scores[index].step
            if isInOrder, let window = waiting[index][slot] {
                scores[index].events += 1
                scores[index].inside += window.contains(now) ? 1 : 0
            }
            waiting[index][slot] = nil
            guard isWarm, let arrival = outlook.arrival(stepIndex: place) else { continue }
            let low = now &+ max(arrival.low, 0)
            waiting[index][slot] = low...max(low, now &+ max(arrival.high, 0))
        }
    }
}
