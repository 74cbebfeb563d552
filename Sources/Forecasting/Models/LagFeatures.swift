/// What the direct autoregressions see of a series at an origin, for a target some steps ahead.
///
/// With a season s, 34 numbers on the standardised scale: 1; the last eight values; the values at target − s and two on
/// either side; those at origin − s and before; those at target − 7 s and one on either side, and at origin − 7 s; the
/// usual values of the phases of target and origin, within the season and within the week; the values at target − 8 s
/// and − 14 s; cosine and sine of the target's phase, of twice that and of the week's phase; and the present deviation
/// from the usual times the first two. The first 24 are those of the smaller regression. Without a season, 12: 1, the
/// last eight values and three levels (short smoothing, median of the last 25, running median).
///
/// A lag that lies after the origin is replaced by the origin's value, a weekly one that is not held by the phase's
/// usual value, any other by 0. What an origin sees is gathered again when its target arrives, so nothing is stored for
/// forecasts under way: lags are the same then, and so are usual values, unless the step exceeds a season.
///
/// Error of a regression on them alone, × seasonal naive at steps 1, 12, season on the nine series of `data/forecast`: all
/// 34 on the standardised scale .330/.605/.887, the first 24 on the asinh scale .351/.648/.883, eight on the asinh scale
/// .376/.657/.870.
///
/// Source: Liu, Hoi, Zhao, Sun, "Online ARIMA Algorithms for Time Series Prediction", AAAI 2016 (lags); seasonal and
/// weekly lags, phase means and harmonics are ours.
struct LagFeatures {
    /// The number of features with a season (all, and the first of them) and without.
    static let seasonal = 34
    static let short = 24
    static let plain = 12
    /// Where the seasonal features hold the value at target − s and the usual values of the target's phases.
    static let seasonLag = 11
    static let usual = 20
    static let usualOfWeek = 22

    let season: Int
    let week: Int
    let step: Int
    /// How far before the origin target − s and target − 7 s lie.
    let seasonBack: Int
    let weekBack: Int

    init(season: Int, step: Int) {
        self.season = season
        self.step = step
        week = 7 * season
        seasonBack = (step + season - 1) / season * season - step
        weekBack = (step + week - 1) / week * week - step
    }

    /// Fills in the 34 features of the origin at position `last`, whose phases the caller knows.
    @inline(__always)
    func gather(
        at last: Int, history: ValueHistory, profile: PhaseProfile, waves: PhaseWaves, target: PhasePair,
        origin: PhasePair, into inputs: Cells
    ) {
        let usual = profile.usual(phase: target.day)
        let usualNow = profile.usual(phase: origin.day)
        let usualOfWeek = profile.usual(weekPhase: target.week, missing: usual)
        let now = history.value(at: last, missing: 0)
        inputs[0] = 1
        inputs[1] = now
        for lag in 1..<8 { inputs[1 &+ lag] = history.value(at: last &- lag, missing: 0) }
        let seasonLag = last &- seasonBack
        inputs[9] = history.value(at: seasonLag &- 2, missing: 0)
        inputs[10] = history.value(at: seasonLag &- 1, missing: 0)
        inputs[11] = history.value(at: seasonLag, missing: 0)
        inputs[12] = history.value(at: min(seasonLag &+ 1, last), missing: 0)
        inputs[13] = history.value(at: min(seasonLag &+ 2, last), missing: 0)
        inputs[14] = history.value(at: last &- season, missing: 0)
        inputs[15] = history.value(at: last &- season &- 1, missing: 0)
        let weekLag = last &- weekBack
        inputs[16] = history.value(at: weekLag &- 1, missing: usual)
        inputs[17] = history.value(at: weekLag, missing: usual)
        inputs[18] = history.value(at: min(weekLag &+ 1, last), missing: usual)
        inputs[19] = history.value(at: last &- week, missing: usualNow)
        inputs[20] = usual
        inputs[21] = usualNow
        inputs[22] = usualOfWeek
        inputs[23] = profile.usual(weekPhase: origin.week, missing: usualNow)
        inputs[24] = history.value(at: seasonLag &- week, missing: usual)
        inputs[25] = history.value(at: weekLag &- week, missing: usualOfWeek)
        let day = waves.wave(day: target.day)
        inputs[four: 6] = SIMD4(inputs[24], inputs[25], day[0], day[1])
        let week = waves.wave(week: target.week)
        inputs[four: 7] = SIMD4(day[2], day[3], week[0], week[1])
        inputs[32] = (now - usualNow) * day[0]
        inputs[33] = (now - usualNow) * day[1]
    }

    /// Fills in the first nine of the plain features; the caller adds three levels.
    @inline(__always)
    func gatherPlain(at last: Int, history: ValueHistory, into inputs: Cells) {
        inputs[0] = 1
        for lag in 0..<8 { inputs[1 &+ lag] = history.value(at: last &- lag, missing: 0) }
    }
}

/// A phase within the season and within the week.
struct PhasePair {
    var day: Int
    var week: Int
}

/// Cosine and sine of a phase of the season, of twice that, and of a phase of the week.
struct PhaseWaves {
    private let day: Float
    private let week: Float

    init(season: Int) {
        day = 1 / Float(season)
        week = 1 / Float(7 * season)
    }

    /// cos a, sin a, cos 2a, sin 2a for the angle a of a phase of the season.
    @inline(__always)
    func wave(day phase: Int) -> SIMD4<Float> {
        let turn = Float(phase) * day
        let double = turn < 0.5 ? 2 * turn : 2 * turn - 1
        let four = PhaseWaves.sine(
            SIMD4(turn < 0.75 ? turn + 0.25 : turn - 0.75, turn, double < 0.75 ? double + 0.25 : double - 0.75, double))
        return four
    }

    /// cos a and sin a for the angle a of a phase of the week, twice.
    @inline(__always)
    func wave(week phase: Int) -> SIMD2<Float> {
        let turn = Float(phase) * week
        let four = PhaseWaves.sine(SIMD4(turn < 0.75 ? turn + 0.25 : turn - 0.75, turn, 0, 0))
        return four.lowHalf
    }

    /// sin 2πt for t in 0…1, to .001.
    @inline(__always)
    private static func sine(_ turn: SIMD4<Float>) -> SIMD4<Float> {
        let place = 1 - 2 * turn
        let parabola = 4 * place * (1 - place.greater(-place))
        return parabola + 0.225 * (parabola * parabola.greater(-parabola) - parabola)
    }
}
