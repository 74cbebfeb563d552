/// A regression of the logarithm of the next gap on those before, with the quantiles of its own late errors.
///
///     x = log(gap + resolution) − μ                       μ: running mean, a window of 500 gaps
///     f = (1, x₁, x₂, x₃, fast, slow, min(x₁, x₂, x₃), hour)   fast, slow: running means of x, rates .1 and .02
///     forecast of a level q: μ + θᵀf + (quantile q of the last 128 errors)
///     θ: recursive least squares, forgetting .999, errors clipped at ±4
///
/// `hour` is the running mean of x in the present one of 24 parts of the day, counted from the first gap.
///
/// ```swift
/// var model = LogGapAutoregression()
/// model.learn(logGap: 1.5, part: 3, nextPart: 3)
/// model.quantiles()
/// ```
///
/// Loss next to the running empirical quantiles' (Benchmarks/ArrivalTimes): azure_llm_conv .994, travel_time_387 1.070, a
/// drifting rate .747, two-state Markov .671, Poisson 1.010. Cost: about 120 ns per gap. Memory: 1.7 kB. Source: the
/// log-ACD of Bauwens and Giot, "The Logarithmic ACD Model", Annales d'Économie et de Statistique 60, 2000, as a
/// regression learned on line.
struct LogGapAutoregression: Sendable {
    /// Parts of the day with a mean of their own.
    static let parts = 24
    private static let window = 128
    private static let forgetting: Float = 0.999
    private static let clip: Float = 4
    private static let start: Float = 1

    private var weights = SIMD8<Float>.zero
    private var covariance = [SIMD8<Float>](repeating: .zero, count: 8)
    private var features = SIMD8<Float>(1, 0, 0, 0, 0, 0, 0, 0)
    private var prediction: Float = 0
    private var mean: Float = 0
    private var fast: Float = 0
    private var slow: Float = 0
    private var last = SIMD3<Float>.zero
    private var hours = [Float](repeating: 0, count: parts)
    private var ring = [Float](repeating: 0, count: window)
    private var sorted = [Float](repeating: 0, count: window)
    private var errors = 0
    private var count = 0

    init() { restart() }

    /// The memory held, in bytes.
    var bytes: Int {
        MemoryLayout<LogGapAutoregression>.stride + 4 * (ring.count + sorted.count + hours.count + 64) + 128
    }

    /// Takes in a gap that began in one part of the day and ended in the next.
    mutating func learn(logGap: Float, part: Int, nextPart: Int) {
        count += 1
        if count == 1 { mean = logGap }
        let value = logGap - mean
        if count > 1 {
            if count > 20 { learnError(value - prediction) }
            regress(value)
        }
        mean += max(0.002, 1 / Float(count)) * (logGap - mean)
        let centred = logGap - mean
        fast += max(0.1, 1 / Float(count)) * (centred - fast)
        slow += max(0.02, 1 / Float(count)) * (centred - slow)
        hours[part] += 0.05 * (centred - hours[part])
        last = SIMD3(centred, last.x, last.y)
        features = SIMD8(1, last.x, last.y, last.z, fast, slow, min(last.x, last.y, last.z), hours[nextPart])
        prediction = (weights * features).tree
    }

    /// The quantiles of the logarithm of the next gap at the five levels.
    @inline(__always)
    func quantiles() -> SIMD8<Float> {
        SIMD8(quantile(0.05), quantile(0.25), quantile(0.5), quantile(0.75), quantile(0.95), 0, 0, 0)
    }

    /// The logarithm below which the next gap's lies with probability `level`.
    @inline(__always)
    func quantile(_ level: Float) -> Float {
        let held = min(errors, LogGapAutoregression.window)
        // Before there are errors: a gap between a fifth and five times the expected.
        guard held >= 8 else { return mean + prediction + 3.2 * (level - 0.5) }
        let place = min(max(level * Float(held + 1) - 1, 0), Float(held - 1))
        let below = min(Int(place), held - 2)
        return mean + prediction + sorted[below] + (place - Float(below)) * (sorted[below + 1] - sorted[below])
    }

    /// The probability that the logarithm of the next gap is at most `logGap`.
    func share(upTo logGap: Float) -> Float {
        let held = min(errors, LogGapAutoregression.window)
        guard held >= 8 else { return min(max((logGap - mean - prediction) / 3.2 + 0.5, 0), 1) }
        let error = logGap - mean - prediction
        var place = 0
        while place < held, sorted[place] <= error { place += 1 }
        guard place > 0, place < held else { return Float(place) / Float(held) }
        let step = sorted[place] - sorted[place - 1]
        return (Float(place) + (step > 0 ? (error - sorted[place - 1]) / step : 0)) / Float(held + 1)
    }

    @inline(__always)
    private mutating func regress(_ value: Float) {
        let (features, error) = (features, value - prediction)
        let clipped = min(max(error, -LogGapAutoregression.clip), LogGapAutoregression.clip)
        let isSound = unsafe covariance.withUnsafeMutableBufferPointer { rows in
            var image = SIMD8<Float>.zero
            for row in 0..<8 { unsafe image += rows[row] * features[row] }
            let quadratic = (image * features).tree
            guard quadratic >= 0, quadratic < 1e9 else { return false }
            let gain = image * (1 / (LogGapAutoregression.forgetting + quadratic))
            weights += gain * clipped
            var trace: Float = 0
            for row in 0..<8 { unsafe trace += rows[row][row] }
            let growth = trace < 8000 ? 1 / LogGapAutoregression.forgetting : 1
            for row in 0..<8 { unsafe rows[row] = (rows[row] - gain * image[row]) * growth }
            return true
        }
        if !isSound { restart() }
    }

    private mutating func restart() {
        for row in 0..<8 {
            covariance[row] = .zero
            covariance[row][row] = LogGapAutoregression.start
        }
    }

    /// Puts an error into the sorted window, in the place of the oldest.
    @inline(__always)
    private mutating func learnError(_ error: Float) {
        let slot = errors % LogGapAutoregression.window
        let leaving = ring[slot]
        ring[slot] = error
        let held = min(errors, LogGapAutoregression.window)
        errors += 1
        unsafe sorted.withUnsafeMutableBufferPointer { sorted in
            guard var cell = sorted.baseAddress else { return }
            var place = held
            if held == LogGapAutoregression.window {
                unsafe place = LogGapAutoregression.below(leaving, in: cell, held)
            }
            let new = unsafe LogGapAutoregression.below(error, in: cell, held)
            if new > place {
                // The errors between move down by one.
                unsafe cell += place
                unsafe cell.update(from: cell + 1, count: new - 1 - place)
                unsafe cell[new - 1 - place] = error
            } else {
                unsafe cell += new
                unsafe (cell + 1).update(from: cell, count: place - new)
                unsafe cell[0] = error
            }
        }
    }

    /// How many of the sorted errors are less, by halving without a branch.
    @inline(__always)
    private static func below(_ error: Float, in sorted: UnsafeMutablePointer<Float>, _ count: Int) -> Int {
        guard count > 0 else { return 0 }
        var base = 0
        var size = count
        while size > 1 {
            let half = size >> 1
            base &+= unsafe sorted[base &+ half &- 1] < error ? half : 0
            size &-= half
        }
        return base &+ (unsafe sorted[base] < error ? 1 : 0)
    }
}

extension LogGapAutoregression {
    /// Writes the state, or reads it back.
    mutating func pass(through coder: inout SnapshotCoder) throws(SnapshotError) {
        try coder.pass(&weights)
        try coder.pass(fixed: &covariance)
        try coder.pass(&features)
        try coder.pass(&prediction)
        try coder.pass(&mean)
        try coder.pass(&fast)
        try coder.pass(&slow)
        try coder.pass(&last)
        try coder.pass(fixed: &hours)
        try coder.pass(fixed: &ring)
        try coder.pass(fixed: &sorted)
        try coder.pass(&errors)
        try coder.pass(&count)
        let held = min(errors, LogGapAutoregression.window)
        try coder.check(
            ring[..<held].sorted().elementsEqual(sorted[..<held]), "sorted errors are not those of their ring")
    }
}
