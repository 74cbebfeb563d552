import FieldExtraction
import Forecasting

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// A field that models learn on a stream: where it stands, what kind of values it has, and what all keys share about it.
struct LearnedField {
    /// What kind of values a field has.
    enum Kind: UInt8 {
        /// No value has been seen.
        case undetermined
        /// Numbers: forecast per series.
        case numeric
        /// Few distinct strings or booleans: predicted from contexts.
        case categorical
        /// Many distinct strings, objects, arrays: enters samples as its empirical distribution.
        case opaque

        /// The name people see.
        var name: String {
            switch self {
            case .undetermined: "unseen"
            case .numeric: "numeric"
            case .categorical: "categorical"
            case .opaque: "opaque"
            }
        }
    }

    /// Consecutive values of another kind after which the field starts anew with that kind.
    static let kindPatience = 8
    /// Values after which a field that hardly repeats itself counts as opaque.
    static let cardinalityPatience = 256

    /// Where the field stands.
    let path: FieldPath
    /// Its name in records.
    let name: String
    /// Its name as a JSON string.
    let nameText: [UInt8]
    /// Its slot in the stream's plan.
    let slot: Int
    /// Whether a filter or a setting names the field, so that it is learned whatever its values repeat.
    var isNamed: Bool
    /// What kind of values it has.
    var kind = Kind.undetermined
    /// How often the kind changed.
    var kindChanges = 0
    /// The values of a categorical field.
    var symbols: SymbolTable
    /// What follows what, over all keys, by step.
    var contexts: ContextModel?
    /// Bits per event of the context model minus those of the frequency model, as trailing means, by step.
    var bits: [TrailingBits] = []

    private var counts: [Int] = []
    private var total = 0
    private var strangers = 0
    private var observations = 0

    init(path: FieldPath, slot: Int, isNamed: Bool, symbols: SymbolTable) {
        self.path = path
        name = path.name
        var text: [UInt8] = []
        JSONString.append(name, to: &text)
        nameText = text
        self.slot = slot
        self.isNamed = isNamed
        self.symbols = symbols
    }

    /// Whether the field is numeric and its last value was a number: a further number changes nothing about it.
    @inline(__always)
    var isSettledNumeric: Bool { kind == .numeric && strangers == 0 }

    /// What one event's value did to the field.
    enum Observation {
        /// The value fits the kind; numbers as they are, categories as their symbol.
        case value(Double)
        /// The field is missing, null, or of another kind for once.
        case none
        /// The field changed its kind with this value; whatever was learned of it must go.
        case reset
    }

    /// Looks at one event's value.
    mutating func observe(_ slot: FieldSlot) -> Observation {
        let seen: Kind
        switch slot.kind {
        case .missing, .null: return .none
        case .integer, .double: seen = .numeric
        case .string, .boolean: seen = .categorical
        case .object, .array, .timestamp: seen = .opaque
        }
        if kind != seen, kind != .opaque || seen == .numeric {
            if kind == .undetermined {
                kind = seen
            } else {
                strangers += 1
                if strangers < Self.kindPatience { return .none }
                kind = seen
                kindChanges += 1
                strangers = 0
                observations = 0
                return .reset
            }
        } else {
            strangers = 0
        }
        switch kind {
        case .numeric:
            // What is too large for a double teaches nothing.
            guard let number = slot.number, number.isFinite else { return .none }
            return .value(number)
        case .categorical: return symbol(of: slot)
        case .opaque, .undetermined: return .none
        }
    }

    private mutating func symbol(of slot: FieldSlot) -> Observation {
        observations += 1
        guard let symbol = symbols.symbol(of: slot, adding: true) else { return .none }
        if observations == Self.cardinalityPatience, !isNamed, symbols.count * 2 > observations {
            kind = .opaque
            return .reset
        }
        return .value(Double(symbol))
    }

    /// The value in the form the field's kind is learned by, NaN where there is none. Does not settle the kind.
    mutating func judged(_ slot: FieldSlot) -> Double {
        switch kind {
        case .numeric: return number(slot)
        case .categorical:
            guard slot.kind == .string || slot.kind == .boolean else { return .nan }
            return symbols.symbol(of: slot, adding: true).map(Double.init) ?? .nan
        case .opaque, .undetermined: return .nan
        }
    }

    /// The value read as a number: a boolean is 1 or 0, a string what its digits say; NaN where there is none. Costs nothing
    /// where no record can ask for it.
    @inline(__always)
    func number(_ slot: FieldSlot) -> Double {
        guard kind == .numeric || kindChanges > 0 else { return .nan }
        switch slot.kind {
        case .integer, .double: return slot.number ?? .nan
        case .boolean: return Double(slot.bits)
        case .string: return unsafe NumberText.lenientDouble(slot.text) ?? .nan
        default: return .nan
        }
    }

    /// The value read as one of the symbols seen so far, a number by its digits; NaN where there is none.
    mutating func knownSymbol(_ slot: FieldSlot) -> Double {
        guard symbols.count > 0 else { return .nan }
        switch slot.kind {
        case .string, .boolean, .integer, .double:
            return symbols.symbol(of: slot, adding: false).map(Double.init) ?? .nan
        default: return .nan
        }
    }

    // MARK: Categories

    /// Makes the context models fit the steps the stream is asked for; one whose steps change starts anew.
    mutating func setSteps(_ steps: [Int], limits: Limits) {
        guard kind == .categorical else { return }
        contexts = ContextModel(steps: steps, alternatives: limits.alternatives, bytes: limits.contextBytes)
        bits = steps.map { _ in TrailingBits() }
    }

    /// Forgets what was learned, after a change of kind. The symbols stay, for records that still speak of them.
    mutating func forget(steps: [Int], limits: Limits) {
        contexts = nil
        bits = []
        setSteps(steps, limits: limits)
    }

    /// Books what the contexts and the frequencies said of a symbol before it came.
    ///
    /// - Parameter ownShare: The symbol's share of the key's own past. A field that never changes within a key is no feat to
    ///   predict, however much it differs between keys, so the better of both frequencies is what skill is measured against.
    mutating func score(_ symbol: Int32, after history: ContextHistory, steps: [Int], ownShare: Double) {
        guard let contexts, total > 0 else { return }
        let seen = Int(symbol) < counts.count ? Double(counts[Int(symbol)]) : 0
        let frequency = max((seen + 0.5) / (Double(total) + 0.5 * Double(symbols.count)), ownShare)
        for (place, step) in steps.enumerated() where step <= Int(history.count) {
            let forecast = contexts.predict(history.before(step - 1), stepIndex: place)
            let listed = Double(symbols.count - forecast.entries.count)
            let probability = forecast.probability(of: symbol) ?? forecast.rest / max(listed, 1)
            bits[place].learn(modelBits: -log2(max(probability, 1e-9)), frequencyBits: -log2(frequency))
        }
    }

    /// Teaches the contexts what came after `history`.
    mutating func learn(_ symbol: Int32, after history: ContextHistory) {
        contexts?.learn(history, symbol)
        while counts.count <= Int(symbol) { counts.append(0) }
        counts[Int(symbol)] += 1
        total += 1
    }

    /// The share of the frequency model's bits that the contexts save at a step.
    func skill(stepIndex: Int) -> Double { stepIndex < bits.count ? bits[stepIndex].skill : 0 }

    /// A slot holding a symbol's value, valid until `place` of `texts` is used again.
    func slot(of symbol: Int32, texts: MetaText, place: Int) -> FieldSlot {
        let bytes = Array(symbols.allBytes[symbols.range(of: symbol)])
        if bytes == [SymbolTable.trueByte] { return .boolean(true) }
        if bytes == [SymbolTable.falseByte] { return .boolean(false) }
        return texts.keep(bytes, at: place)
    }
}

extension SymbolTable {
    /// The byte that stands for `true` in the table: no UTF-8 text holds it.
    static let trueByte: UInt8 = 0xFF
    /// The byte that stands for `false` in the table: no UTF-8 text holds it.
    static let falseByte: UInt8 = 0xFE

    /// The symbol of a string or boolean slot.
    mutating func symbol(of slot: FieldSlot, adding: Bool) -> Int32? {
        if slot.kind == .boolean {
            return unsafe [slot.bits == 1 ? Self.trueByte : Self.falseByte].withUnsafeBufferPointer {
                unsafe symbol(for: $0, adding: adding)
            }
        }
        if slot.encoding == .plain { return unsafe symbol(for: slot.text, adding: adding) }
        var decoded: [UInt8] = []
        JSONString.decode(slot, into: &decoded)
        return unsafe decoded.withUnsafeBufferPointer { unsafe symbol(for: $0, adding: adding) }
    }
}

extension ContextHistory {
    /// The history as it stood `ago` symbols earlier, as far as it is kept.
    func before(_ ago: Int) -> ContextHistory {
        guard ago > 0 else { return self }
        var earlier = ContextHistory()
        let known = min(Int(count), ContextHistory.capacity)
        for back in stride(from: known - 1, through: ago, by: -1) { earlier.append(self[back]) }
        return earlier
    }
}

extension CategoryForecast {
    /// The symbol at a quantile of the distribution, 0 to 1; nil where it falls into the rest.
    func symbol(at quantile: Double) -> Int32? {
        var cumulated = 0.0
        for entry in entries {
            cumulated += entry.probability
            if quantile < cumulated { return entry.symbol }
        }
        return nil
    }
}

extension LearnedField {
    /// Writes the state, or reads it back, on a stream with the given steps.
    mutating func pass(
        through coder: inout SnapshotCoder, steps: [Int], limits: Limits
    ) throws(SnapshotError) {
        try coder.pass(&isNamed)
        var code = kind.rawValue
        try coder.pass(&code, in: 0...Kind.opaque.rawValue)
        kind = Kind(rawValue: code) ?? .undetermined
        try coder.pass(&kindChanges)
        try symbols.pass(through: &coder)
        let count = symbols.count
        if try coder.flag(contexts != nil) {
            var passed =
                contexts ?? ContextModel(steps: steps, alternatives: limits.alternatives, bytes: limits.contextBytes)
            try passed.pass(through: &coder, symbols: count)
            contexts = passed
            if coder.isReading { bits = steps.map { _ in TrailingBits() } }
            for place in bits.indices { try bits[place].pass(through: &coder) }
        }
        try coder.pass(list: &counts, upTo: count, empty: 0)
        try coder.check(
            counts.allSatisfy { $0 >= 0 && $0 <= SnapshotCoder.counterLimit }, "a value is counted too often")
        try coder.pass(&total)
        try coder.pass(&strangers, in: 0...Self.kindPatience)
        try coder.pass(&observations)
    }
}
