/// Predicts which symbol comes next from what followed the last ones, over all keys of a stream.
///
/// Contexts of order 8, 6, 4, 3, 2, 1 and 0, blended: with n cases and d symbols after a context, a symbol seen c times gets
///
///     p(symbol) = (max(c − D, 0) + (D · d + a) · p of the next shorter context) / (n + a)      D = .5, a = 1
///
/// The favourite's probability is then mapped by a ``Calibrator`` to what such favourites were worth, and the others
/// share what remains. A step above 1 has tables of its own: what came `step` symbols after the last one, and after the last two. The longest
/// reach is 14 steps; further out the running frequencies speak. Counts halve as they grow, so the late past weighs more.
///
/// ```swift
/// var model = ContextModel(steps: [1])
/// var history = ContextHistory()
/// for symbol in [1, 2, 1, 2, 1] as [Int32] {
///     model.learn(history, symbol)
///     history.append(symbol)
/// }
/// model.predict(history, stepIndex: 0).entries[0].symbol   // 2
/// ```
///
/// On `data/sequence/hdfs_keys_normal.csv`, in one pass: top-1 .90 at .46 bits per event (orders up to 4: .85, .59).
/// Cost: one cache line per order. Source: absolute discounting with interpolation, Ney, Essen, Kneser, *Computer Speech
/// and Language* 8, 1994; orders and table as in PPM, Cleary and Witten, *IEEE Transactions on Communications* 32, 1984.
public struct ContextModel: Sendable {
    /// The steps that are predicted, ascending.
    public let steps: [Int]
    /// How many symbols were learned.
    public private(set) var count = 0

    let alternatives: Int
    private(set) var table: ContextTable
    private var frequencies: SymbolFrequencies
    private var calibrators: [Calibrator]
    private var scratch = CategoryForecast()

    /// The orders of step 1, as bits: 1, 2, 3, 4, 6, 8. Longer steps keep 1 and 2.
    private static let orders = 0b1_0101_1110
    private static let longestStep = 14
    /// D, and what the shorter contexts are worth besides: a, in cases.
    private static let discount = 0.5
    private static let lean = 1.0

    /// Creates a model of at most about `bytes` for the given steps, which lists the `alternatives` most probable symbols.
    public init(steps: [Int] = [1], alternatives: Int = 10, bytes: Int = 4 << 20) {
        precondition(steps.allSatisfy { $0 >= 1 } && alternatives >= 1, "steps and alternatives are at least 1")
        self.steps = steps
        self.alternatives = alternatives
        table = ContextTable(bytes: bytes)
        frequencies = SymbolFrequencies()
        calibrators = Array(repeating: Calibrator(), count: steps.count)
    }

    /// The memory held, in bytes.
    public var bytes: Int { table.bytes + frequencies.bytes }

    /// Takes in the symbol that came after a key's history. Symbols are dense numbers from 0 on.
    public mutating func learn(_ history: ContextHistory, _ symbol: Int32) {
        precondition(symbol >= 0, "symbols are numbers from 0 on")
        for (index, step) in steps.enumerated() {
            if index == 0 || count & 3 == index & 3 { calibrate(history, symbol, stepIndex: index) }
            if step > ContextModel.longestStep { continue }
            var hash = ContextModel.seed(step: step)
            for order in 1...ContextModel.longestOrder(step: step) {
                if Int(history.count) + 2 < step + order { break }
                hash = ContextModel.mixed(hash, history[step - 2 + order])
                if ContextModel.isKept(order) { table.add(symbol, to: table.slot(for: hash)) }
            }
        }
        frequencies.add(symbol)
        count += 1
    }

    /// Compares what would have been said of a symbol with what it is.
    private mutating func calibrate(_ history: ContextHistory, _ symbol: Int32, stepIndex: Int) {
        let step = steps[stepIndex]
        if Int(history.count) + 1 < step || count < 16 { return }
        predictRaw(history, step: step, skipping: step - 1, into: &scratch)
        if let first = scratch.entries.first {
            calibrators[stepIndex].learn(raw: first.probability, hit: first.symbol == symbol)
        }
    }

    /// The probabilities of the symbol `steps[stepIndex]` after a key's history.
    public func predict(_ history: ContextHistory, stepIndex: Int) -> CategoryForecast {
        var forecast = CategoryForecast()
        predict(history, stepIndex: stepIndex, into: &forecast)
        return forecast
    }

    /// The same, written over a forecast that is used again.
    public func predict(_ history: ContextHistory, stepIndex: Int, into forecast: inout CategoryForecast) {
        predictRaw(history, step: steps[stepIndex], skipping: 0, into: &forecast)
        if let first = forecast.entries.first {
            forecast.moveFirst(to: calibrators[stepIndex].calibrated(first.probability))
        }
    }

    /// The blended probabilities, not calibrated, as if the history's last `skipped` symbols had not come.
    private func predictRaw(
        _ history: ContextHistory, step: Int, skipping skipped: Int, into forecast: inout CategoryForecast
    ) {
        forecast.entries.removeAll(keepingCapacity: true)
        var left = 1.0
        if step <= ContextModel.longestStep {
            var hashes = SIMD8<UInt64>.zero
            var longest = 0
            var hash = ContextModel.seed(step: step)
            for order in 1...ContextModel.longestOrder(step: step) {
                if Int(history.count) + 1 < skipped + order { break }
                hash = ContextModel.mixed(hash, history[skipped + order - 1])
                hashes[order - 1] = hash
                longest = order
            }
            for order in stride(from: longest, to: 0, by: -1) where ContextModel.isKept(order) {
                guard let slot = table.find(hashes[order - 1]) else { continue }
                left = add(table[slot], left: left, to: &forecast)
            }
        }
        frequencies.add(share: left, to: &forecast)
        finish(&forecast)
    }

    /// Adds a context's share of what is left; returns what is left for shorter ones.
    private func add(
        _ node: ContextTable.Node, left: Double, to forecast: inout CategoryForecast
    ) -> Double {
        var sum = Double(node.others) + ContextModel.lean
        var listed = 0.0
        for lane in 0..<8 where node.counts[lane] > 0 {
            sum += Double(node.counts[lane])
            listed += max(Double(node.counts[lane]) - ContextModel.discount, 0)
        }
        for lane in 0..<8 where node.counts[lane] > 0 {
            let share = left * max(Double(node.counts[lane]) - ContextModel.discount, 0) / sum
            forecast.add(node.symbols[lane], share)
        }
        return left * (1 - listed / sum)
    }

    /// Sorts, cuts to the asked number, and leaves what is missing to the rest.
    private func finish(_ forecast: inout CategoryForecast) {
        forecast.entries.sort { ($0.probability, $1.symbol) > ($1.probability, $0.symbol) }
        if forecast.entries.count > alternatives {
            forecast.entries.removeLast(forecast.entries.count - alternatives)
        }
        var sum = 0.0
        for entry in forecast.entries { sum += entry.probability }
        forecast.rest = max(1 - sum, 0)
    }

    private static func longestOrder(step: Int) -> Int { step == 1 ? 8 : 2 }

    @inline(__always)
    private static func isKept(_ order: Int) -> Bool { orders >> order & 1 == 1 }

    private static func seed(step: Int) -> UInt64 { mixed(0x9e37_79b9_7f4a_7c15, Int32(truncatingIfNeeded: step)) }

    @inline(__always)
    private static func mixed(_ hash: UInt64, _ symbol: Int32) -> UInt64 {
        var mixed = (hash ^ UInt64(UInt32(bitPattern: symbol))) &* 0xff51_afd7_ed55_8ccd
        mixed ^= mixed >> 33
        mixed = mixed &* 0xc4ce_b9fe_1a85_ec53
        return mixed ^ (mixed >> 29)
    }
}

extension CategoryForecast {
    /// Adds probability to a symbol, listing it if it was not.
    @inline(__always)
    mutating func add(_ symbol: Int32, _ share: Double) {
        for index in entries.indices where entries[index].symbol == symbol {
            entries[index].probability += share
            return
        }
        entries.append(Entry(symbol: symbol, probability: share))
    }

    /// Gives the first entry another probability, as far as it stays first; the others keep their proportions.
    mutating func moveFirst(to wanted: Double) {
        let others = 1 - entries[0].probability
        guard others > 1e-9 else { return }
        let second = entries.count > 1 ? entries[1].probability / others : 0
        let probability = min(max(wanted, second / (1 + second) * (1 + 1e-9)), 1 - 1e-6)
        let factor = (1 - probability) / others
        for index in 1..<max(entries.count, 1) { entries[index].probability *= factor }
        rest *= factor
        entries[0].probability = probability
    }
}

extension ContextModel {
    /// Writes the state, or reads it back into a model made for the same steps and room; symbols lie below a limit.
    package mutating func pass(through coder: inout SnapshotCoder, symbols: Int) throws(SnapshotError) {
        try coder.begin("contexts")
        try coder.pass(&count)
        try table.pass(through: &coder, symbols: symbols)
        try frequencies.pass(through: &coder, symbols: symbols)
        for index in calibrators.indices { try calibrators[index].pass(through: &coder) }
    }
}
