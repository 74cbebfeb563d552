/// What the global network sees of a series at a value: eight numbers that mean the same in every series.
///
///     d = running mean |y(t) − y(t−1)|        all within ±6 (the first within ±4)
///     y(t),  Δy(t)/d,  Δy(t−1)/d,  (y(t+1−s) − y(t))/d,  (y(t+1−s) − y(t−s))/d,  (mean of the last eight − y(t))/d,
///     sin and cos of 2π · phase of t+1 / s
///
/// y is standardised, s the season. Without a season the fourth and fifth are Δy(t−2)/d and Δy(t−3)/d, the last two 0.
/// What it should say is (y(t+1) − y(t))/d.
///
/// ```swift
/// LSTMFeatures(season: 24, phaseShift: 0).gather(at: history.count - 1, history: history, unit: 0.2, into: inputs)
/// ```
struct LSTMFeatures {
    /// How many inputs there are.
    static let count = 8
    /// How far back the features look, the season not counted.
    static let reach = 8
    private static let limit: Float = 6

    let season: Int
    /// Added to positions to get phases: histories that were replayed begin anew at position 0, phases do not.
    let phaseShift: Int

    /// Fills in the features of the value at `position`.
    @inline(__always)
    func gather(at position: Int, history: ValueHistory, unit: Float, into inputs: Cells) {
        let now = history.value(at: position, missing: 0)
        let first = history.value(at: position &- 1, missing: now)
        let second = history.value(at: position &- 2, missing: first)
        let scale = 1 / unit
        inputs[0] = min(max(now, -4), 4)
        inputs[1] = LSTMFeatures.bounded((now - first) * scale)
        inputs[2] = LSTMFeatures.bounded((first - second) * scale)
        var sum = now + first + second
        for back in 3..<LSTMFeatures.reach { sum += history.value(at: position &- back, missing: now) }
        inputs[5] = LSTMFeatures.bounded((sum * 0.125 - now) * scale)
        if season > 1 {
            let usual = history.value(at: position &+ 1 &- season, missing: now)
            let before = history.value(at: position &- season, missing: usual)
            inputs[3] = LSTMFeatures.bounded((usual - now) * scale)
            inputs[4] = LSTMFeatures.bounded((usual - before) * scale)
            let turn = Float((position &+ 1 &+ phaseShift) % season) / Float(season)
            inputs[6] = LSTMFeatures.wave(turn)
            inputs[7] = LSTMFeatures.wave(turn < 0.75 ? turn + 0.25 : turn - 0.75)
        } else {
            let third = history.value(at: position &- 3, missing: second)
            inputs[3] = LSTMFeatures.bounded((second - third) * scale)
            inputs[4] = LSTMFeatures.bounded((third - history.value(at: position &- 4, missing: third)) * scale)
            inputs[6] = 0
            inputs[7] = 0
        }
    }

    /// What the network should have said at `position`, whose successor is known.
    @inline(__always)
    func target(at position: Int, history: ValueHistory, unit: Float) -> Float {
        LSTMFeatures.bounded((history[position &+ 1] - history[position]) / unit)
    }

    /// sin 2πt for t in 0…1, to .001.
    @inline(__always)
    private static func wave(_ turn: Float) -> Float {
        let place = 1 - 2 * turn
        let parabola = 4 * place * (1 - abs(place))
        return parabola + 0.225 * (parabola * abs(parabola) - parabola)
    }

    @inline(__always)
    static func bounded(_ value: Float) -> Float { min(max(value, -limit), limit) }
}
