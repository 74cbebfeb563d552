/// Predicts which symbol comes next from what followed the last ones, over all keys of a stream.
///
/// Contexts of order 4 down to 0, blended: with n cases and d symbols after a context, a symbol seen c times gets
///
///     p(symbol) = max(c − D, 0) / n + (D · d / n) · p of the next shorter context      D = .5, .7 or .9 by order
///
/// A step above 1 has tables of its own: what came `step` symbols after the last one, and after the last two. The longest
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
/// Cost: one cache line per order. Source: absolute discounting with interpolation, Ney, Essen, Kneser, *Computer Speech
/// and Language* 8, 1994; orders and table as in PPM, Cleary and Witten, *IEEE Transactions on Communications* 32, 1984.
public struct ContextModel: Sendable {
    /// The steps that are predicted, ascending.
    public let steps: [Int]
    /// How many symbols were learned.
    public private(set) var count = 0

    private let alternatives: Int
    private var table: ContextTable
    private var frequencies: SymbolFrequencies

    private static let longestOrder = 4
    private static let longestStep = 14
    private static let discounts: [Double] = [0.5, 0.5, 0.5, 0.5, 0.5]

    /// Creates a model of at most about `bytes` for the given steps, which lists the `alternatives` most probable symbols.
    public init(steps: [Int] = [1], alternatives: Int = 10, bytes: Int = 4 << 20) {
        precondition(steps.allSatisfy { $0 >= 1 } && alternatives >= 1, "steps and alternatives are at least 1")
        self.steps = steps
        self.alternatives = alternatives
        table = ContextTable(bytes: bytes)
        frequencies = SymbolFrequencies()
    }

    /// The memory held, in bytes.
    public var bytes: Int { table.bytes + frequencies.bytes }

    /// Takes in the symbol that came after a key's history. Symbols are dense numbers from 0 on.
    public mutating func learn(_ history: ContextHistory, _ symbol: Int32) {
        precondition(symbol >= 0, "symbols are numbers from 0 on")
        for step in steps where step <= ContextModel.longestStep {
            let orders = ContextModel.orders(step: step)
            var hash = ContextModel.seed(step: step)
            for order in 1...orders {
                hash = ContextModel.mixed(hash, history[step - 2 + order])
                if history.count + 1 < step + order - 1 { break }
                table.add(symbol, to: table.slot(for: hash))
            }
        }
        frequencies.add(symbol)
        count += 1
    }

    /// The probabilities of the symbol `steps[stepIndex]` after a key's history.
    public func predict(_ history: ContextHistory, stepIndex: Int) -> CategoryForecast {
        var forecast = CategoryForecast()
        predict(history, stepIndex: stepIndex, into: &forecast)
        return forecast
    }

    /// The same, written over a forecast that is used again.
    public func predict(_ history: ContextHistory, stepIndex: Int, into forecast: inout CategoryForecast) {
        let step = steps[stepIndex]
        forecast.entries.removeAll(keepingCapacity: true)
        var left = 1.0
        if step <= ContextModel.longestStep {
            var hashes: [UInt64] = []
            var hash = ContextModel.seed(step: step)
            for order in 1...ContextModel.orders(step: step) {
                hash = ContextModel.mixed(hash, history[order - 1])
                if history.count + 1 < order { break }
                hashes.append(hash)
            }
            for (index, hash) in hashes.enumerated().reversed() {
                guard let slot = table.find(hash) else { continue }
                left = add(table[slot], discount: ContextModel.discounts[index], left: left, to: &forecast)
            }
        }
        frequencies.add(share: left, to: &forecast)
        finish(&forecast)
    }

    /// Adds a context's share of what is left; returns what is left for shorter ones.
    private func add(
        _ node: ContextTable.Node, discount: Double, left: Double, to forecast: inout CategoryForecast
    ) -> Double {
        var sum = Double(node.others)
        var listed = 0.0
        for lane in 0..<8 where node.counts[lane] > 0 {
            sum += Double(node.counts[lane])
            listed += max(Double(node.counts[lane]) - discount, 0)
        }
        guard sum > 0 else { return left }
        for lane in 0..<8 where node.counts[lane] > 0 {
            let share = left * max(Double(node.counts[lane]) - discount, 0) / sum
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

    private static func orders(step: Int) -> Int { step == 1 ? longestOrder : 2 }

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
}
