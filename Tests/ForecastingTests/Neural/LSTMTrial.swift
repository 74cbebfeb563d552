@testable import Forecasting

/// One series on its way through a forecaster and the global network, one pass: predict, look, learn. What the wiring
/// in `NumericForecaster` would do, from outside.
struct LSTMTrial {
    /// Sums of absolute errors over the scored values.
    struct Score {
        var naive = 0.0
        var seasonal = 0.0
        var network = 0.0
        var mix = 0.0
        var both = 0.0
    }

    private(set) var score = Score()
    private var forecaster = NumericForecaster(steps: [1])
    private var pending: (result: TrainingResult, place: Int)?
    private var values: [Double] = []
    private var scale = SeriesScale(of: [])
    private var season = 1
    private var ring = StateBlock(floats: 4096)
    private var block: StateBlock
    private var history: ValueHistory
    private(set) var series: LSTMSeries
    private let hidden: Int
    private let judgedSeason: Int
    private let stepMicroseconds: Int64
    private var said = (mix: 0.0, network: 0.0, both: 0.0)

    init(hidden: Int, judgedSeason: Int, stepMicroseconds: Int64) {
        self.hidden = hidden
        self.judgedSeason = judgedSeason
        self.stepMicroseconds = stepMicroseconds
        block = StateBlock(floats: LSTMSeries.cellCount(hidden: hidden))
        history = ValueHistory(cells: ring.cells(4096))
        series = LSTMSeries(season: 1, hidden: hidden, cells: block.cells(LSTMSeries.cellCount(hidden: hidden)))
    }

    /// Scores what was said of the next value where `isScored`, then learns it.
    mutating func learn(_ value: Double, isScored: Bool, global: inout GlobalLSTM) {
        if isScored, values.count >= judgedSeason {
            score.naive += abs(value - values[values.count - 1])
            score.seasonal += abs(value - values[values.count - judgedSeason])
            score.network += abs(value - said.network)
            score.mix += abs(value - said.mix)
            score.both += abs(value - said.both)
        }
        let isMiss = !values.isEmpty && (value < interval.low || value > interval.high)
        values.append(value)
        learnMix(value)
        renew(network: global.network)
        let standardised = scale.standardised(value)
        if let errors = series.judge(standardised) { global.judge(errors) }
        history.append(standardised)
        series.learn(history: history, network: global.network)
        global.learned(series, history: history, isMiss: isMiss)
        let forecast = forecaster.forecast(stepIndex: 0)
        interval = (forecast.low, forecast.high)
        let both = series.blend.mixed(scale.standardised(forecast.value), own: series.forecast)
        said = (forecast.value, scale.value(series.forecast), scale.value(both))
    }

    private var interval = (low: 0.0, high: 0.0)

    private mutating func learnMix(_ value: Double) {
        forecaster.learn(value)
        if let pending, forecaster.count == pending.place {
            forecaster.apply(pending.result)
            self.pending = nil
        }
        if let job = forecaster.trainingJob(stepMicroseconds: stepMicroseconds) {
            pending = (job.run(), job.cut + job.delay)
        }
    }

    /// Begins again with the forecaster's season and with fresh units, where those changed.
    private mutating func renew(network: LSTMNetwork) {
        let count = values.count
        let isYoung = count <= 64 && count & (count - 1) == 0
        let fresh = isYoung || count & 127 == 0 ? SeriesScale(of: values) : scale
        let found = forecaster.season ?? 1
        if found == season, !isYoung, scale.suits(fresh) { return }
        season = found
        scale = fresh
        let blend = series.blend
        ring = StateBlock(floats: 4096)
        block = StateBlock(floats: LSTMSeries.cellCount(hidden: hidden))
        history = ValueHistory(cells: ring.cells(4096))
        series = LSTMSeries(season: season, hidden: hidden, cells: block.cells(LSTMSeries.cellCount(hidden: hidden)))
        series.blend = blend
        for value in values.dropLast() {
            history.append(scale.standardised(value))
            series.learn(history: history, network: network)
        }
    }
}
