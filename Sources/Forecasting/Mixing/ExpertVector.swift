/// One number per expert, in sixteen lanes.
///
/// Lanes: 0 naive, 1 seasonal naive, 2 weekly naive (with analogs: the mix of the others), 3 simple smoothing (with a season:
/// the usual value plus a level), 4 median of the last 25, 5 Holt–Winters, 6 phase profile, 7 autoregression,
/// 8 autoregression on the asinh scale, 9 the same on eight inputs, 10 running median, 11 to 13 analogs of short memory
/// (anchored at the last value, anchored at the mix, local regression), 14 and 15 analogs of long memory (anchored at the
/// last value, local regression).
struct ExpertVector {
    /// How many floats a vector takes in a block.
    static let width = 16
    /// The lanes that the steps fill in themselves.
    static let autoregression = 7
    static let analogs = 11

    var first: SIMD4<Float>
    var second: SIMD4<Float>
    var third: SIMD4<Float>
    var fourth: SIMD4<Float>

    @inline(__always)
    init(_ first: SIMD4<Float>, _ second: SIMD4<Float>, _ third: SIMD4<Float>, _ fourth: SIMD4<Float>) {
        self.first = first
        self.second = second
        self.third = third
        self.fourth = fourth
    }

    @inline(__always)
    init(repeating value: Float) {
        let four = SIMD4<Float>(repeating: value)
        self.init(four, four, four, four)
    }

    /// Reads the vector at a place of a view.
    @inline(__always)
    init(_ cells: Cells, at place: Int) {
        let four = place / 4
        self.init(cells[four: four], cells[four: four &+ 1], cells[four: four &+ 2], cells[four: four &+ 3])
    }

    /// Writes the vector to a place of a view.
    @inline(__always)
    func store(_ cells: Cells, at place: Int) {
        let four = place / 4
        cells[four: four] = first
        cells[four: four &+ 1] = second
        cells[four: four &+ 2] = third
        cells[four: four &+ 3] = fourth
    }

    /// What the expert of a lane is called, in a series that has a season and analogs or has none.
    static func name(lane: Int, hasSeason: Bool, hasAnalogs: Bool) -> String {
        if lane == 2 { return hasAnalogs ? "mix before analogs" : hasSeason ? names[2] : names[0] }
        // Nobody writes to the analogs' lanes before there are any; 0 is the mean on the standardised scale.
        return lane >= analogs && !hasAnalogs ? "mean" : names[lane]
    }

    private static let names = [
        "naive", "seasonal naive", "weekly naive", "simple smoothing or level", "median of 25", "Holt-Winters",
        "phase profile", "autoregression", "autoregression (asinh)", "autoregression (asinh, 8)", "running median",
        "analogs (short)", "analogs (short, mix)", "analogs (short, local)", "analogs (long)", "analogs (long, local)",
    ]

    /// The number in a lane.
    subscript(lane: Int) -> Float {
        get { lane < 4 ? first[lane] : lane < 8 ? second[lane - 4] : lane < 12 ? third[lane - 8] : fourth[lane - 12] }
        set {
            switch lane >> 2 {
            case 0: first[lane] = newValue
            case 1: second[lane - 4] = newValue
            case 2: third[lane - 8] = newValue
            default: fourth[lane - 12] = newValue
            }
        }
    }

    /// This vector where `other` is positive, 0 elsewhere.
    func `where`(positive other: ExpertVector) -> ExpertVector {
        let zero = SIMD4<Float>.zero
        return ExpertVector(
            first.replacing(with: zero, where: other.first .<= zero),
            second.replacing(with: zero, where: other.second .<= zero),
            third.replacing(with: zero, where: other.third .<= zero),
            fourth.replacing(with: zero, where: other.fourth .<= zero))
    }

    /// This vector where `other` is positive, NaN elsewhere.
    @inline(__always)
    func nan(unlessPositive other: ExpertVector) -> ExpertVector {
        let nan = SIMD4<Float>(repeating: .nan)
        return ExpertVector(
            first.replacing(with: nan, where: other.first .<= 0),
            second.replacing(with: nan, where: other.second .<= 0),
            third.replacing(with: nan, where: other.third .<= 0),
            fourth.replacing(with: nan, where: other.fourth .<= 0))
    }

    /// This vector with the lanes of `other` where its own are NaN.
    @inline(__always)
    func replacingNaN(with other: ExpertVector) -> ExpertVector {
        ExpertVector(
            first.replacing(with: other.first, where: first .!= first),
            second.replacing(with: other.second, where: second .!= second),
            third.replacing(with: other.third, where: third .!= third),
            fourth.replacing(with: other.fourth, where: fourth .!= fourth))
    }

    @inline(__always) var sum: Float { ((first + second) + (third + fourth)).sum() }

    /// The largest lane.
    @inline(__always) var max: Float { first.greater(second).greater(third.greater(fourth)).max() }

    @inline(__always)
    static func + (a: ExpertVector, b: ExpertVector) -> ExpertVector {
        ExpertVector(a.first + b.first, a.second + b.second, a.third + b.third, a.fourth + b.fourth)
    }

    @inline(__always)
    static func * (a: ExpertVector, b: ExpertVector) -> ExpertVector {
        ExpertVector(a.first * b.first, a.second * b.second, a.third * b.third, a.fourth * b.fourth)
    }

    @inline(__always)
    static func * (a: ExpertVector, factor: Float) -> ExpertVector {
        ExpertVector(a.first * factor, a.second * factor, a.third * factor, a.fourth * factor)
    }

    /// The quotient of a number and each lane.
    @inline(__always)
    static func / (numerator: Float, b: ExpertVector) -> ExpertVector {
        ExpertVector(numerator / b.first, numerator / b.second, numerator / b.third, numerator / b.fourth)
    }

    /// |a − value| per lane.
    @inline(__always)
    func distance(to value: Float) -> ExpertVector {
        let target = SIMD4<Float>(repeating: value)
        return ExpertVector(
            magnitude(first - target), magnitude(second - target), magnitude(third - target),
            magnitude(fourth - target))
    }

    /// The larger of lane and value.
    @inline(__always)
    func atLeast(_ value: Float) -> ExpertVector {
        let floor = SIMD4<Float>(repeating: value)
        return ExpertVector(first.greater(floor), second.greater(floor), third.greater(floor), fourth.greater(floor))
    }

    @inline(__always)
    private func magnitude(_ four: SIMD4<Float>) -> SIMD4<Float> { four.greater(-four) }
}

extension ExpertVector {
    /// Writes the state, or reads it back.
    mutating func pass(through coder: inout SnapshotCoder) throws(SnapshotError) {
        try coder.pass(&first)
        try coder.pass(&second)
        try coder.pass(&third)
        try coder.pass(&fourth)
    }
}
