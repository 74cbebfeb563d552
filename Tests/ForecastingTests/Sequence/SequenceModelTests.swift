import Testing

@testable import Forecasting

@Suite("Sequence model")
struct SequenceModelTests {
    /// A model with its memory, walked one symbol at a time.
    private struct Walk {
        let memory: SequenceMemory
        let model: SequenceModel
        var histories: [SequenceHistory]
        var bits = 0.0
        var scored = 0

        init(keys: Int = 1, bytes: Int = 1 << 20) {
            memory = SequenceMemory(bytes: bytes)
            model = SequenceModel(memory: memory, salt: 1)
            histories = (0..<keys).map { SequenceHistory(identity: UInt64($0) &* 0x9e37_79b9_7f4a_7c15) }
        }

        @discardableResult
        mutating func see(_ symbol: Int32, key: Int = 0, at time: Double) -> CategoryForecast {
            if let said = model.learn(symbol, after: histories[key]) {
                bits -= said.logarithmOfTwo
                scored += 1
            }
            histories[key].append(symbol, at: time)
            return model.predict(&histories[key])
        }
    }

    @Test("A cycle is learned in a few rounds", arguments: [2, 3, 7])
    func cycle(length: Int32) {
        var walk = Walk()
        var forecast = CategoryForecast()
        var wrong = 0
        for index in 0..<200 as Range<Int32> {
            if index > 4 * length, forecast.entries.first?.symbol != index % length { wrong += 1 }
            forecast = walk.see(index % length, at: Double(index))
        }
        #expect(wrong == 0)
        #expect(forecast.entries[0].probability > 0.95)
    }

    @Test("What one key taught serves another")
    func shared() {
        var walk = Walk(keys: 2)
        for index in 0..<60 { walk.see([5, 6, 7][index % 3], at: Double(index)) }
        let forecast = walk.see(5, key: 1, at: 61)
        #expect(forecast.entries[0].symbol == 6)
    }

    @Test("Probabilities fall and sum to 1, whatever comes")
    func sums() {
        var walk = Walk(keys: 5, bytes: 1 << 14)
        var noise = Noise(seed: 4)
        for index in 0..<4_000 {
            let symbol = Int32(300 * noise.uniform() * noise.uniform())
            let forecast = walk.see(symbol, key: index % 5, at: Double(index) * noise.uniform())
            let probabilities = forecast.entries.map(\.probability)
            #expect(abs(probabilities.reduce(forecast.rest, +) - 1) < 1e-5)
            #expect(probabilities == probabilities.sorted(by: >))
            #expect(probabilities.allSatisfy { $0 > 0 && $0 <= 1 })
            #expect(probabilities.count <= Announcement.candidates + 64)
        }
    }

    @Test("Symbols without order cost their entropy, and none is ever sure")
    func noise() {
        var walk = Walk(keys: 3)
        var noise = Noise(seed: 9)
        var sure = 0
        for index in 0..<6_000 {
            let forecast = walk.see(Int32(8 * noise.uniform()), key: index % 3, at: Double(index))
            if index > 500, forecast.entries[0].probability >= 0.5 { sure += 1 }
        }
        let bits = walk.bits / Double(walk.scored)
        #expect(abs(bits - 3) < 0.15, "\(bits) bits instead of 3")
        #expect(sure == 0)
    }

    @Test("What is learned from is what was announced, whatever other keys did in between")
    func announced() {
        var walk = Walk(keys: 2)
        for index in 0..<100 { walk.see(Int32(index % 4), key: 0, at: Double(index)) }
        let said = walk.see(0, key: 1, at: 100).probability(of: 1)
        for index in 100..<140 { walk.see(Int32(index % 4), key: 0, at: Double(index)) }
        // The rows are the announced ones; weights and cells have moved on a little.
        let learned = walk.model.learn(1, after: walk.histories[1])
        #expect(said != nil && learned != nil)
        if let said, let learned { #expect(abs(said - learned) < 0.1) }
    }

    @Test("A symbol never seen is given a share, which grows while new ones come")
    func novelty() {
        var walk = Walk()
        for index in 0..<200 { walk.see(Int32(index % 3), at: Double(index)) }
        let quiet = walk.model.learn(1_000, after: walk.histories[0]) ?? 0
        var lively = Walk()
        for index in 0..<200 { lively.see(index % 2 == 0 ? 0 : Int32(10 + index), at: Double(index)) }
        let expected = lively.model.learn(1_000, after: lively.histories[0]) ?? 0
        #expect(quiet > 0 && quiet < 0.01)
        #expect(expected > quiet)
    }

    @Test("A stream that changes its ways is learned anew within some hundred events")
    func drift() {
        var walk = Walk()
        var forecast = CategoryForecast()
        for index in 0..<4_000 { forecast = walk.see(Int32(index % 5), at: Double(index)) }
        var late = 0
        for index in 0..<1_000 as Range<Int32> {
            let symbol = (4 - index % 5) * 2 % 5
            if index >= 300, forecast.entries.first?.symbol != symbol { late += 1 }
            forecast = walk.see(symbol, at: Double(4_000 + index))
        }
        #expect(late <= 7, "\(late) of 700 still wrong")
    }

    @Test("A snapshot says the same afterwards, to the bit, and is refused where it was cut")
    func snapshot() throws {
        var walk = Walk(keys: 3)
        var noise = Noise(seed: 12)
        for index in 0..<2_000 {
            walk.see(Int32(index % 7) + Int32(2 * noise.uniform()), key: index % 3, at: Double(index))
        }
        var writer = SnapshotCoder()
        try walk.memory.pass(through: &writer)
        try walk.model.pass(through: &writer)
        for key in 0..<3 { try walk.histories[key].pass(through: &writer) }
        var restored = Walk(keys: 3)
        var reader = SnapshotCoder(reading: writer.bytes, 0..<writer.bytes.count)
        try restored.memory.pass(through: &reader)
        try restored.model.pass(through: &reader)
        for key in 0..<3 { try restored.histories[key].pass(through: &reader) }
        try reader.finish()
        for index in 2_000..<2_500 {
            let symbol = Int32(index % 7) + Int32(2 * noise.uniform())
            #expect(
                walk.see(symbol, key: index % 3, at: Double(index))
                    == restored.see(symbol, key: index % 3, at: Double(index)))
        }
        for cut in stride(from: 0, to: writer.bytes.count, by: writer.bytes.count / 40) {
            let fresh = Walk(keys: 3)
            var reader = SnapshotCoder(reading: writer.bytes, 0..<cut)
            #expect(throws: SnapshotError.self) {
                try fresh.memory.pass(through: &reader)
                try fresh.model.pass(through: &reader)
                try reader.finish()
            }
        }
    }
}

extension Double {
    fileprivate var logarithmOfTwo: Double { Forecasting.logarithm(self) / Forecasting.logarithm(2.0) }
}
