/// One number per expert, in twelve lanes.
///
/// Lanes: 0 naive, 1 seasonal naive, 2 weekly naive, 3 simple smoothing, 4 median of the last 25, 5 Holt–Winters,
/// 6 phase profile, 7 autoregression, 8 autoregression on the asinh scale, 9 running median, 10 and 11 free.
struct ExpertVector {
    /// How many floats a vector takes in a block.
    static let width = 12

    var low: SIMD4<Float>
    var middle: SIMD4<Float>
    var high: SIMD4<Float>

    @inline(__always)
    init(_ low: SIMD4<Float>, _ middle: SIMD4<Float>, _ high: SIMD4<Float>) {
        self.low = low
        self.middle = middle
        self.high = high
    }

    @inline(__always)
    init(repeating value: Float) {
        let four = SIMD4<Float>(repeating: value)
        self.init(four, four, four)
    }

    /// Reads the vector at a place of a view.
    @inline(__always)
    init(_ cells: Cells, at place: Int) {
        let four = place / 4
        self.init(cells[four: four], cells[four: four &+ 1], cells[four: four &+ 2])
    }

    /// Writes the vector to a place of a view.
    @inline(__always)
    func store(_ cells: Cells, at place: Int) {
        let four = place / 4
        cells[four: four] = low
        cells[four: four &+ 1] = middle
        cells[four: four &+ 2] = high
    }

    /// The experts' names by lane; empty for a free lane.
    static let names = [
        "naive", "seasonal naive", "weekly naive", "simple smoothing", "median of 25", "Holt-Winters", "phase profile",
        "autoregression", "autoregression (asinh)", "running median", "", "",
    ]

    /// The number in a lane.
    subscript(lane: Int) -> Float { lane < 4 ? low[lane] : lane < 8 ? middle[lane - 4] : high[lane - 8] }

    /// This vector where `other` is positive, 0 elsewhere.
    func `where`(positive other: ExpertVector) -> ExpertVector {
        let zero = SIMD4<Float>.zero
        return ExpertVector(
            low.replacing(with: zero, where: other.low .<= zero),
            middle.replacing(with: zero, where: other.middle .<= zero),
            high.replacing(with: zero, where: other.high .<= zero))
    }

    @inline(__always) var sum: Float { (low + middle + high).sum() }

    /// The largest lane.
    @inline(__always) var max: Float { low.greater(middle).greater(high).max() }

    @inline(__always)
    static func + (a: ExpertVector, b: ExpertVector) -> ExpertVector {
        ExpertVector(a.low + b.low, a.middle + b.middle, a.high + b.high)
    }

    @inline(__always)
    static func * (a: ExpertVector, b: ExpertVector) -> ExpertVector {
        ExpertVector(a.low * b.low, a.middle * b.middle, a.high * b.high)
    }

    @inline(__always)
    static func * (a: ExpertVector, factor: Float) -> ExpertVector {
        ExpertVector(a.low * factor, a.middle * factor, a.high * factor)
    }

    /// The quotient of a number and each lane.
    @inline(__always)
    static func / (numerator: Float, b: ExpertVector) -> ExpertVector {
        ExpertVector(numerator / b.low, numerator / b.middle, numerator / b.high)
    }

    /// |a − value| per lane.
    @inline(__always)
    func distance(to value: Float) -> ExpertVector {
        let target = SIMD4<Float>(repeating: value)
        return ExpertVector(magnitude(low - target), magnitude(middle - target), magnitude(high - target))
    }

    /// The larger of lane and value.
    @inline(__always)
    func atLeast(_ value: Float) -> ExpertVector {
        let floor = SIMD4<Float>(repeating: value)
        return ExpertVector(low.greater(floor), middle.greater(floor), high.greater(floor))
    }

    @inline(__always)
    private func magnitude(_ four: SIMD4<Float>) -> SIMD4<Float> { four.greater(-four) }
}
