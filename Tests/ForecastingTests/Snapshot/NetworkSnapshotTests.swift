import Testing

@testable import Forecasting

@Suite("Network snapshots") struct NetworkSnapshotTests {
    /// A series and its network, every event a miss, so that windows leave the reservoir while a job holds them.
    private struct Driven {
        var forecaster = NumericForecaster(steps: [1, 3])
        var global: GlobalLSTM

        init(seed: UInt64) {
            // Little work, as tests run without optimisation; the shape is the usual one.
            var configuration = LSTMConfiguration(use: .always)
            configuration.updates = 4
            global = GlobalLSTM(configuration: configuration, seed: seed)
        }

        mutating func learn(_ value: Double) -> [NumericForecast] {
            forecaster.learn(value, global: &global, isMiss: true)
            global.endEvent()
            _ = global.trainingJob()
            return forecaster.steps.indices.map { forecaster.forecast(stepIndex: $0) }
        }

        /// The network in bytes.
        var bytes: [UInt8] {
            var coder = SnapshotCoder()
            var copy = global
            try? copy.pass(through: &coder)
            return coder.bytes
        }

        /// Throws all away and makes it anew from bytes.
        mutating func restart() throws {
            let (network, series) = (bytes, forecaster.snapshot())
            var fresh = Driven(seed: 99)
            var coder = SnapshotCoder(reading: network, 0..<network.count)
            try fresh.global.pass(through: &coder)
            try coder.finish()
            fresh.forecaster = try NumericForecaster(snapshot: series, steps: [1, 3])
            #expect(fresh.bytes == network)
            #expect(fresh.forecaster.snapshot() == series)
            self = fresh
        }
    }

    @Test("a restored network goes on to the bit, a job under way included")
    func goesOn() throws {
        var plain = Driven(seed: 7)
        var restored = plain
        var withJob = 0
        for (index, value) in dailyValues(700, noise: 4, seed: 11).enumerated() {
            #expect(plain.learn(value) == restored.learn(value))
            guard [2, 40, 127, 128, 300, 383, 384, 500, 639, 650].contains(index) else { continue }
            if restored.global.pending != nil { withJob += 1 }
            try restored.restart()
        }
        #expect(withJob >= 6)
        #expect(plain.global.weights.map(\.bitPattern) == restored.global.weights.map(\.bitPattern))
        #expect(plain.global.weights != Driven(seed: 7).global.weights)
    }

    @Test("numbers that no network can hold are refused", arguments: [Float.nan, .infinity, -1])
    func refused(evil: Float) throws {
        var driven = Driven(seed: 3)
        for value in dailyValues(140, noise: 4, seed: 12) { _ = driven.learn(value) }
        let bytes = driven.bytes
        // The last moment of the optimizer is a mean of squares; it lies before the windows.
        let optimizer = AdamOptimizer(parameterCount: LSTMConfiguration().shape.parameterCount)
        var part = SnapshotCoder()
        try optimizer.pass(through: &part)
        let rest = LSTMConfiguration().shape.parameterCount
        #expect(part.bytes.count == 24 + 8 * rest)
        // The tag, the use, the seed, three counts, the judgement of worth, the weights, then the moments.
        let place = 4 + 8 + 8 + 3 * 8 + (1 + 2 * 4 + 3 * 8) + 4 * rest + part.bytes.count - 4
        var broken = bytes
        for index in 0..<4 { broken[place + index] = UInt8(truncatingIfNeeded: evil.bitPattern >> UInt32(8 * index)) }
        var global = GlobalLSTM()
        var coder = SnapshotCoder(reading: broken, 0..<broken.count)
        #expect(throws: SnapshotError.self) { try global.pass(through: &coder) }
    }
}
