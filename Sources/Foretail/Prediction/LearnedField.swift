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
    /// What comes next; nil until the field is known to be categorical.
    private(set) var sequence: SequenceModel?
    /// What comes at further steps; nil where nobody asks for any.
    private(set) var contexts: ContextModel?
    /// Bits per event of the models minus those of the frequency model, as trailing means, by step.
    private(set) var bits: [TrailingBits] = []

    /// How often the field is there.
    var presence = PresenceRate()

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

    /// Whether the field is numeric, never was anything else, and its last value was a number: a further number changes nothing
    /// about it, and no record that is open asks for it as a category.
    @inline(__always)
    var isSettledNumeric: Bool { kind == .numeric && strangers == 0 && symbols.count == 0 }

    /// What one event's value did to the field.
    enum Observation {
        /// The value fits the kind, and is a number.
        case number(Double)
        /// The value fits the kind, and is a category.
        case category(SymbolTable.Sighting)
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
            return .number(number)
        case .categorical: return category(slot)
        case .opaque, .undetermined: return .none
        }
    }

    private mutating func category(_ slot: FieldSlot) -> Observation {
        observations += 1
        let seen = symbols.see(slot)
        if observations == Self.cardinalityPatience, !isNamed, symbols.everCount * 2 > observations {
            kind = .opaque
            return .reset
        }
        return .category(seen)
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

    /// The tag of the value as a category, a number by its digits; NaN where there is none. Costs nothing where no record can
    /// ask for it.
    @inline(__always)
    mutating func tag(_ slot: FieldSlot) -> Double {
        guard symbols.count > 0 else { return .nan }
        switch slot.kind {
        case .string, .boolean, .integer, .double: return symbols.see(slot, adding: false).tag
        default: return .nan
        }
    }

    // MARK: Categories

    /// The bytes that the models of a categorical field hold beside the stream's memory.
    var sequenceBytes: Int {
        guard let sequence else { return 0 }
        return sequence.bytes + (contexts?.bytes ?? 0) + symbols.byteCount
    }

    /// Whether the models of a categorical field are there.
    var hasModels: Bool { sequence != nil }

    /// Makes the models fit the steps the stream is asked for. What is said of the next symbol stays; what is said of further
    /// steps starts anew when they change.
    mutating func setSteps(_ steps: [Int], memory: SequenceMemory, limits: Limits) {
        guard kind == .categorical else { return }
        if sequence == nil {
            // By its name: its slot may be another after a restart.
            let salt = unsafe nameText.withUnsafeBufferPointer { unsafe ByteHash.hash($0, seed: 0xf1e1d) }
            sequence = SequenceModel(memory: memory, salt: salt)
        }
        let further = steps.filter { $0 > 1 }
        contexts =
            further.isEmpty
            ? nil : ContextModel(steps: further, alternatives: limits.alternatives, bytes: limits.contextBytes)
        bits = steps.map { _ in TrailingBits() }
    }

    /// Forgets what was learned, after a change of kind. The symbols stay, for records that still speak of them.
    mutating func forget() {
        sequence = nil
        contexts = nil
        bits = []
    }

    /// What is expected at a step after a key's history. At step 1 what is said is kept, to be learned from.
    func predict(
        _ history: inout SequenceHistory, stepIndex: Int, steps: [Int], into forecast: inout CategoryForecast
    ) {
        if steps[stepIndex] == 1 {
            sequence?.predict(&history, into: &forecast)
        } else {
            contexts?.predict(history.symbols, stepIndex: Self.further(stepIndex, steps), into: &forecast)
        }
    }

    /// What ``predict(_:stepIndex:steps:into:)`` said after a key's history, without keeping anything.
    func outlook(
        _ history: SequenceHistory, stepIndex: Int, steps: [Int], into forecast: inout CategoryForecast
    ) {
        if steps[stepIndex] == 1 {
            sequence?.outlook(history, into: &forecast)
        } else {
            contexts?.predict(history.symbols, stepIndex: Self.further(stepIndex, steps), into: &forecast)
        }
    }

    /// Teaches the models the symbol that came after a key's history.
    ///
    /// - Parameters:
    ///   - ownShare: The symbol's share of the key's own past, where it is time to say how well the models do. A field that never
    ///     changes within a key is no feat to predict, however much it differs between keys, so the better of both
    ///     frequencies is what skill is measured against.
    /// - Returns: The probability that was announced for the symbol; nil where nothing was.
    mutating func learn(
        _ symbol: Int32, after history: SequenceHistory, steps: [Int], ownShare: Double?
    ) -> Double? {
        guard let sequence else { return nil }
        let frequency = ownShare.map { max(sequence.frequency(of: symbol), $0) }
        if let frequency { scoreFurther(symbol, after: history.symbols, steps: steps, frequency: frequency) }
        let said = sequence.learn(symbol, after: history)
        if let frequency, let said, steps.first == 1 {
            bits[0].learn(modelBits: -log2(max(said, 1e-9)), frequencyBits: -log2(frequency))
        }
        contexts?.learn(history.symbols, symbol)
        return said
    }

    private mutating func scoreFurther(
        _ symbol: Int32, after history: ContextHistory, steps: [Int], frequency: Double
    ) {
        guard let contexts else { return }
        for (place, step) in steps.enumerated() where step > 1 && step <= Int(history.count) {
            let forecast = contexts.predict(history.before(step - 1), stepIndex: Self.further(place, steps))
            let listed = Double(symbols.count - forecast.entries.count)
            let probability = forecast.probability(of: symbol) ?? forecast.rest / max(listed, 1)
            bits[place].learn(modelBits: -log2(max(probability, 1e-9)), frequencyBits: -log2(frequency))
        }
    }

    /// The place of a step among those above 1.
    private static func further(_ stepIndex: Int, _ steps: [Int]) -> Int { steps[0] == 1 ? stepIndex - 1 : stepIndex }

    /// The share of the frequency model's bits that the contexts save at a step.
    func skill(stepIndex: Int) -> Double { stepIndex < bits.count ? bits[stepIndex].skill : 0 }

    /// The bits an event that predicting the field saves at the first step.
    var savedBits: Double { bits.first?.saved ?? 0 }

    /// A slot holding a symbol's value, valid until `place` of `texts` is used again.
    func slot(of symbol: Int32, texts: MetaText, place: Int) -> FieldSlot {
        let bytes = Array(symbols.value(of: symbol))
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

    /// Looks up the value of a slot: a string, a boolean, or the digits of a number.
    mutating func see(_ slot: FieldSlot, adding: Bool = true) -> Sighting {
        if slot.kind == .boolean {
            return unsafe [slot.bits == 1 ? Self.trueByte : Self.falseByte].withUnsafeBufferPointer {
                unsafe see($0, adding: adding)
            }
        }
        if slot.encoding == .plain { return unsafe see(slot.text, adding: adding) }
        var decoded: [UInt8] = []
        JSONString.decode(slot, into: &decoded)
        return unsafe decoded.withUnsafeBufferPointer { unsafe see($0, adding: adding) }
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
        through coder: inout SnapshotCoder, steps: [Int], memory: SequenceMemory?, limits: Limits
    ) throws(SnapshotError) {
        try coder.pass(&isNamed)
        var code = kind.rawValue
        try coder.pass(&code, in: 0...Kind.opaque.rawValue)
        kind = Kind(rawValue: code) ?? .undetermined
        try coder.pass(&kindChanges)
        try symbols.pass(through: &coder)
        if try coder.flag(hasModels) {
            guard let memory else {
                return try coder.check(false, "a field has models and the stream no memory for them")
            }
            try coder.check(kind == .categorical, "a field that is not categorical has models of categories")
            if coder.isReading { setSteps(steps, memory: memory, limits: limits) }
            try sequence?.pass(through: &coder)
            try contexts?.pass(through: &coder, symbols: .max)
            for place in bits.indices { try bits[place].pass(through: &coder) }
        }
        try presence.pass(through: &coder)
        try coder.pass(&strangers, in: 0...Self.kindPatience)
        try coder.pass(&observations)
    }
}
