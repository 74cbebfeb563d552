import Testing

@testable import Prefetching

@Suite("PrecisionGate") struct PrecisionGateTests {
    private let candidate = Candidate(symbol: 1, source: .replay, trust: 3, distance: 2)

    /// A gate after so many trials of one kind, of which this part succeeded.
    private func gate(trials: Int, successes: Double, seed: UInt64 = 1) -> (gate: PrecisionGate, cell: Int) {
        var gate = PrecisionGate(target: 0.4)
        let cell = gate.cell(of: candidate)
        var random = Random(seed: seed)
        for _ in 0..<trials {
            gate.begin(cell)
            if random.chance(successes) { gate.succeed(cell) }
        }
        return (gate, cell)
    }

    @Test("what was never tried is held back")
    func unknown() {
        let (gate, cell) = gate(trials: 0, successes: 0)
        #expect(!gate.isOpen(cell))
    }

    @Test("few trials, all of them right, are enough; one is not")
    func opens() {
        #expect(!gate(trials: 1, successes: 1).gate.isOpen(gate(trials: 0, successes: 0).cell))
        let (gate, cell) = gate(trials: 3, successes: 1)
        #expect(gate.isOpen(cell))
    }

    @Test("a precision below the target stays closed, one well above is open", arguments: 1...10)
    func bound(seed: Int) {
        let low = gate(trials: 2_000, successes: 0.3, seed: UInt64(seed))
        #expect(!low.gate.isOpen(low.cell))
        let high = gate(trials: 2_000, successes: 0.6, seed: UInt64(seed))
        #expect(high.gate.isOpen(high.cell))
        #expect(high.gate.bound(high.cell) < 0.6)
    }

    @Test("open trials count as failures until they succeed, so what is new opens a few at a time")
    func openTrials() {
        var (gate, cell) = gate(trials: 3, successes: 1)
        var issued = 0
        while gate.isOpen(cell), issued < 100 {
            gate.begin(cell)
            issued += 1
        }
        #expect(issued <= 3)
        for _ in 0..<issued { gate.succeed(cell) }
        #expect(gate.isOpen(cell))
    }

    @Test("it closes when a kind goes wrong, and opens again when it comes right")
    func recovers() {
        var (gate, cell) = gate(trials: 1_000, successes: 1)
        var wrong = 0
        while gate.isOpen(cell) {
            gate.begin(cell)
            wrong += 1
        }
        #expect(wrong < 200)
        var right = 0
        while !gate.isOpen(cell) {
            gate.begin(cell)
            gate.succeed(cell)
            right += 1
        }
        #expect(right < 100)
    }

    @Test("each kind has a cell of its own")
    func cells() {
        let gate = PrecisionGate(target: 0.4)
        var cells: Set<Int> = []
        for source in PredictionSource.allCases {
            for trust in 0..<10 as Range<UInt8> {
                for distance: Int32 in [1, 2, 3, 5, 9, 17] {
                    cells.insert(
                        gate.cell(of: Candidate(symbol: 0, source: source, trust: trust, distance: distance)))
                }
            }
        }
        #expect(cells.count == PredictionSource.allCases.count * 60)
    }
}
