import Testing

@testable import Forecasting

/// One series and its network, driven as the manager drives them.
private struct Driven {
    var forecaster = NumericForecaster(steps: [1, 12])
    var global: GlobalLSTM
    private var waiting: (at: Int, job: TrainingJob)?
    private let isLate: Bool

    init(use: LSTMUse, isLate: Bool = false) {
        var configuration = LSTMConfiguration(use: use)
        configuration.hidden = 8
        global = GlobalLSTM(configuration: configuration, seed: 1)
        self.isLate = isLate
    }

    mutating func learn(_ value: Double) -> [NumericForecast] {
        forecaster.learn(value, global: &global)
        global.endEvent()
        if let job = global.trainingJob(), !isLate { global.accept(job.run()) }
        if let due = waiting, due.at == forecaster.count {
            forecaster.apply(due.job.run(), global: global)
            waiting = nil
        }
        if let job = forecaster.trainingJob(stepMicroseconds: 3_600_000_000) {
            waiting = (job.cut + job.delay, job)
        }
        return forecaster.steps.indices.map { forecaster.forecast(stepIndex: $0) }
    }
}

@Suite("Numeric forecaster with the network")
struct NeuralForecasterTests {
    /// An autoregression whose sign depends on where it is, which no linear model follows.
    private func folded(_ count: Int, seed: UInt64) -> [Double] {
        var noise = Noise(seed: seed)
        var last = 0.3
        return (0..<count).map { _ in
            last = 1.6 - 1.9 * abs(last) + 0.05 * noise.normal()
            return 50 + 10 * last
        }
    }

    @Test("Where the network is off, all forecasts are those of the other models alone, bit by bit")
    func off() {
        var plain = NumericForecaster(steps: [1, 12])
        var driven = NumericForecaster(steps: [1, 12])
        var global = GlobalLSTM()
        for value in folded(700, seed: 1) {
            plain.learn(value)
            driven.learn(value, global: &global)
            for step in 0..<2 { #expect(plain.forecast(stepIndex: step) == driven.forecast(stepIndex: step)) }
        }
        #expect(plain.bytes == driven.bytes)
        #expect(global.count == 0)
        #expect(global.trainingJob() == nil)
    }

    @Test("Used, it changes the forecasts of step 1 alone")
    func otherSteps() {
        var plain = Driven(use: .off)
        var driven = Driven(use: .always)
        var differences = 0
        for value in folded(1100, seed: 2) {
            let before = plain.learn(value)
            let after = driven.learn(value)
            #expect(before[1] == after[1])
            if before[0] != after[0] { differences += 1 }
        }
        #expect(differences > 100)
    }

    @Test("On a series that no linear model follows it takes a tenth off the error, and says so")
    func gain() {
        var plain = Driven(use: .off)
        var driven = Driven(use: .always)
        var said = (0.0, 0.0)
        var errors = (0.0, 0.0)
        var inside = 0
        var bounds = (low: 0.0, high: 0.0)
        for (index, value) in folded(1600, seed: 3).enumerated() {
            if index >= 1000 {
                errors.0 += abs(value - said.0)
                errors.1 += abs(value - said.1)
                if value >= bounds.low, value <= bounds.high { inside += 1 }
            }
            let forecast = driven.learn(value)[0]
            said = (plain.learn(value)[0].value, forecast.value)
            bounds = (forecast.low, forecast.high)
        }
        #expect(errors.1 < 0.9 * errors.0)
        #expect(driven.global.gain > 0.05)
        #expect((500...580).contains(inside))
        let weights = driven.forecaster.weights(stepIndex: 0)
        #expect(weights.contains { $0.name == "LSTM" && $0.weight > 0.2 })
        #expect(abs(weights.reduce(0) { $0 + $1.weight } - 1) < 1e-4)
        #expect(!driven.forecaster.weights(stepIndex: 1).contains { $0.name == "LSTM" })
    }

    @Test("Altering the future leaves earlier forecasts as they were, bit by bit")
    func causality() {
        let values = folded(600, seed: 4)
        var altered = values
        for index in 400..<600 { altered[index] = 3 * values[index] + 17 }
        var first = Driven(use: .always)
        var second = Driven(use: .always)
        for index in 0..<400 { #expect(first.learn(values[index]) == second.learn(altered[index])) }
        #expect(first.learn(values[400]) != second.learn(altered[400]))
    }

    @Test("It does not matter when a training's result comes", arguments: [LSTMUse.automatic, .always])
    func determinism(use: LSTMUse) {
        var soon = Driven(use: use)
        var late = Driven(use: use, isLate: true)
        for value in folded(700, seed: 5) { #expect(soon.learn(value) == late.learn(value)) }
        #expect(soon.global.weights == late.global.weights)
    }

    @Test("A copy goes its own way")
    func copies() {
        var driven = Driven(use: .always)
        let values = folded(500, seed: 6)
        for value in values.prefix(400) { _ = driven.learn(value) }
        var copy = driven
        for _ in 400..<450 { _ = copy.learn(1e6) }
        var alone = Driven(use: .always)
        for value in values.prefix(400) { _ = alone.learn(value) }
        for value in values.suffix(100) { #expect(driven.learn(value) == alone.learn(value)) }
    }

    @Test("Models that begin anew keep phases and what the blend has learned")
    func replay() throws {
        var driven = Driven(use: .always)
        var judged = 0
        var changes = 0
        for value in dailyValues(1300, noise: 2, seed: 7) {
            let before = driven.forecaster.state
            if let neural = before?.neural { judged = neural.series.blend.judged }
            _ = driven.learn(value)
            guard let state = driven.forecaster.state, let neural = state.neural else { continue }
            #expect(neural.series.features.phaseShift == driven.forecaster.count - state.count || before === state)
            #expect(neural.series.features.season == state.season)
            guard let before, before !== state else { continue }
            changes += 1
            #expect(neural.series.blend.judged == judged + 1)
        }
        #expect(changes > 2)
        #expect(driven.forecaster.season == 24)
        let neural = try #require(driven.forecaster.state?.neural)
        let blend = neural.share
        driven.forecaster.setSteps([1, 2], global: driven.global)
        let renewed = try #require(driven.forecaster.state?.neural)
        #expect(renewed !== neural)
        #expect(renewed.share == blend)
    }

    @Test("A network asked for late sees what is remembered; one that rests leaves nothing behind")
    func beginsLate() throws {
        var driven = Driven(use: .off)
        let values = folded(400, seed: 8)
        for value in values.prefix(300) { _ = driven.learn(value) }
        let bytes = driven.forecaster.bytes
        #expect(driven.forecaster.state?.neural == nil)
        driven.global.use(.always)
        _ = driven.learn(values[300])
        let neural = try #require(driven.forecaster.state?.neural)
        #expect(neural.series.count == 301)
        #expect(driven.forecaster.bytes > bytes)
        driven.global.use(.off)
        _ = driven.learn(values[301])
        #expect(driven.forecaster.state?.neural == nil)
    }

    @Test("Values that are not finite, and values that never differ, do no harm")
    func oddValues() {
        var driven = Driven(use: .always)
        for index in 0..<300 {
            let value = index < 50 ? 7 : index % 17 == 0 ? Double.nan : index % 19 == 0 ? .infinity : Double(index % 5)
            let forecasts = driven.learn(value)
            #expect(forecasts[0].value.isFinite && forecasts[0].low <= forecasts[0].high)
        }
    }
}
