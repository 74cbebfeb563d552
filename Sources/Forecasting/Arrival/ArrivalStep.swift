/// What an ``ArrivalForecaster`` keeps for one step: the jitter, the histogram once it is needed, and how often arrivals
/// fell into the windows stated for them.
struct ArrivalStep: Sendable {
    /// A window under way: the arrival it was stated at, and its ends relative to that.
    private struct Window {
        var origin: Int
        var low: Int64
        var high: Int64
    }

    /// Windows under way are judged for at most this many origins at a time.
    private static let slots = 16

    /// The step whose gaps are learned, at most ``ArrivalForecaster/longestStep``.
    let span: Int
    private let scale: Double
    private let stride: Int
    private(set) var current = ArrivalForecast(expected: 0, low: 0, high: 0, probability: 0.5)
    private var windows: [Window] = []
    private var histogram: LogGapHistogram?
    private var jitter = 0.0
    /// The share of late arrivals that kept to the grid at this step.
    private var onGrid = 1.0
    private var spans = 0.0
    private var hits = 0.9 * 4
    private var judged = 4.0
    private var lastElapsed: Int64 = 0

    init(step: Int) {
        span = min(step, ArrivalForecaster.longestStep)
        scale = Double(step) / Double(span)
        stride = (span + ArrivalStep.slots - 1) / ArrivalStep.slots
    }

    /// Compares a window that was stated `span` arrivals ago with what came.
    @inline(__always)
    mutating func judge(_ elapsed: Int64, count: Int) {
        let origin = count - span
        guard origin > 0, origin % stride == 0 else { return }
        let slot = origin / stride % ArrivalStep.slots
        guard slot < windows.count, windows[slot].origin == origin else { return }
        let isHit = windows[slot].low <= elapsed && elapsed <= windows[slot].high
        hits = 0.98 * hits + (isHit ? 1 : 0)
        judged = 0.98 * judged + 1
    }

    /// Takes in the time of `span` gaps.
    @inline(__always)
    mutating func learn(_ elapsed: Int64, grid: Double?, isGrid: Bool) {
        lastElapsed = elapsed
        if let grid {
            let deviation = abs(Double(elapsed) - Double(span) * grid)
            spans = min(spans + 1, 1e6)
            onGrid += max(0.02, 1 / spans) * ((deviation <= max(0.1 * grid, jitter) ? 1 : 0) - onGrid)
            if deviation < 0.5 * grid { jitter += 0.02 * grid * (deviation > jitter ? 0.9 : -0.1) }
            jitter = max(jitter, 0)
        }
        if !keepsGrid || !isGrid || histogram != nil {
            if histogram == nil { histogram = LogGapHistogram() }
            histogram?.learn(elapsed)
        }
    }

    /// Whether enough arrivals keep to the grid at this step to trust it.
    private var keepsGrid: Bool { spans < 8 || onGrid >= 0.88 }

    /// States the present window and keeps it for judging.
    @inline(__always)
    mutating func forecast(grid: Double?, lastGap: Int64, context: ArrivalForecast?, count: Int) {
        var low: Double
        var expected: Double
        var high: Double
        if let grid, keepsGrid {
            expected = Double(span) * grid
            let reach = max(0.1 * grid, jitter)
            low = max(expected - reach, 0)
            high = expected + reach
        } else if let context {
            expected = Double(context.expected)
            low = Double(context.low)
            high = Double(context.high)
        } else if let histogram, histogram.count >= 1 {
            expected = histogram.quantile(0.5)
            low = histogram.quantile(0.05)
            high = histogram.quantile(0.95)
        } else {
            expected = Double(lastGap) * Double(span)
            low = 0
            high = 3 * expected
        }
        if grid == nil || !keepsGrid, count < 8 * span {
            // Little is known: as if one gap of a third and one of three times the expected had been seen.
            low = min(low, expected / 3)
            high = max(high, 3 * expected)
        }
        let limit = 9e18
        current = ArrivalForecast(
            expected: Int64(min((expected * scale).rounded(), limit)),
            low: Int64(min((low * scale).rounded(.down), limit)), high: Int64(min((high * scale).rounded(.up), limit)),
            probability: min(max(hits / judged, 0), 1))
        guard count % stride == 0 else { return }
        let slot = count / stride % ArrivalStep.slots
        let window = Window(
            origin: count, low: Int64(min(low.rounded(.down), limit)), high: Int64(min(high.rounded(.up), limit)))
        if slot < windows.count {
            windows[slot] = window
        } else {
            while windows.count < slot { windows.append(Window(origin: -1, low: 0, high: 0)) }
            windows.append(window)
        }
    }
}
