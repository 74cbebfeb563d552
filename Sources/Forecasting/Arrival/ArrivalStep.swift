/// What an ``ArrivalForecaster`` keeps for one step: the jitter, the models once they are needed, and how often arrivals
/// fell into the windows stated for them.
///
/// Off the grid the window's ends are the quantiles at two levels that follow the misses, so that windows hold where the
/// gaps drift or the step's times overlap:
///
///     level of the low end  ← level + γ (.05 − [came before the window])    within .01….12, γ = .005
///     level of the high end ← level + γ ([came after the window] − .05)     within .88….99
///
/// Source: Gibbs, Candès, "Adaptive Conformal Inference Under Distribution Shift", NeurIPS 2021, for each end alone.
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
    /// The gaps after which the next one has models of its own.
    private static let enough: Float = 24
    /// The arrivals on the grid after which other models are given up.
    private static let patience = 500
    private static let rate: Float = 0.005

    /// The step whose gaps are learned, at most ``ArrivalForecaster/longestStep``.
    let span: Int
    private let scale: Double
    private let stride: Int
    private(set) var current = ArrivalForecast(expected: 0, low: 0, high: 0, probability: 0.5)
    private var windows: [Window] = []
    private var histogram: LogGapHistogram?
    /// The models of the very next gap; they take over from the histogram.
    private(set) var next: NextGap?
    /// How many arrivals on the grid there were while other models are held.
    private var idle = 0
    private var jitter = 0.0
    /// The median of the jitter.
    private var middleJitter = 0.0
    /// The share of late arrivals that kept to the grid at this step.
    private var onGrid = 1.0
    private var spans = 0.0
    private var hits = 0.9 * 4
    private var judged = 4.0
    private var lowLevel: Float = 0.05
    private var highLevel: Float = 0.95

    init(step: Int) {
        span = min(step, ArrivalForecaster.longestStep)
        scale = Double(step) / Double(span)
        stride = (span + ArrivalStep.slots - 1) / ArrivalStep.slots
    }

    /// The memory held, in bytes.
    var bytes: Int {
        MemoryLayout<ArrivalStep>.stride + windows.count * MemoryLayout<Window>.stride + (histogram?.bytes ?? 0)
            + (next?.bytes ?? 0)
    }

    /// Compares a window that was stated `span` arrivals ago with what came.
    @inline(__always)
    mutating func judge(_ elapsed: Int64, count: Int) {
        let origin = count - span
        guard origin > 0, origin % stride == 0 else { return }
        let slot = origin / stride % ArrivalStep.slots
        guard slot < windows.count, windows[slot].origin == origin else { return }
        let isEarly = elapsed < windows[slot].low
        let isLate = elapsed > windows[slot].high
        hits = 0.98 * hits + (isEarly || isLate ? 0 : 1)
        judged = 0.98 * judged + 1
        lowLevel = min(max(lowLevel + ArrivalStep.rate * (0.05 - (isEarly ? 1 : 0)), 0.01), 0.12)
        highLevel = min(max(highLevel + ArrivalStep.rate * ((isLate ? 1 : 0) - 0.05), 0.88), 0.99)
    }

    /// Takes in the time of `span` gaps, which ended `now` microseconds after the first arrival.
    @inline(__always)
    mutating func learn(_ elapsed: Int64, at now: Int64, grid: Double?, isIrregular: Bool) {
        if let grid {
            let deviation = abs(Double(elapsed) - Double(span) * grid)
            spans = min(spans + 1, 1e6)
            onGrid += max(0.02, 1 / spans) * ((deviation <= max(0.1 * grid, jitter) ? 1 : 0) - onGrid)
            if deviation < 0.5 * grid {
                jitter = max(jitter + 0.02 * grid * (deviation > jitter ? 0.9 : -0.1), 0)
                middleJitter = min(max(middleJitter + 0.01 * grid * (deviation > middleJitter ? 0.5 : -0.5), 0), jitter)
            }
        }
        guard !keepsGrid || isIrregular || histogram != nil || next != nil else { return }
        idle = grid != nil && keepsGrid ? idle + 1 : 0
        if idle > ArrivalStep.patience {
            histogram = nil
            next = nil
        } else if next != nil {
            next?.learn(elapsed, at: now)
        } else {
            if histogram == nil { histogram = LogGapHistogram() }
            histogram?.learn(elapsed)
            guard span == 1, let learned = histogram, learned.count >= ArrivalStep.enough else { return }
            next = NextGap(histogram: learned)
            histogram = nil
        }
    }

    /// Whether enough arrivals keep to the grid at this step to trust it.
    private var keepsGrid: Bool { spans < 8 || onGrid >= 0.88 }

    /// States the present window and keeps it for judging.
    @inline(__always)
    mutating func forecast(grid: Double?, lastGap: Int64, count: Int) {
        if let grid, keepsGrid {
            let expected = Double(span) * grid
            let reach = max(0.1 * grid, jitter)
            // On a grid the share that keeps to it is the share of windows that were met.
            let probability = (spans * onGrid + 0.9 * 4) / (spans + 4)
            state(GapWindow(low: max(expected - reach, 0), middle: expected, high: expected + reach), probability)
            return
        }
        var window: GapWindow
        if let known = next?.window(low: lowLevel, high: highLevel) ?? histogram?.window(low: lowLevel, high: highLevel)
        {
            window = known
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
            expected: ArrivalStep.whole((window.middle * scale).rounded()),
            low: ArrivalStep.whole((window.low * scale).rounded(.down)),
            high: ArrivalStep.whole((window.high * scale).rounded(.up)), probability: probability)
    }

    /// A time as a whole number that can be stated; 0 for what is no number.
    @inline(__always)
    private static func whole(_ microseconds: Double) -> Int64 {
        microseconds > 0 ? Int64(min(microseconds, limit)) : 0
    }

    @inline(__always)
    private mutating func keep(_ window: GapWindow, count: Int) {
        guard count % stride == 0 else { return }
        let slot = count / stride % ArrivalStep.slots
        while windows.count <= slot { windows.append(Window(origin: -1, low: 0, high: 0)) }
        windows[slot] = Window(
            origin: count, low: ArrivalStep.whole(window.low.rounded(.down)),
            high: ArrivalStep.whole(window.high.rounded(.up)))
    }
}

extension ArrivalStep {
    /// The model that speaks.
    func model(grid: Double?) -> ArrivalModel {
        if grid != nil, keepsGrid { return .grid }
        return next?.model ?? .histogram
    }

    /// The quantiles of the time to the arrival `step` events ahead.
    func quantiles(grid: Double?) -> GapQuantiles {
        if let grid, keepsGrid {
            let expected = Double(span) * grid
            return GapQuantiles(
                max(expected - jitter, 0), max(expected - middleJitter, 0), expected, expected + middleJitter,
                expected + jitter
            ).scaled(by: scale)
        }
        if let next { return next.quantiles.scaled(by: scale) }
        if let histogram { return histogram.quantiles.scaled(by: scale) }
        let (low, middle, high) = (Double(current.low), Double(current.expected), Double(current.high))
        return GapQuantiles(low, 0.5 * (low + middle), middle, 0.5 * (middle + high), high)
    }

    /// The probability that the arrival `step` events ahead comes within a window, both ends included.
    func probability(of window: ClosedRange<Int64>, grid: Double?) -> Double {
        let low = Double(window.lowerBound) / scale
        let high = Double(window.upperBound) / scale
        if let grid, keepsGrid {
            let share = (spans * onGrid + 0.9 * 4) / (spans + 4)
            let expected = Double(span) * grid
            return share * max(jitterShare(upTo: high - expected) - jitterShare(upTo: (low - expected).nextDown), 0)
        }
        if let next {
            return Double(max(next.share(upTo: high, isStrict: false) - next.share(upTo: low, isStrict: true), 0))
        }
        guard let histogram else { return 0 }
        return Double(
            max(histogram.share(upTo: high, isStrict: false) - histogram.share(upTo: low, isStrict: true), 0))
    }

    /// The share of arrivals on the grid that deviate by at most so much: straight from 0 over the two quantiles of the
    /// jitter that are kept to three times the larger.
    private func jitterShare(upTo deviation: Double) -> Double {
        let size = abs(deviation)
        var within = 1.0
        if size < middleJitter {
            within = 0.5 * size / middleJitter
        } else if size < jitter {
            within = 0.5 + 0.4 * (size - middleJitter) / (jitter - middleJitter)
        } else if size < 3 * jitter {
            within = 0.9 + 0.05 * (size - jitter) / jitter
        }
        return deviation < 0 ? 0.5 - 0.5 * within : 0.5 + 0.5 * within
    }
}

extension ArrivalStep {
    /// Writes the state, or reads it back.
    mutating func pass(through coder: inout SnapshotCoder) throws(SnapshotError) {
        let times: ClosedRange<Int64> = 0...Int64(ArrivalStep.limit)
        try coder.pass(&current.expected, in: times)
        try coder.pass(&current.low, in: times)
        try coder.pass(&current.high, in: times)
        try coder.pass(&current.probability)
        let count = try coder.count(windows.count, upTo: ArrivalStep.slots, bytesEach: 24)
        if coder.isReading { windows = Array(repeating: Window(origin: -1, low: 0, high: 0), count: count) }
        for index in windows.indices {
            try coder.pass(&windows[index].origin, in: -1...SnapshotCoder.counterLimit)
            try coder.pass(&windows[index].low, in: times)
            try coder.pass(&windows[index].high, in: times)
        }
        if try coder.flag(histogram != nil) {
            var passed = histogram ?? LogGapHistogram()
            try passed.pass(through: &coder)
            histogram = passed
        }
        if try coder.flag(next != nil) {
            var passed = next ?? NextGap()
            try passed.pass(through: &coder)
            next = passed
        }
        try coder.pass(&idle)
        try coder.pass(&jitter)
        try coder.pass(&middleJitter)
        try coder.pass(&onGrid)
        try coder.pass(&spans)
        try coder.pass(&hits)
        try coder.pass(&judged)
        try coder.pass(&lowLevel)
        try coder.pass(&highLevel)
    }
}
