import Testing

@testable import Forecasting

@Suite("Simple models")
struct SimpleModelTests {
    @Test("The naive model repeats the last value", arguments: [1, 2, 100])
    func naive(step: Int) {
        var model = Naive()
        for value in [3, 1, 4] as [Float] { model.learn(value) }
        #expect(model.forecast(step: step) == 4)
    }

    @Test("The seasonal naive model repeats the value a whole number of periods before the target", arguments: 1...7)
    func seasonalNaive(step: Int) {
        let season: [Float] = [1, 2, 3]
        let block = StateBlock(floats: 16)
        var history = ValueHistory(cells: block.cells(16))
        for index in 0..<12 { history.append(season[index % 3]) }
        #expect(SeasonalNaive(period: 3, history: history).forecast(step: step) == season[(11 + step) % 3])
    }

    @Test("Simple smoothing moves a level by its rate")
    func smoothing() {
        var model = SimpleSmoothing(rate: 0.25)
        model.learn(0)
        model.learn(8)
        #expect(model.forecast(step: 1) == 2)
    }

    @Test("The median of the last 25 values equals the sorted middle", arguments: [1, 2, 7, 24, 25, 26, 80])
    func recentMedian(count: Int) {
        let block = StateBlock(floats: 64)
        var model = RecentMedian(cells: block.cells(RecentMedian.cellCount))
        var noise = Noise(seed: 5)
        var values: [Float] = []
        for _ in 0..<count {
            values.append(Float((10 * noise.uniform()).rounded()))
            model.learn(values[values.count - 1])
        }
        let sorted = values.suffix(25).sorted()
        let middle = sorted.count / 2
        let expected = sorted.count % 2 == 1 ? sorted[middle] : (sorted[middle] + sorted[middle - 1]) / 2
        #expect(model.forecast(step: 1) == expected)
    }

    @Test("The running median ignores how far an outlier lies")
    func signMedian() {
        var near = SignMedian()
        var noise = Noise(seed: 9)
        for index in 0..<2000 { near.learn(index % 20 == 0 ? 1e6 : Float(5 + noise.normal())) }
        #expect(abs(near.forecast(step: 1) - 5) < 1)
    }
}
