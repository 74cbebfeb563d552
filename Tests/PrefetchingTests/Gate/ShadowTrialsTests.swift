import Testing

@testable import Prefetching

@Suite("ShadowTrials") struct ShadowTrialsTests {
    private var trials = ShadowTrials()
    private var gate = PrecisionGate(target: 0.4)

    @Test("a trial succeeds once, when its key comes within the window")
    mutating func succeeds() {
        for request in 1...3 {
            let begun1 = trials.begin(9, cell: 5, at: request * 10)
            #expect(begun1)
            gate.begin(5)
            trials.settle(9, begunBy: request * 10, gate: &gate)
            trials.settle(9, begunBy: request * 10, gate: &gate)
        }
        #expect(abs(gate.bound(5) - 3 / (3 + 1.64 * 1.64)) < 0.01)
    }

    @Test("of a key and kind one trial is open at a time")
    mutating func once() {
        let begun2 = trials.begin(9, cell: 5, at: 1)
        #expect(begun2)
        let begun3 = trials.begin(9, cell: 5, at: 2)
        #expect(!begun3)
        let begun4 = trials.begin(9, cell: 6, at: 2)
        #expect(begun4)
        let begun5 = trials.begin(8, cell: 5, at: 2)
        #expect(begun5)
    }

    @Test("a key that comes before a fetch could have ended ends the trial without success")
    mutating func tooEarly() {
        _ = trials.begin(9, cell: 5, at: 10)
        gate.begin(5)
        trials.settle(9, begunBy: 9, gate: &gate)
        #expect(gate.bound(5) < 0.01)
        let begun6 = trials.begin(9, cell: 5, at: 11)
        #expect(begun6)
    }

    @Test("a trial that is too old ends without success, whatever others its key has")
    mutating func expires() {
        _ = trials.begin(9, cell: 5, at: 1)
        _ = trials.begin(9, cell: 6, at: 2)
        _ = trials.begin(9, cell: 7, at: 3)
        for cell in 5...7 { gate.begin(cell) }
        trials.expire(before: 3)
        trials.settle(9, begunBy: 10, gate: &gate)
        #expect(gate.bound(5) < 0.01 && gate.bound(6) < 0.01 && gate.bound(7) > 0.2)
    }

    @Test("no more are open than there is room for, through many rounds")
    mutating func bounded() {
        var begun = 0
        for symbol in 0..<10_000 where trials.begin(UInt64(symbol), cell: symbol % 500, at: symbol) { begun += 1 }
        #expect(begun == ShadowTrials.most)
        var random = Random(seed: 1)
        for request in 10_000..<60_000 {
            trials.expire(before: request - 300)
            _ = trials.begin(UInt64(random.below(400)), cell: random.below(500), at: request)
            trials.settle(UInt64(random.below(400)), begunBy: request, gate: &gate)
        }
        trials.expire(before: .max)
        let begun7 = trials.begin(1, cell: 1, at: 70_000)
        #expect(begun7)
    }
}
