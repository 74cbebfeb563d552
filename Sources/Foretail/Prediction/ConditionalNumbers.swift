import Forecasting

/// The numbers of a stream's fields apart by the symbol they come with: a forecaster per symbol and field, shared by all keys.
///
/// What a request takes depends on what is requested, and its duration on the template of its line. A field is forecast this way
/// where that was nearer of late, given what was expected to come, than the key's own forecast:
///
///     loss ← .998 loss + min(|error|, 10 × mean |error|)      speaks while loss < .97 × the key's own, from 32 values on
///
/// Memory: at most `capacity` forecasters of the lite tier, some 10 kB each; beyond, the one used longest ago leaves.
struct ConditionalNumbers {
    /// The most forecasters.
    static let capacity = 512

    private struct Entry {
        var name: UInt64
        var used: Int
        var forecaster: NumericForecaster
    }

    /// How two forecasts of a field fared.
    private struct Duel {
        var own = 0.0
        var conditional = 0.0
        var weight = 0.0
    }

    private static let patience = 32.0
    private static let configuration = ForecastConfiguration(tier: .lite)

    private var places: [UInt64: Int] = [:]
    private var entries: [Entry] = []
    private var duels: [Duel] = []
    private var clock = 0

    /// The memory held, in bytes, at most.
    var byteCount: Int { entries.count * (9_808 + 64) }

    /// Makes room for so many fields.
    mutating func grow(to fieldCount: Int) {
        while duels.count < fieldCount { duels.append(Duel()) }
    }

    /// The forecaster of a field's values that come with a symbol; nil before the fourth of them.
    func forecaster(symbol: Int32, field: Int) -> NumericForecaster? {
        guard let place = places[Self.name(symbol, field)], entries[place].forecaster.count >= Series.admissionEvents
        else { return nil }
        return entries[place].forecaster
    }

    /// Whether the field is better forecast by what comes with it than by the key's own past.
    func speaks(field: Int) -> Bool {
        duels[field].weight >= Self.patience && duels[field].conditional < 0.97 * duels[field].own
    }

    /// The conditional forecast's loss ÷ the key's own; 1 where nothing was judged.
    func relativeLoss(field: Int) -> Double {
        duels[field].own > 0 ? duels[field].conditional / duels[field].own : 1
    }

    /// Compares two forecasts with what came.
    mutating func judge(_ actual: Double, field: Int, own: Double, conditional: Double) {
        let (ownError, conditionalError) = ((actual - own).magnitude, (actual - conditional).magnitude)
        guard ownError.isFinite, conditionalError.isFinite else { return }
        var duel = duels[field]
        let most = duel.weight > 4 ? 10 * max(duel.own, duel.conditional) / min(duel.weight, 500) : .infinity
        duel.own = 0.998 * duel.own + min(ownError, most)
        duel.conditional = 0.998 * duel.conditional + min(conditionalError, most)
        duel.weight += 1
        duels[field] = duel
    }

    /// Takes in a value that came with a symbol.
    mutating func learn(_ value: Double, symbol: Int32, field: Int) {
        let name = Self.name(symbol, field)
        clock += 1
        let place = places[name] ?? admit(name)
        entries[place].used = clock
        entries[place].forecaster.learn(value)
    }

    private mutating func admit(_ name: UInt64) -> Int {
        let entry = Entry(
            name: name, used: clock, forecaster: NumericForecaster(steps: [1], configuration: Self.configuration))
        var place = entries.count
        if place < Self.capacity {
            entries.append(entry)
        } else {
            place = 0
            for other in entries.indices where entries[other].used < entries[place].used { place = other }
            places[entries[place].name] = nil
            entries[place] = entry
        }
        places[name] = place
        return place
    }

    private static func name(_ symbol: Int32, _ field: Int) -> UInt64 {
        UInt64(UInt32(bitPattern: symbol)) << 32 | UInt64(field)
    }
}

extension ConditionalNumbers {
    /// Writes the state, or reads it back.
    mutating func pass(through coder: inout SnapshotCoder, fieldCount: Int) throws(SnapshotError) {
        grow(to: fieldCount)
        for field in 0..<fieldCount {
            try coder.pass(&duels[field].own)
            try coder.pass(&duels[field].conditional)
            try coder.pass(&duels[field].weight)
        }
        try coder.pass(&clock)
        let count = try coder.count(entries.count, upTo: Self.capacity, bytesEach: 24)
        for place in 0..<count {
            var entry =
                coder.isReading
                ? Entry(name: 0, used: 0, forecaster: NumericForecaster(steps: [1], configuration: Self.configuration))
                : entries[place]
            try coder.pass(&entry.name)
            try coder.pass(&entry.used)
            try entry.forecaster.pass(through: &coder)
            guard coder.isReading else { continue }
            try coder.check(places[entry.name] == nil, "a symbol and field stand there twice")
            places[entry.name] = place
            entries.append(entry)
        }
    }
}
