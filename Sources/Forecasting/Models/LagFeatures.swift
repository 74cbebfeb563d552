/// What the direct autoregressions see of a series at an origin, for a target some steps ahead.
///
/// With a season s, 16 numbers on the standardised scale: 1; the last six values; the values at target − s, at origin − s
/// and at target − 7 s; the usual values of the phases of target and origin, within the season and within the week; and
/// the present deviation from the usual times cosine and sine of the target's phase. Without a season, 12: 1, the last
/// eight values and three levels (short smoothing, median of the last 25, running median).
///
/// A lag that lies after the origin is replaced by the origin's value, a weekly one that is not held by the phase's
/// usual value, any other by 0. What an origin sees is gathered again when its target arrives, so nothing is stored for
/// forecasts under way: lags are the same then, and so are usual values, unless the step exceeds a season.
///
/// Error of the regression on them alone, × seasonal naive at steps 1, 12, season: .337/.613/.894. Source: chosen out of
/// 34 features by the error of the whole mix on the nine public series of `make judge` in a
/// prototype with given seasons: these 16 .321/.585/.828, the first 24 .320/.587/.828, all 34 .318/.581/.828 at twice
/// and four times the cost; 16 without the last two .321/.587/.827.
struct LagFeatures {
    /// The number of features with and without a season.
    static let seasonal = 16
    static let plain = 12
    /// Where the seasonal features hold the value at target − s and the usual values of the target's phases.
    static let seasonLag = 7
    static let usual = 10
    static let usualOfWeek = 12

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

    /// Fills in the 16 features of the origin at position `last`, whose phases the caller knows.
    @inline(__always)
    func gather(
        at last: Int, history: ValueHistory, profile: PhaseProfile, target: PhasePair, origin: PhasePair,
        into inputs: Cells
    ) {
        let usual = profile.usual(phase: target.day)
        let usualNow = profile.usual(phase: origin.day)
        let now = history.value(at: last, missing: 0)
        inputs[0] = 1
        inputs[1] = now
        for lag in 1..<6 { inputs[1 &+ lag] = history.value(at: last &- lag, missing: 0) }
        inputs[7] = history.value(at: last &- seasonBack, missing: 0)
        inputs[8] = history.value(at: last &- season, missing: 0)
        inputs[9] = history.value(at: last &- weekBack, missing: usual)
        inputs[10] = usual
        inputs[11] = usualNow
        inputs[12] = profile.usual(weekPhase: target.week, missing: usual)
        inputs[13] = profile.usual(weekPhase: origin.week, missing: usualNow)
        let turn = Float(target.day) / Float(season)
        inputs[14] = (now - usualNow) * LagFeatures.wave(turn < 0.75 ? turn + 0.25 : turn - 0.75)
        inputs[15] = (now - usualNow) * LagFeatures.wave(turn)
    }

    /// Fills in the first nine of the plain features; the caller adds three levels.
    @inline(__always)
    func gatherPlain(at last: Int, history: ValueHistory, into inputs: Cells) {
        inputs[0] = 1
        for lag in 0..<8 { inputs[1 &+ lag] = history.value(at: last &- lag, missing: 0) }
    }

    /// sin 2πt for t in 0…1, to .001.
    @inline(__always)
    static func wave(_ turn: Float) -> Float {
        let place = 1 - 2 * turn
        let parabola = 4 * place * (1 - abs(place))
        return parabola + 0.225 * (parabola * abs(parabola) - parabola)
    }
}

/// A phase within the season and within the week.
struct PhasePair {
    var day: Int
    var week: Int
}
