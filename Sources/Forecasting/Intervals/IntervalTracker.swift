/// Keeps the 5 % and 95 % quantiles of a step's residuals, in units of their usual size around the target's phase.
///
///     size = ½ running mean |e| + ½ the same of the target's phase (one of 24 parts of the season)
///     up to step 48:  q ← q + .05 (level − [actual ≤ bound])      (the P part of a conformal PID controller)
///     beyond:         quantiles of the last residuals ÷ size, a window of 900 events, the result × 1.15
///
/// Parameters: none. Beyond 48 steps feedback comes too late for the tracker, so it looks at a window: every fourth
/// residual, 225 of them, kept sorted.
///
/// ```swift
/// var tracker = IntervalTracker(step: 1, cells: block.cells(IntervalTracker.cellCount(step: 1)))
/// tracker.size(part: 0)                     // unit of the bounds
/// tracker.low, tracker.high                 // in that unit, relative to the forecast
/// ```
///
/// Source: Angelopoulos, Candès, Tibshirani, "Conformal PID Control for Time Series Prediction", NeurIPS 2023.
struct IntervalTracker {
    /// Parts of a season with a size of their own.
    static let parts = 24
    private static let window = 225
    private static let stride = 4
    private static let rate: Float = 0.05

    private(set) var low: Float = -1.98
    private(set) var high: Float = 1.98
    private let isWindowed: Bool
    private var meanSize: Float = 0
    private var count: Float = 0
    private var windowed = 0
    private var sizes: Cells
    private var visits: Cells
    private var ring: Cells
    private var sorted: Cells

    /// The room the model needs in its block.
    static func cellCount(step: Int) -> Int { 2 * parts + (step > 48 ? 2 * window : 0) }

    init(step: Int, cells: Cells) {
        let parts = IntervalTracker.parts
        isWindowed = step > 48
        sizes = cells.part(from: 0, count: parts)
        visits = cells.part(from: parts, count: parts)
        let window = isWindowed ? IntervalTracker.window : 0
        ring = cells.part(from: 2 * parts, count: window)
        sorted = cells.part(from: 2 * parts + window, count: window)
    }

    /// The unit of the bounds for a target in a part of the season.
    @inline(__always)
    func size(part: Int) -> Float {
        max(visits[part] >= 3 ? 0.5 * meanSize + 0.5 * sizes[part] : meanSize, 1e-9)
    }

    /// Takes in a residual (actual − forecast), in the unit its bounds were stated in, and whether it lay below each.
    @inline(__always)
    mutating func learn(residual: Float, unit: Float, low stated: Float, high statedHigh: Float, part: Int) {
        if isWindowed {
            if unit > 1e-9, Int(count) % IntervalTracker.stride == 0 { learnWindow(min(max(residual / unit, -20), 20)) }
        } else if count > 0 {
            low += IntervalTracker.rate * (0.05 - (residual <= stated ? 1 : 0))
            high += IntervalTracker.rate * (0.95 - (residual <= statedHigh ? 1 : 0))
        }
        count = min(count + 1, 1e6)
        let distance = abs(residual)
        let clipped = min(distance, 6 * meanSize + 1e-12)
        meanSize = count == 1 ? distance : meanSize + max(0.02, 1 / count) * (clipped - meanSize)
        visits[part] = min(visits[part] + 1, 1000)
        sizes[part] += max(1 / visits[part], 0.1) * (min(distance, 6 * meanSize) - sizes[part])
    }

    private mutating func learnWindow(_ residual: Float) {
        let window = IntervalTracker.window
        let held = min(windowed, window)
        var place = held
        if held == window {
            let leaving = ring[windowed % window]
            place = 0
            while sorted[place] != leaving { place += 1 }
        }
        while place > 0, sorted[place - 1] > residual {
            sorted[place] = sorted[place - 1]
            place -= 1
        }
        while place + 1 < held, sorted[place + 1] < residual {
            sorted[place] = sorted[place + 1]
            place += 1
        }
        sorted[place] = residual
        ring[windowed % window] = residual
        windowed += 1
        if windowed > 5 {
            low = 1.15 * quantile(0.05 - 0.45 * 0.06)
            high = 1.15 * quantile(0.95 + 0.45 * 0.06)
        }
    }

    private func quantile(_ level: Float) -> Float {
        let held = min(windowed, IntervalTracker.window)
        let place = min(max(level * Float(held + 1) - 1, 0), Float(held - 1))
        let below = min(Int(place), held - 2)
        return sorted[below] + (place - Float(below)) * (sorted[below + 1] - sorted[below])
    }

    /// Points the model at the same place of a copied block.
    mutating func move(by floats: Int) {
        sizes.move(by: floats)
        visits.move(by: floats)
        ring.move(by: floats)
        sorted.move(by: floats)
    }
}

extension IntervalTracker {
    /// Writes the state, or reads it back.
    mutating func pass(through coder: inout SnapshotCoder) throws(SnapshotError) {
        try coder.pass(&low)
        try coder.pass(&high)
        try coder.pass(&meanSize)
        try coder.pass(&count)
        try coder.pass(&windowed)
        try coder.check(count >= 0 && count <= 1e6, "a count of \(count) residuals")
        guard isWindowed else { return }
        try coder.check(
            sorted.areSorted(ring, count: min(windowed, IntervalTracker.window)),
            "a sorted window does not hold the residuals of its ring")
    }
}
