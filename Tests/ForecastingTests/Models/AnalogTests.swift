import Testing

@testable import Forecasting

@Suite("Analogs")
struct AnalogTests {
    /// Runs a memory over values whose mix is always the last value, and returns what it says at the end.
    private func output(_ values: [Float], step: Int, capacity: Int = 256, season: Int = 1) -> AnalogStep.Output {
        let block = StateBlock(floats: 1 << 14)
        var window = AnalogWindow(capacity: capacity, cells: block.cells(AnalogWindow.cellCount(capacity: capacity)))
        var memory = AnalogMemory(
            .short, capacity: capacity, season: season,
            cells: block.cells(AnalogMemory.cellCount(capacity: capacity)))
        var history = ValueHistory(cells: block.cells(1024))
        let changes = block.cells(AnalogWindow.bufferCount(capacity: capacity))
        for (index, value) in values.enumerated() {
            if window.isFull {
                memory.moveBack(in: window)
                window.moveBack(changes)
            }
            window.advance(change: index == 0 ? 0 : value - values[index - 1])
            memory.learn(value, window: window, history: history, isNeeded: true)
            history.append(value)
            changes[window.head] = 0
        }
        let output = AnalogStep().forecast(
            step: step, mix: values[values.count - 1], mixChanges: changes, memory: memory, window: window,
            history: history)
        withExtendedLifetime(block) {}
        return output
    }

    @Test("A pattern that repeats is continued, across moves of the window", arguments: [1, 3, 10], [200, 700, 1500])
    func pattern(step: Int, count: Int) {
        let pattern: [Float] = [0, 1, 3, 2, 5, 4, 9, 7, 6, 8, 2, 11, 3]
        let values = (0..<count).map { pattern[$0 % pattern.count] }
        let expected = pattern[(count - 1 + step) % pattern.count]
        let found = output(values, step: step)
        #expect(abs(found.anchored - expected) < 0.05)
        #expect(abs(found.local - expected) < 0.2)
    }

    @Test("Before anything is like the present, the mix is repeated")
    func young() {
        let found = output([1, 2, 4], step: 2)
        #expect(found.anchored == 4 && found.mixed == 4 && found.local == 4)
    }

    @Test("Only what followed long enough ago is used")
    func known() {
        var values = (0..<300).map { Float($0 % 7) }
        let before = output(Array(values[..<290]), step: 8)
        // The last values have no outcome 8 steps on: altering what comes after them alters nothing.
        for index in 290..<300 { values[index] = 99 }
        #expect(output(Array(values[..<290]), step: 8).anchored == before.anchored)
    }
}
