@testable import Forecasting

/// One series on its way through two forecasters, one of them with the global network, one pass: predict, look, learn.
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
    private var plain = NumericForecaster(steps: [1])
    private var driven = NumericForecaster(steps: [1])
    private var pending: (job: TrainingJob, place: Int)?
    private var values: [Double] = []
    private let judgedSeason: Int
    private let stepMicroseconds: Int64

    init(judgedSeason: Int, stepMicroseconds: Int64) {
        self.judgedSeason = judgedSeason
        self.stepMicroseconds = stepMicroseconds
    }

    /// Scores what was said of the next value where `isScored`, then learns it.
    mutating func learn(_ value: Double, isScored: Bool, global: inout GlobalLSTM) {
        let said = driven.forecast(stepIndex: 0)
        if isScored, values.count >= judgedSeason {
            score.naive += abs(value - values[values.count - 1])
            score.seasonal += abs(value - values[values.count - judgedSeason])
            score.mix += abs(value - plain.forecast(stepIndex: 0).value)
            score.both += abs(value - said.value)
            let alone = driven.state.map { $0.scale.value($0.neural?.series.forecast ?? $0.latest) }
            score.network += abs(value - (alone ?? said.value))
        }
        values.append(value)
        plain.learn(value)
        driven.learn(value, global: &global, isMiss: value < said.low || value > said.high)
        global.endEvent()
        if let pending, plain.count == pending.place {
            // The models learned the same: one job serves both.
            let result = pending.job.run()
            plain.apply(result)
            driven.apply(result, global: global)
            self.pending = nil
        }
        if let job = plain.trainingJob(stepMicroseconds: stepMicroseconds) { pending = (job, job.cut + job.delay) }
    }
}
