import Testing

@testable import Forecasting

@Suite("Context model")
struct ContextModelTests {
    @Test("A cycle is learned in one round", arguments: [2, 3, 7])
    func cycle(length: Int32) {
        var model = ContextModel()
        var history = ContextHistory()
        var hits = 0
        for index in 0..<100 as Range<Int32> {
            let symbol = index % length
            if index >= 2 * length, model.predict(history, stepIndex: 0).entries.first?.symbol == symbol { hits += 1 }
            model.learn(history, symbol)
            history.append(symbol)
        }
        #expect(hits == 100 - 2 * Int(length))
    }

    @Test("What one key taught serves another")
    func shared() {
        var model = ContextModel()
        var teacher = ContextHistory()
        for symbol in [5, 6, 7, 5, 6, 7, 5, 6, 7] as [Int32] {
            model.learn(teacher, symbol)
            teacher.append(symbol)
        }
        var pupil = ContextHistory()
        pupil.append(5)
        #expect(model.predict(pupil, stepIndex: 0).entries[0].symbol == 6)
    }

    @Test("Further steps have tables of their own", arguments: [(0, 2), (1, 1), (2, 0)])
    func steps(stepIndex: Int, expected: Int32) {
        var model = ContextModel(steps: [1, 2, 3])
        var history = ContextHistory()
        for index in 0..<60 as Range<Int32> {
            model.learn(history, index % 4 == 3 ? 0 : index % 4)
            history.append(index % 4 == 3 ? 0 : index % 4)
        }
        // The cycle is 0 1 2 0; after 57 … 59 = 1 2 0 come 0 1 2.
        let coming: [Int32] = [0, 1, 2]
        #expect(model.predict(history, stepIndex: stepIndex).entries[0].symbol == coming[stepIndex])
    }

    @Test("Probabilities are sorted, positive and sum to 1", arguments: [1, 4, 10])
    func sums(alternatives: Int) {
        var model = ContextModel(steps: [1, 5, 20], alternatives: alternatives, bytes: 1 << 12)
        var history = ContextHistory()
        var noise = Noise(seed: 1)
        for _ in 0..<3000 {
            for stepIndex in 0..<3 {
                let forecast = model.predict(history, stepIndex: stepIndex)
                let probabilities = forecast.entries.map(\.probability)
                #expect(abs(probabilities.reduce(forecast.rest, +) - 1) < 1e-9)
                #expect(probabilities == probabilities.sorted(by: >))
                #expect(probabilities.allSatisfy { $0 >= 0 } && forecast.entries.count <= alternatives)
            }
            let symbol = Int32(40 * noise.uniform() * noise.uniform())
            model.learn(history, symbol)
            history.append(symbol)
        }
    }

    @Test("On noise the stated probability of the favourite is its frequency")
    func calibration() {
        var model = ContextModel()
        var history = ContextHistory()
        var noise = Noise(seed: 2)
        var stated = 0.0
        var hits = 0.0
        for index in 0..<12_000 {
            let symbol: Int32 = noise.uniform() < 0.6 ? 0 : Int32(1 + 5 * noise.uniform())
            if index >= 4000 {
                let best = model.predict(history, stepIndex: 0).entries[0]
                stated += best.probability
                if best.symbol == symbol { hits += 1 }
            }
            model.learn(history, symbol)
            history.append(symbol)
        }
        #expect(abs(stated - hits) / 8000 < 0.04)
    }

    @Test("Memory keeps its bound and the least used context leaves")
    func bound() {
        var table = ContextTable(bytes: 1 << 10)
        #expect(table.bytes <= 1 << 10)
        for round in 0..<200 {
            table.add(1, to: table.slot(for: 42))
            table.add(2, to: table.slot(for: UInt64(round) &* 0x9e37_79b9_7f4a_7c15))
        }
        #expect(table.find(42) != nil)
    }

    @Test("A history holds sixteen symbols, the latest first")
    func history() {
        var history = ContextHistory()
        #expect(history[0] == -1)
        for symbol in 0..<20 as Range<Int32> { history.append(symbol) }
        #expect((0..<16).map { history[$0] } == (4..<20).reversed())
        #expect(history.count == 16 && history[16] == -1)
    }
}
