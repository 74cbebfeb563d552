/// The past moments that most resemble the present one, found by distances that are carried along.
///
///     u = y − ℓ, ℓ ← ℓ + r (y − ℓ)
///     D[j] ← g D[j−1] + ½ (u(t) − u(j))² + ½ (Δy(t) − Δy(j))²            for every past j of the window
///     candidates: D[j] c[t−j] < τ, τ adapted so that about 24 pass
///     c[i] = 1 + p (1 − cos 2πi/s) + .3 p (1 − cos 2πi/7s)
///
/// Parameters: g 0…1, r 0…1, the phase penalty p, the width of the weights and the weight β of the mix's predicted change,
/// see ``AnalogStep``. The lag t − j of a distance does not change as both move on, so it is updated in place; what is kept
/// is D c.
///
/// ```swift
/// var memory = AnalogMemory(.short, capacity: 1536, season: 24, cells: block.cells(AnalogMemory.cellCount(capacity: 1536)))
/// window.advance(change: 0.5)
/// memory.learn(3.5, window: window, history: history, isNeeded: true)
/// memory.candidateCount        // moments like this one
/// ```
///
/// Error of the mix without this memory, × seasonal naive at steps 1, 12, season on the nine series of `data/forecast`: see
/// `forecast-benchmarks ablation`.
///
/// Cost: 19 operations on four lags at once per value. Source: nearest neighbours, Farmer and Sidorowich, *Physical
/// Review Letters* 59, 1987; the incremental distance, the phase penalty and the rest are ours.
struct AnalogMemory {
    /// What a memory is tuned to.
    struct Parameters {
        var decay: Float
        var width: Float
        var rate: Float
        var penalty: Float
        var changeWeight: Float

        static let short = Parameters(decay: 0.8, width: 0.2, rate: 0.3, penalty: 0.3, changeWeight: 1)
        static let long = Parameters(decay: 0.9, width: 0.3, rate: 0.03, penalty: 2, changeWeight: 2)
    }

    /// Candidates wanted, and the most that are looked at.
    static let wanted = 24
    static let most = 128
    /// The room of a list of candidates: they are read four at a time.
    static let listCount = most + 4
    /// Room for one forecast: the mix's change and the outcome of each candidate, and its distance.
    static let scratchCount = 3 * StateBlock.rounded(listCount)

    let parameters: Parameters
    private(set) var candidateCount = 0
    private var level: Float = 0
    private var threshold: Float = 1
    private var levels: Cells
    private var factors: Cells
    private var distances: Cells
    /// The candidates, the latest first: lag, distance, β c, y(j) − y(t), and 1 (0 beyond the last).
    private(set) var lags: Cells
    private(set) var near: Cells
    private(set) var changeFactors: Cells
    private(set) var offsets: Cells
    private(set) var isCandidate: Cells

    /// The room the memory needs in its block.
    static func cellCount(capacity: Int) -> Int {
        StateBlock.rounded(AnalogWindow.bufferCount(capacity: capacity)) + 2 * StateBlock.rounded(capacity)
            + 5 * StateBlock.rounded(listCount)
    }

    /// A memory that is left out has no cells.
    init(_ parameters: Parameters, capacity: Int, season: Int, cells: Cells) {
        self.parameters = parameters
        guard cells.count > 0 else {
            levels = cells
            factors = cells
            distances = cells
            lags = cells
            near = cells
            changeFactors = cells
            offsets = cells
            isCandidate = cells
            return
        }
        let buffer = StateBlock.rounded(AnalogWindow.bufferCount(capacity: capacity))
        let room = StateBlock.rounded(capacity)
        let list = StateBlock.rounded(AnalogMemory.listCount)
        levels = cells.part(from: 0, count: AnalogWindow.bufferCount(capacity: capacity))
        factors = cells.part(from: buffer, count: room)
        distances = cells.part(from: buffer + room, count: room)
        let lists = cells.part(from: buffer + 2 * room, count: 5 * list)
        lags = lists.part(from: 0, count: list)
        near = lists.part(from: list, count: list)
        changeFactors = lists.part(from: 2 * list, count: list)
        offsets = lists.part(from: 3 * list, count: list)
        isCandidate = lists.part(from: 4 * list, count: list)
        distances.fill(1e9)
        factors.fill(0.5)
        guard season > 1 else { return }
        for lag in 0..<capacity {
            let turn = 2 * Double.pi * Double(lag) / Double(season)
            let penalty = Float(1 - cosine(turn) + 0.3 * (1 - cosine(turn / 7)))
            factors[lag] = 0.5 * (1 + parameters.penalty * penalty)
        }
    }

    /// Makes room in front of its buffer.
    func moveBack(in window: AnalogWindow) { window.moveBack(levels) }

    /// Takes in the value that `window` has just taken in, and finds the candidates anew.
    @inline(__always)
    mutating func learn(_ value: Float, window: AnalogWindow, history: ValueHistory, isNeeded: Bool) {
        level = window.count == 1 ? value : level + parameters.rate * (value - level)
        let own = value - level
        levels[window.head] = own
        // Distances forget within some fifty values, so nothing is lost by a rest.
        if !isNeeded { return }
        let change = window.changes[window.head]
        distances[0] = 1e9
        // Local copies: what is stored through a view might otherwise be any of them.
        let (levels, distances, changes, factors) = (levels, distances, window.changes, factors)
        let (head, threshold, decay) = (window.head, SIMD4(repeating: threshold), SIMD4(repeating: parameters.decay))
        let (owns, moves) = (SIMD4(repeating: own), SIMD4(repeating: change))
        let last = window.held &- AnalogWindow.margin
        var found = 0
        var lag = 0
        while lag <= last {
            let four = lag &>> 2
            let byLevel = levels[fourFrom: head &+ lag] - owns
            let byChange = changes[fourFrom: head &+ lag] - moves
            let first = distances[four: four] * decay + (byLevel * byLevel + byChange * byChange) * factors[four: four]
            distances[four: four] = first
            let byLaterLevel = levels[fourFrom: head &+ lag &+ 4] - owns
            let byLaterChange = changes[fourFrom: head &+ lag &+ 4] - moves
            let second =
                distances[four: four &+ 1] * decay + (byLaterLevel * byLaterLevel + byLaterChange * byLaterChange)
                * factors[four: four &+ 1]
            distances[four: four &+ 1] = second
            if SIMD4<Float>.anyIsNegative(first - threshold, second - threshold) {
                for place in lag..<(lag &+ 8) where distances[place] < threshold[0] {
                    if place > last || found == AnalogMemory.most { break }
                    lags[found] = Float(place)
                    near[found] = distances[place]
                    found &+= 1
                }
            }
            lag &+= 8
        }
        describe(found, history: history, now: value)
        adapt(found)
    }

    /// Fills in what all steps need to know of the candidates.
    @inline(__always)
    private mutating func describe(_ found: Int, history: ValueHistory, now value: Float) {
        let doubled = 2 * parameters.changeWeight
        let (lags, changeFactors, offsets, factors) = (lags, changeFactors, offsets, factors)
        let (before, isCandidate) = (history.count, isCandidate)
        for index in 0..<found {
            let lag = Int(lags[index])
            changeFactors[index] = doubled * factors[lag]
            offsets[index] = history[before &- lag] - value
        }
        // The lists are read four at a time: what lies beyond the last counts nothing.
        for index in found..<(found &+ 4) {
            lags[index] = 0
            near[index] = 0
            changeFactors[index] = 0
            offsets[index] = 0
            isCandidate[index] = 0
        }
        for index in min(candidateCount, found)..<found { isCandidate[index] = 1 }
        candidateCount = found
    }

    /// Lets about as many candidates pass as are wanted.
    private mutating func adapt(_ found: Int) {
        let wanted = AnalogMemory.wanted
        threshold *= found > 2 * wanted ? 0.8 : found > wanted ? 0.95 : 2 * found < wanted ? 1.3 : 1.05
        threshold = min(max(threshold, 1e-12), 1e8)
    }

    /// Points the memory at the same place of a copied block.
    mutating func move(by floats: Int) {
        levels.move(by: floats)
        factors.move(by: floats)
        distances.move(by: floats)
        lags.move(by: floats)
        near.move(by: floats)
        changeFactors.move(by: floats)
        offsets.move(by: floats)
        isCandidate.move(by: floats)
    }
}

extension AnalogMemory {
    /// Writes the state, or reads it back; `held` is how many lags hold values.
    mutating func pass(through coder: inout SnapshotCoder, held: Int) throws(SnapshotError) {
        try coder.pass(&level)
        try coder.pass(&threshold)
        try coder.pass(&candidateCount, in: 0...(lags.count == 0 ? 0 : AnalogMemory.most))
        // Lags lead into the window: whole numbers, the latest first.
        var before: Float = -1
        for index in 0..<candidateCount {
            let lag = lags[index]
            let isPlace = lag > before && lag < Float(held) && lag == lag.rounded(.towardZero)
            try coder.check(isPlace, "a candidate lies outside its window")
            before = lag
        }
    }
}
