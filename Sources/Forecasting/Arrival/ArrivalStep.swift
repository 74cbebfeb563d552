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
    /// The longest time stated, in microseconds.
    private static let limit = 4e17

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

    init(step: Int) {
        span = min(step, ArrivalForecaster.longestStep)
        scale = Double(step) / Double(span)
        stride = (span + ArrivalStep.slots - 1) / ArrivalStep.slots
    }

    /// The memory held, in bytes.
    var bytes: Int {
        MemoryLayout<ArrivalStep>.stride + windows.count * MemoryLayout<Window>.stride
            + (histogram == nil ? 0 : LogGapHistogram.bytes)
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
    mutating func learn(_ elapsed: Int64, grid: Double?, isIrregular: Bool) {
        if let grid {
            let deviation = abs(Double(elapsed) - Double(span) * grid)
            spans = min(spans + 1, 1e6)
            onGrid += max(0.02, 1 / spans) * ((deviation <= max(0.1 * grid, jitter) ? 1 : 0) - onGrid)
            if deviation < 0.5 * grid { jitter += 0.02 * grid * (deviation > jitter ? 0.9 : -0.1) }
            jitter = max(jitter, 0)
        }
        if !keepsGrid || isIrregular || histogram != nil {
            if histogram == nil { histogram = LogGapHistogram() }
            histogram?.learn(elapsed)
        }
    }

    /// Whether enough arrivals keep to the grid at this step to trust it.
    private var keepsGrid: Bool { spans < 8 || onGrid >= 0.88 }

    /// States the present window and keeps it for judging.
    @inline(__always)
    mutating func forecast(grid: Double?, lastGap: Int64, context: GapWindow?, count: Int) {
        if let grid, keepsGrid {
            let expected = Double(span) * grid
            let reach = max(0.1 * grid, jitter)
            // On a grid the share that keeps to it is the share of windows that were met.
            let probability = (spans * onGrid + 0.9 * 4) / (spans + 4)
            state(GapWindow(low: max(expected - reach, 0), middle: expected, high: expected + reach), probability)
            return
        }
        var window: GapWindow
        if let context {
            window = context
        } else if let histogram, histogram.count >= 1 {
            window = histogram.window()
        } else {
            let expected = Double(lastGap) * Double(span)
            window = GapWindow(low: 0, middle: expected, high: 3 * expected)
        }
        if count < 8 * span {
            // Little is known: as if one gap of a third and one of three times the expected had been seen.
            window.low = min(window.low, window.middle / 3)
            window.high = max(window.high, 3 * window.middle)
        }
        state(window, min(max(hits / judged, 0), 1))
        keep(window, count: count)
    }

    @inline(__always)
    private mutating func state(_ window: GapWindow, _ probability: Double) {
        current = ArrivalForecast(
            expected: Int64(min((window.middle * scale).rounded(), ArrivalStep.limit)),
            low: Int64(min((window.low * scale).rounded(.down), ArrivalStep.limit)),
            high: Int64(min((window.high * scale).rounded(.up), ArrivalStep.limit)), probability: probability)
    }

    @inline(__always)
    private mutating func keep(_ window: GapWindow, count: Int) {
        guard count % stride == 0 else { return }
        let slot = count / stride % ArrivalStep.slots
        let kept = Window(
            origin: count, low: Int64(min(window.low.rounded(.down), ArrivalStep.limit)),
            high: Int64(min(window.high.rounded(.up), ArrivalStep.limit)))
        while windows.count <= slot { windows.append(Window(origin: -1, low: 0, high: 0)) }
        windows[slot] = kept
    }
}
