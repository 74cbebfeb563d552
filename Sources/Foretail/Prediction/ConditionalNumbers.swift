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

    /// How two forecasts of a field fared.
    private struct Duel {
        var own = 0.0
        var conditional = 0.0
        var weight = 0.0
    }

    private static let patience = 32.0
    /// Events of a symbol without a field after which it is known to lack the field.
    private static let absence = 8
    private static let configuration = ForecastConfiguration(tier: .lite)

    private var forecasters = RecencyTable<UInt64, NumericForecaster>(capacity: capacity)
    /// How many events had a symbol since a forecaster of it made room for another's.
    private var events = RecencyTable<Int32, Int>(capacity: capacity)
    private var duels: [Duel] = []

    /// The memory held, in bytes, at most.
    var byteCount: Int { forecasters.count * (9_808 + 64) + events.count * 64 }

    /// Makes room for so many fields.
    mutating func grow(to fieldCount: Int) {
        while duels.count < fieldCount { duels.append(Duel()) }
    }

    /// The forecaster of a field's values that come with a symbol; nil before the fourth of them.
    func forecaster(symbol: Int32, field: Int) -> NumericForecaster? {
        guard let place = forecasters.place(of: Self.name(symbol, field)),
            forecasters[place].count >= Series.admissionEvents
        else { return nil }
        return forecasters[place]
    }

    /// Whether a field is known not to come with a symbol: several events had the symbol and none the field.
    func lacks(symbol: Int32, field: Int) -> Bool {
        guard let place = events.place(of: symbol), events[place] >= Self.absence else { return false }
        return forecasters.place(of: Self.name(symbol, field)) == nil
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

    /// Counts an event that has a symbol.
    mutating func note(symbol: Int32) {
        let place = events.use(symbol) { 0 }
        events[place] = min(events[place] + 1, Self.absence)
    }

    /// Takes in a value that came with a symbol.
    mutating func learn(_ value: Double, symbol: Int32, field: Int) {
        let before = forecasters.lastLeft
        let place = forecasters.use(Self.name(symbol, field), orMake: Self.forecaster)
        forecasters[place].learn(value)
        // The one that left is not there any more; that does not mean that its symbol lacks its field.
        if let left = forecasters.lastLeft, left != before {
            events.reset(Int32(bitPattern: UInt32(left >> 32)), to: 0)
        }
    }

    private static func forecaster() -> NumericForecaster {
        NumericForecaster(steps: [1], configuration: configuration)
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
        try forecasters.pass(
            through: &coder, bytesEach: 24, empty: { (0, Self.forecaster()) },
            key: { name, coder throws(SnapshotError) in try coder.pass(&name) },
            value: { forecaster, coder throws(SnapshotError) in try forecaster.pass(through: &coder) })
        try events.pass(
            through: &coder, bytesEach: 20, empty: { (0, 0) },
            key: { symbol, coder throws(SnapshotError) in try coder.pass(&symbol, in: 0...(.max)) },
            value: { count, coder throws(SnapshotError) in try coder.pass(&count, in: 0...Self.absence) })
    }
}
