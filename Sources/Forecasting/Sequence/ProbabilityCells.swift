/// Learned probabilities: how often what stood in a certain state in a certain context came true.
///
/// A candidate's state in a context is how often it came there, of how many, and whether it came last. What count and total are
/// worth is not computed but learned, one cell a state, for each kind of context:
///
///     p ← p + (y − p) / (n + 4)        n ≤ 400
///
/// which starts near absolute discounting with ½. `logarithms` holds ln p.
///
/// ```swift
/// let cells = ProbabilityCells()
/// let state = ProbabilityCells.state(count: 3, total: 3, distinct: 1, recency: 1)
/// cells.logarithm(kind: 0, state: state)
/// ```
///
/// Size: 230 kB. Cost: some ns. Source: adaptive probability state maps as in PAQ, M. Mahoney, "Adaptive weighing of context
/// models for lossless data compression", 2005.
@safe
final class ProbabilityCells {
    /// How many kinds of cells there are: one a context, then the candidate's recency, then the candidate itself.
    static let kinds = SequenceContexts.count + 2
    /// How many states each kind has.
    static let states = 640
    /// The state of "anything else" for the last two kinds.
    static let others = states - 1
    private static let limit: UInt16 = 400

    private struct Cell: Sendable {
        var probability: Float
        var logarithm: Float
        var count: UInt16 = 0
        var mark: UInt32 = 0
    }

    private let cells: UnsafeMutablePointer<Cell>
    private var mark: UInt32 = 0
    private static var size: Int { kinds * states }

    init() {
        unsafe cells = .allocate(capacity: Self.size)
        unsafe Self.beginning.withUnsafeBufferPointer {
            unsafe cells.initialize(from: $0.baseAddress!, count: Self.size)
        }
    }

    /// What all cells start with.
    private static let beginning: [Cell] = {
        let own = (0..<states).map(start).map { Cell(probability: $0, logarithm: $0.naturalLogarithm) }
        let other = Cell(probability: 0.1, logarithm: Float(0.1).naturalLogarithm)
        return Array((0..<SequenceContexts.count).map { _ in own }.joined())
            + Array(repeating: other, count: (kinds - SequenceContexts.count) * states)
    }()

    deinit { unsafe cells.deallocate() }

    /// The memory held.
    var bytes: Int { Self.size * MemoryLayout<Cell>.stride }

    /// ln p of a state.
    @inline(__always)
    func logarithm(kind: Int, state: Int) -> Float {
        assert(kind >= 0 && kind < Self.kinds && state >= 0 && state < Self.states, "a cell that is not there")
        return unsafe cells[kind &* Self.states &+ state].logarithm
    }

    /// Takes in that of the candidates, whose states stand at `states`, one came true.
    @inline(__always)
    func learn(kind: Int, states: UnsafeMutablePointer<UInt16>, count: Int, actual: Int) {
        let row = unsafe cells + kind * Self.states
        for index in 0..<count {
            let cell = unsafe row + Int(states[index])
            if unsafe cell.pointee.count < Self.limit { unsafe cell.pointee.count += 1 }
            let rate = unsafe 1 / (Float(cell.pointee.count) + 4)
            let outcome: Float = index == actual ? 1 : 0
            unsafe cell.pointee.probability += (outcome - cell.pointee.probability) * rate
        }
        mark &+= 1
        for index in 0..<count {
            let cell = unsafe row + Int(states[index])
            guard unsafe cell.pointee.mark != mark else { continue }
            unsafe cell.pointee.mark = mark
            unsafe cell.pointee.logarithm = max(cell.pointee.probability, 1e-4).naturalLogarithm
        }
    }

    // MARK: States

    /// The bucket of a total: 1 to 9.
    @inline(__always)
    static func totalBucket(_ total: Int) -> Int {
        total < 4 ? total : total < 6 ? 4 : total < 10 ? 5 : total < 20 ? 6 : total < 50 ? 7 : total < 200 ? 8 : 9
    }

    /// The state of a candidate that came `count` times in a context.
    ///
    /// - Parameter recency: 1 where it came last, 2 where it came last but one, else 0.
    @inline(__always)
    static func state(count: Int, total: Int, distinct: Int, recency: Int) -> Int {
        let bucket = totalBucket(total)
        if count == 0 { return 60 + bucket * 6 + min(distinct, 5) }
        return 120 + 3 * (bucket * 16 + ratioBucket(count, total)) + recency
    }

    /// The state of "anything else" in a context.
    @inline(__always)
    static func otherState(total: Int, distinct: Int) -> Int { totalBucket(total) * 6 + min(distinct, 5) }

    @inline(__always)
    private static func ratioBucket(_ count: Int, _ total: Int) -> Int {
        if total < 4 { return min(count, total) - 1 }
        if count >= total { return 15 }
        if count == 1 { return 0 }
        let ratio = Float(count) / Float(total)
        let edges = SIMD16<Float>(
            0.01, 0.025, 0.05, 0.1, 0.18, 0.28, 0.4, 0.52, 0.64, 0.75, 0.84, 0.91, 0.96, .infinity, .infinity, .infinity
        )
        // The edges rise, so that those reached are the first ones.
        let reached = SIMD16<Int32>.zero.replacing(with: 1, where: edges .<= ratio)
        return 1 + Int(reached.wrappedSum())
    }

    /// What a cell starts with: about what absolute discounting with ½ says of the middle of its bucket.
    private static func start(_ state: Int) -> Float {
        let totals: [Float] = [0, 1, 2, 3, 4.5, 7, 14, 30, 100, 400]
        let ratios: [Float] = [
            0, 0.005, 0.017, 0.037, 0.075, 0.14, 0.23, 0.34, 0.46, 0.58, 0.7, 0.8, 0.88, 0.935, 0.975, 1,
        ]
        if state < 120 {
            let total = totals[state % 60 / 6]
            let distinct = Float(state % 6)
            let share = (0.4 * distinct + 0.1) / (total + 0.5 * distinct + 0.3)
            return state < 60 ? min(0.6, share) : min(max(0.15 * share, 0.0005), 0.1)
        }
        let bucket = min((state - 120) / 48, 9)
        let place = (state - 120) / 3 % 16
        let total = max(totals[bucket], 1)
        let ratio = min(bucket < 4 ? Float(place + 1) / total : place == 0 ? 1 / total : ratios[place], 1)
        return min(max((ratio * total - 0.5 * ratio) / (total + 0.1), 0.001), 0.998)
    }
}

extension Float {
    /// The natural logarithm of a positive number, to 1 part in a million, the same on every machine: the exponent, and the series
    /// of artanh((m − 1) / (m + 1)) for a mantissa m between √½ and √2.
    @inline(__always)
    var naturalLogarithm: Float {
        let shifted = Int32(bitPattern: bitPattern) &- 0x3f35_04f3
        let mantissa = Float(bitPattern: UInt32(bitPattern: (shifted & 0x007f_ffff) &+ 0x3f35_04f3))
        let ratio = (mantissa - 1) / (mantissa + 1)
        let square = ratio * ratio
        let series = 2 + square * (0.666_666_67 + square * (0.4 + square * (0.285_714_29 + square * 0.222_222_22)))
        return Float(shifted >> 23) * 0.693_147_180_6 + series * ratio
    }
}

extension ProbabilityCells {
    /// Writes the cells that have learned, with their places, or reads them back into new ones.
    func pass(through coder: inout SnapshotCoder) throws(SnapshotError) {
        try coder.begin("cells")
        var used = 0
        if !coder.isReading { for index in 0..<Self.size where unsafe cells[index].count > 0 { used += 1 } }
        let count = try coder.count(used, upTo: Self.size, bytesEach: 18)
        var place = 0
        for _ in 0..<count {
            if !coder.isReading { while unsafe cells[place].count == 0 { place += 1 } }
            try coder.pass(&place, in: min(place, Self.size - 1)...(Self.size - 1))
            var cell = unsafe cells[place]
            try coder.pass(&cell.probability)
            try coder.pass(&cell.logarithm)
            try coder.pass(&cell.count, in: 1...Self.limit)
            let isSound = cell.probability >= 0 && cell.probability <= 1 && abs(cell.logarithm) <= 16
            try coder.check(isSound, "a probability lies outside 0…1")
            if coder.isReading { unsafe cells[place] = cell }
            place += 1
        }
    }
}
