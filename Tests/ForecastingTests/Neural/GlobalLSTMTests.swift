import Testing

@testable import Forecasting

/// Runs a stream of series through a global network alone.
private struct Stream {
    var global: GlobalLSTM
    private var series: [LSTMSeries] = []
    private var histories: [ValueHistory] = []
    private var blocks: [StateBlock] = []
    /// Sums of |error| of network and naive over the values that were scored.
    var network = 0.0
    var naive = 0.0

    /// A small network, so that the tests are quick without optimisation.
    static func configuration() -> LSTMConfiguration {
        var configuration = LSTMConfiguration(use: .always)
        configuration.hidden = 8
        configuration.windowSteps = 16
        configuration.warmUpSteps = 4
        configuration.windowStride = 4
        configuration.batch = 4
        configuration.updates = 16
        configuration.interval = 128
        return configuration
    }

    init(series count: Int = 1, seed: UInt64 = 1) {
        global = GlobalLSTM(configuration: Stream.configuration(), seed: seed)
        for _ in 0..<count {
            let room = LSTMSeries.cellCount(hidden: 8)
            let block = StateBlock(floats: room + 1024)
            series.append(LSTMSeries(season: 1, hidden: 8, cells: block.cells(room)))
            histories.append(ValueHistory(cells: block.cells(1024)))
            blocks.append(block)
        }
    }

    /// What each series expects next.
    var forecasts: [Float] { series.map(\.forecast) }

    mutating func learn(_ value: Double, series index: Int = 0, isScored: Bool = false, isLate: Bool = false) {
        let history = histories[index]
        if isScored, history.count > 0 {
            network += abs(value - Double(series[index].forecast))
            naive += abs(value - Double(history[history.count - 1]))
        }
        histories[index].append(Float(value))
        series[index].learn(history: histories[index], network: global.network)
        global.learned(series[index], history: histories[index], isMiss: false)
        global.endEvent()
        if let job = global.trainingJob(), !isLate { global.accept(job.run()) }
    }
}

@Suite("Global network")
struct GlobalLSTMTests {
    @Test("A sine is learned: under a fifth of the naive error")
    func sine() {
        var stream = Stream()
        var phase = (sine: 0.0, cosine: 1.0)
        // A turn of a 25th of a circle, as a rotation.
        let turn = (sine: 0.248_689_887, cosine: 0.968_583_161)
        for index in 0..<1500 {
            phase = (
                phase.sine * turn.cosine + phase.cosine * turn.sine, phase.cosine * turn.cosine - phase.sine * turn.sine
            )
            stream.learn(phase.sine, isScored: index >= 1000)
        }
        #expect(stream.network < 0.2 * stream.naive)
    }

    @Test("A noisy autoregression is learned: at least a quarter off the naive error")
    func autoregression() {
        var stream = Stream()
        var noise = Noise(seed: 21)
        var last = (0.0, 0.0)
        for index in 0..<2000 {
            let value = 0.4 * last.0 - 0.5 * last.1 + 0.5 * noise.normal()
            last = (value, last.0)
            stream.learn(value, isScored: index >= 1200)
        }
        // The best possible is .61: the noise against the change.
        #expect(stream.network < 0.75 * stream.naive)
    }

    @Test("The same values give the same weights and forecasts, however late the training's results come")
    func determinism() {
        var soon = Stream(series: 3)
        var late = Stream(series: 3)
        var other = Stream(series: 3, seed: 2)
        var noise = Noise(seed: 5)
        for index in 0..<400 {
            let value = noise.normal()
            soon.learn(value, series: index % 3)
            late.learn(value, series: index % 3, isLate: true)
            other.learn(value, series: index % 3)
        }
        #expect(soon.global.weights.map(\.bitPattern) == late.global.weights.map(\.bitPattern))
        #expect(soon.forecasts == late.forecasts)
        #expect(soon.global.weights != other.global.weights)
        #expect(soon.global.weights != GlobalLSTM(configuration: Stream.configuration(), seed: 1).weights)
    }

    @Test("A job does the same work each time, and changes nothing it was cut from")
    func pure() throws {
        var stream = Stream()
        var noise = Noise(seed: 6)
        for _ in 0..<63 { stream.learn(noise.normal()) }
        let before = stream.global.weights
        // The 64th value cuts the job.
        stream.learn(noise.normal(), isLate: true)
        let job = try #require(stream.global.pending)
        let first = job.run()
        let second = job.run()
        #expect(first.network.parameters == second.network.parameters)
        #expect(first.loss == second.loss)
        #expect(first.network.parameters != before)
        #expect(job.network.parameters == before)
    }

    @Test("Nothing is computed unless it is asked for")
    func off() {
        let global = GlobalLSTM()
        #expect(!global.isComputed)
        #expect(!global.isUsed)
        let always = GlobalLSTM(configuration: LSTMConfiguration(use: .always))
        #expect(always.isComputed && always.isUsed)
        let automatic = GlobalLSTM(configuration: LSTMConfiguration(use: .automatic))
        #expect(automatic.isComputed && !automatic.isUsed)
    }

    @Test("A network begins again with the weights of a snapshot")
    func snapshot() {
        var stream = Stream()
        var noise = Noise(seed: 8)
        for _ in 0..<330 { stream.learn(noise.normal()) }
        let weights = stream.global.weights
        #expect(weights != Stream().global.weights)
        let restored = GlobalLSTM(configuration: Stream.configuration(), seed: 9, weights: weights)
        #expect(restored.weights.map(\.bitPattern) == weights.map(\.bitPattern))
    }

    @Test("Training costs less per value the longer the stream lasts")
    func cost() {
        let configuration = LSTMConfiguration()
        let dear = configuration.trainingMultiplications(interval: configuration.interval)
        let cheap = configuration.trainingMultiplications(interval: configuration.longestInterval)
        #expect(dear == 64 * cheap)
    }
}
