/// Mixes what the contexts say of each candidate into one distribution.
///
/// Ten small mixers, five ways to select a weight set times two rates, each a softmax over the candidates and "anything else":
///
///     z_j = Σ_f (w_f[set] + u_f[confidence_f]) · F_fj          q = softmax(z)
///
/// F are the input rows (log probabilities), u further weights by how much a row rests on. A row's weight moves along the gradient
/// g = F_fy − Σ_j q_j F_fj by η·g / √(Σ g² + 2), η = .015 and .075. The ten are then averaged with shares that follow how well
/// each did (fixed share: what a mixer loses it can win back), for each length of the known past. Last, all of them stand against the
/// running frequencies as they are, with a share for the whole field: where nothing can be predicted, ten mixers pay for finding that out.
///
/// Size: 240 kB. Cost: some 2 µs for 20 candidates. Source: gated context mixing as in PAQ (Mahoney 2005); AdaGrad, Duchi, Hazan,
/// Singer 2011; fixed share, Herbster and Warmuth 1998.
struct SequenceMixer {
    /// How many input rows there are.
    static let inputs = SequenceContexts.count + 4
    /// The input rows beside the contexts.
    static let frequency = 0
    static let context = 1
    static let decayed = inputs - 1
    /// How many ways there are to select a weight set, and how many sets each chooses from.
    static let selectors = 5
    static let sets = SIMD8<Int>(1, 48, 64, 256, 100, 0, 0, 0)
    /// How many kinds of known past there are.
    static let orderSets = 48
    private static let mixers = 10
    private static let stride = 32
    private static let setCount = 469
    private static let rate: Float = 0.015
    private static let fast: Float = 5
    private static let share: Float = 0.002
    private static let floor: Float = 1e-5
    /// The share that the running frequencies keep in any case, and the most they get: the mixers shall come back at once when they know.
    private static let frequencyShares: ClosedRange<Float> = 0.0001...0.7

    private let weights: Cells
    private let squares: Cells
    private let further: Cells
    private let furtherSquares: Cells
    private let shares: Cells
    private var isUsed: [UInt8]
    /// The share of the running frequencies.
    private var frequencies: Float = 0.02

    /// The rows, each ``Announcement/width`` floats; lanes behind "anything else" are 0.
    let rows: Cells
    /// What the mixers said, a row each.
    private let said: Cells
    /// The numbers of the rows that speak, ascending.
    private var active: [Int] = []
    /// Their further weights, and their weights in one mixer.
    private let common: Cells
    private let weight: Cells

    static var floats: Int {
        2 * StateBlock.rounded(2 * setCount * stride) + 2 * StateBlock.rounded(inputs * 16)
            + StateBlock.rounded(orderSets * 16) + StateBlock.rounded(inputs * Announcement.width)
            + StateBlock.rounded((mixers + 2) * Announcement.width) + 2 * StateBlock.rounded(inputs)
    }

    init(_ block: StateBlock) {
        weights = block.cells(2 * Self.setCount * Self.stride)
        squares = block.cells(2 * Self.setCount * Self.stride)
        further = block.cells(Self.inputs * 16)
        furtherSquares = block.cells(Self.inputs * 16)
        shares = block.cells(Self.orderSets * 16)
        rows = block.cells(Self.inputs * Announcement.width)
        said = block.cells((Self.mixers + 2) * Announcement.width)
        common = block.cells(Self.inputs)
        weight = block.cells(Self.inputs)
        active.reserveCapacity(Self.inputs)
        isUsed = Array(repeating: 0, count: 2 * Self.setCount)
        for place in 0..<Self.orderSets {
            for mixer in 0..<Self.mixers { shares[place * 16 + mixer] = 1 / Float(Self.mixers) }
        }
    }

    /// An input row.
    @inline(__always)
    func row(_ input: Int) -> Cells { rows.part(from: input &* Announcement.width, count: Announcement.width) }

    /// Mixes the rows of an announcement into the probabilities of its candidates, that of anything else behind the last.
    mutating func mix(_ header: Announcement.Header, into mixed: Cells) {
        let count = Int(header.count)
        let fours = (count + 4) / 4
        for four in 0..<fours { mixed[four: four] = .zero }
        for (place, input) in active.enumerated() {
            common[place] = further[input &* 16 &+ Int(header.confidences[input])]
        }
        for mixer in 0..<Self.mixers {
            let start = setStart(mixer, header)
            let said = said.part(from: mixer * Announcement.width, count: Announcement.width)
            for (place, input) in active.enumerated() { weight[place] = weights[start &+ input] + common[place] }
            sum(fours: fours, into: said)
            var most = said[0]
            for index in 1...max(count, 1) where index <= count { most = max(most, said[index]) }
            var sums = SIMD4<Float>.zero
            for four in 0..<fours {
                var powers = (said[four: four] - most).greater(SIMD4(repeating: -80)).exponential
                if four == fours - 1 { for lane in 0..<4 where 4 * four + lane > count { powers[lane] = 0 } }
                said[four: four] = powers
                sums += powers
            }
            let scale = 1 / sums.sum()
            let share = shares[Int(header.order) * 16 + mixer] * scale
            for four in 0..<fours {
                mixed[four: four] += said[four: four] * share
                said[four: four] *= scale
            }
        }
        mixFrequencies(count, into: mixed)
        let kept = 1 - Self.floor * Float(count + 1)
        for index in 0...count { mixed[index] = kept * mixed[index] + Self.floor }
    }

    /// Lets the rows speak that a mask names.
    mutating func activate(_ mask: SIMD32<UInt8>) {
        active.removeAll(keepingCapacity: true)
        for input in 0..<Self.inputs where mask[input] == 1 { active.append(input) }
    }

    /// Adds the rows up by their weights: twenty lanes at a time, whose sums do not wait for one another.
    @inline(__always)
    private func sum(fours: Int, into said: Cells) {
        var block = 0
        while block < fours {
            defer { block &+= 5 }
            var first = SIMD4<Float>.zero
            var second = SIMD4<Float>.zero
            var third = SIMD4<Float>.zero
            var fourth = SIMD4<Float>.zero
            var fifth = SIMD4<Float>.zero
            for (place, input) in active.enumerated() {
                let start = input &* (Announcement.width / 4) &+ block
                let weight = weight[place]
                first += rows[four: start] * weight
                second += rows[four: start &+ 1] * weight
                third += rows[four: start &+ 2] * weight
                fourth += rows[four: start &+ 3] * weight
                fifth += rows[four: start &+ 4] * weight
            }
            said[four: block] = first
            said[four: block &+ 1] = second
            said[four: block &+ 2] = third
            said[four: block &+ 3] = fourth
            said[four: block &+ 4] = fifth
        }
    }

    /// Adds the share of the running frequencies.
    private func mixFrequencies(_ count: Int, into mixed: Cells) {
        let all = said.part(from: Self.mixers * Announcement.width, count: Announcement.width)
        let plain = said.part(from: (Self.mixers + 1) * Announcement.width, count: Announcement.width)
        let row = row(Self.frequency)
        let fours = (count + 4) / 4
        var sums = SIMD4<Float>.zero
        for four in 0..<fours {
            var powers = row[four: four].greater(SIMD4(repeating: -80)).exponential
            if four == fours - 1 { for lane in 0..<4 where 4 * four + lane > count { powers[lane] = 0 } }
            plain[four: four] = powers
            sums += powers
        }
        let scale = 1 / sums.sum()
        for four in 0..<fours {
            plain[four: four] *= scale
            all[four: four] = mixed[four: four]
            mixed[four: four] += (plain[four: four] - mixed[four: four]) * frequencies
        }
    }

    private mutating func learnFrequencies(actual: Int) {
        let all = (1 - frequencies) * max(said[Self.mixers * Announcement.width + actual], 1e-6)
        let plain = frequencies * max(said[(Self.mixers + 1) * Announcement.width + actual], 1e-6)
        let share = plain / (all + plain)
        frequencies = min(max(share, Self.frequencyShares.lowerBound), Self.frequencyShares.upperBound)
    }

    /// Takes in which candidate came of those mixed last.
    mutating func learn(_ header: Announcement.Header, actual: Int) {
        let count = Int(header.count)
        let fours = (count + 4) / 4
        learnFrequencies(actual: actual)
        learnShares(order: Int(header.order), actual: actual)
        for mixer in 0..<Self.mixers {
            let start = setStart(mixer, header)
            let rate = mixer & 1 == 0 ? Self.rate : Self.rate * Self.fast
            let said = said.part(from: mixer * Announcement.width, count: Announcement.width)
            said[actual] -= 1
            for input in active {
                let row = row(input)
                var sums = SIMD4<Float>.zero
                for four in 0..<fours { sums += said[four: four] * row[four: four] }
                let gradient = min(max(-sums.sum(), -4), 4)
                let own = start &+ input
                squares[own] = min(squares[own] + gradient * gradient, 1e12)
                let step = rate * gradient / (squares[own] + 2).squareRoot()
                weights[own] = min(max(weights[own] + step, -1), 3)
                guard mixer == 0, input >= Self.context, input < Self.context + SequenceContexts.count else { continue }
                let cell = input &* 16 &+ Int(header.confidences[input])
                furtherSquares[cell] = min(furtherSquares[cell] + gradient * gradient, 1e12)
                let smaller = Self.rate * 0.5 * gradient / (furtherSquares[cell] + 2).squareRoot()
                further[cell] = min(max(further[cell] + smaller, -1), 1.5)
            }
        }
    }

    private func learnShares(order: Int, actual: Int) {
        let shares = shares.part(from: order * 16, count: 16)
        var sum: Float = 0
        for mixer in 0..<Self.mixers {
            shares[mixer] *= max(said[mixer * Announcement.width + actual], 1e-6)
            sum += shares[mixer]
        }
        for mixer in 0..<Self.mixers {
            shares[mixer] =
                (1 - Self.share) * shares[mixer] / max(sum, 1e-9) + Self.share / Float(Self.mixers)
        }
    }

    /// Where a mixer's selected weight set begins. A set that was never used starts as a copy of the one that always is.
    @inline(__always)
    private mutating func setStart(_ mixer: Int, _ header: Announcement.Header) -> Int {
        let selector = mixer >> 1
        let starts = SIMD8<Int>(0, 1, 49, 113, 369, 0, 0, 0)
        let set = (mixer & 1) * Self.setCount + starts[selector] + Int(header.sets[selector])
        if isUsed[set] == 0 {
            isUsed[set] = 1
            for input in 0..<Self.inputs {
                weights[set * Self.stride + input] =
                    set == 0 ? (input == Self.frequency ? 0 : 0.05) : weights[input]
            }
        }
        return set &* Self.stride
    }
}

extension SequenceMixer {
    /// Writes the state, or reads it back.
    mutating func pass(through coder: inout SnapshotCoder) throws(SnapshotError) {
        try coder.begin("mixers")
        try coder.pass(fixed: &isUsed)
        try coder.check(isUsed.allSatisfy { $0 <= 1 }, "a set is neither used nor new")
        // Sets that were never used begin as copies, whatever lies there.
        for set in isUsed.indices where isUsed[set] == 1 {
            try coder.pass(weights.part(from: set * Self.stride, count: Self.inputs), in: -1...3)
            try coder.pass(squares.part(from: set * Self.stride, count: Self.inputs), in: 0...1e12)
        }
        try coder.pass(further, in: -1...1.5)
        try coder.pass(furtherSquares, in: 0...1e12)
        try coder.pass(shares, in: 0...1)
        try coder.pass(&frequencies)
        try coder.check(frequencies >= 0 && frequencies <= 1, "a share lies outside 0…1")
    }
}
