import Testing

@testable import Prefetching

@Suite("Predictors of keys") struct KeyPredictorsTests {
    private static let keys: [UInt64] = (0..<6).map { Traces.hashed($0) }

    @Test("a chain of successors goes as far ahead as it is asked to")
    func successorChain() {
        var chain = SuccessorChain(bytes: 1 << 20)
        for _ in 0..<20 { for key in Self.keys { chain.learn(key) } }
        var candidates: [Candidate] = []
        chain.predict(depth: 4, into: &candidates)
        #expect(candidates.map(\.symbol) == Array(Self.keys[0..<4]) + [Self.keys[0]])
        #expect(candidates.map(\.distance) == [1, 2, 3, 4, 1])
        #expect(candidates.last?.source == .alternative)
    }

    @Test("two keys tell what one does not")
    func pairs() {
        var chain = SuccessorChain(bytes: 1 << 20)
        // After 2 comes what came before it.
        for _ in 0..<20 { for key: UInt64 in [11, 2, 31, 12, 2, 32] { chain.learn(key) } }
        chain.learn(11)
        chain.learn(2)
        var candidates: [Candidate] = []
        chain.predict(depth: 1, into: &candidates)
        #expect(candidates[0].symbol == 31 && candidates[0].source == .pairSuccessor && candidates[0].trust == 9)
        #expect(Set(candidates[1...].map(\.symbol)) == [31, 32])
        #expect(candidates[1...].allSatisfy { $0.trust < 6 })
    }

    @Test("differences go on where no key came before")
    func deltas() {
        var deltas = DeltaChain(bytes: 1 << 20)
        var key: UInt64 = 1_000
        for step in 0..<30 {
            deltas.learn(key)
            key += step % 2 == 0 ? 3 : 7
        }
        deltas.learn(key)
        var candidates: [Candidate] = []
        deltas.predict(depth: 3, into: &candidates)
        #expect(candidates.filter { $0.source == .deltaChain }.map(\.symbol) == [key + 3, key + 10, key + 13])
        #expect(candidates.first { $0.source == .delta }?.symbol == key + 3)
    }

    @Test("a run among others is seen, and its next keys are named with more trust the longer it is")
    func sequential() {
        var recent = RecentKeys()
        let predictor = SequentialKeys()
        var trusts: [UInt8] = []
        for step in 0..<12 as Range<UInt64> {
            recent.learn(Traces.hashed(Int(step)))
            recent.learn(500 + step)
            var candidates: [Candidate] = []
            predictor.predict(from: recent, depth: 2, into: &candidates)
            #expect(candidates[0].symbol == 501 + step)
            trusts.append(candidates[0].trust)
        }
        #expect(trusts == trusts.sorted() && trusts[0] == 0 && trusts[11] == 4)
        recent.learn(512)
        var candidates: [Candidate] = []
        predictor.predict(from: recent, depth: 2, into: &candidates)
        #expect(candidates.map(\.symbol) == [513, 514])
        #expect(candidates[0].trust == 9)
    }

    @Test("keys that left the latest ones are forgotten")
    func recentKeys() {
        var recent = RecentKeys()
        for key in 0..<1_000 as Range<UInt64> { recent.learn(key * 5) }
        #expect(recent.age(of: 999 * 5) == 0)
        #expect(recent.age(of: 744 * 5) == 255)
        #expect(recent.age(of: 743 * 5) == nil)
        #expect(recent.run == 1)
    }

    @Test("progressions are found among other keys")
    func strides() {
        var recent = RecentKeys()
        for step in 0..<4 as Range<UInt64> {
            recent.learn(1_000 + 24 * step)
            if step < 3 { for other in 0..<3 { recent.learn(Traces.hashed(Int(step) * 3 + other)) } }
        }
        var candidates: [Candidate] = []
        InterleavedStrides().predict(from: recent, depth: 2, into: &candidates)
        #expect(candidates.map(\.symbol) == [1_096, 1_120])
    }

    @Test("keys that come together are named, whatever comes between; with a lead only those far enough")
    func associations() {
        var near = WindowAssociations(bytes: 1 << 20)
        var far = WindowAssociations(bytes: 1 << 20)
        var random = Random(seed: 1)
        for _ in 0..<10 {
            var window = [UInt64](repeating: 0, count: 24).map { _ in random.next() }
            (window[0], window[3], window[10]) = (1, 2, 3)
            for key in window {
                near.learn(key, lead: 0)
                far.learn(key, lead: 6)
            }
        }
        near.learn(1, lead: 0)
        far.learn(1, lead: 6)
        var candidates: [Candidate] = []
        near.predict(after: 1, into: &candidates)
        #expect(candidates.map(\.symbol).contains(2))
        candidates = []
        far.predict(after: 1, into: &candidates)
        #expect(candidates.map(\.symbol) == [3])
    }

    @Test("what was seen once is replayed, also where two of them are interleaved")
    func replay() {
        var replay = Replay(bytes: 1 << 20)
        let first = (0..<40).map { Traces.hashed($0) }
        let second = (100..<140).map { Traces.hashed($0) }
        for key in first + second { replay.learn(key) }
        for place in 0..<10 {
            replay.learn(first[place])
            var candidates: [Candidate] = []
            replay.predict(depth: 3, into: &candidates)
            #expect(candidates.map(\.symbol) == Array(first[place + 1...place + 3]))
            #expect(candidates[0].trust == UInt8(min(place, place < 4 ? 3 : place < 6 ? 4 : place < 9 ? 5 : 6)))
            replay.learn(second[place])
            candidates = []
            replay.predict(depth: 3, into: &candidates)
            #expect(candidates.map(\.symbol) == Array(second[place + 1...place + 3]))
        }
    }

    @Test("replay goes on rightly after its past has been overwritten many times")
    func replayWraps() {
        var replay = Replay(bytes: 1 << 15)
        var candidates: [Candidate] = []
        for request in 0..<20_000 {
            replay.learn(Traces.hashed(request % 100))
            candidates = []
            replay.predict(depth: 2, into: &candidates)
            if request > 200 {
                #expect(
                    candidates.map(\.symbol) == [
                        Traces.hashed((request + 1) % 100), Traces.hashed((request + 2) % 100),
                    ])
            }
        }
        #expect(replay.bytes <= 1 << 15)
    }
}
