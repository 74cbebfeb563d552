import Testing

@testable import Foretail

@Suite("JoinStage") struct JoinStageTests {
    @Test("what needs nothing passes, and the stage stays empty")
    func passes() {
        var stage = JoinStage<String>(capacity: 4)
        #expect(stage.admit("a1", key: 1, needs: [], deadline: 0) == .passes)
        #expect(stage.count == 0)
    }

    @Test("nothing overtakes within a key, everything may between keys")
    func keepsOrderPerKey() {
        var stage = JoinStage<String>(capacity: 4)
        #expect(stage.admit("a1", key: 1, needs: [.fetched], deadline: 900) == .waits)
        #expect(stage.admit("a2", key: 1, needs: [], deadline: 900) == .waits)
        #expect(stage.admit("b1", key: 2, needs: [], deadline: 900) == .passes)
        #expect(stage.admit("b2", key: 2, needs: [.durable], deadline: 900) == .waits)
        stage.satisfy(key: 2, .durable)
        #expect(stage.release(now: 0).map(\.entry) == ["b2"])
        stage.satisfy(key: 1, .fetched)
        #expect(stage.release(now: 0).map(\.entry) == ["a1", "a2"])
        #expect(stage.admit("a3", key: 1, needs: [], deadline: 0) == .passes)
    }

    @Test("an entry waits for every input it named")
    func waitsForAll() {
        var stage = JoinStage<String>(capacity: 4)
        _ = stage.admit("a1", key: 1, needs: [.fetched, .durable], deadline: 900)
        stage.satisfy(key: 1, .fetched)
        #expect(stage.release(now: 0).isEmpty)
        stage.satisfy(key: 1, .durable)
        #expect(stage.release(now: 0).map(\.missing) == [[]])
    }

    @Test("the deadline releases what has waited too long, and says what is missing")
    func deadline() {
        var stage = JoinStage<String>(capacity: 4)
        _ = stage.admit("a1", key: 1, needs: [.fetched, .tick], deadline: 500)
        #expect(stage.release(now: 499).isEmpty)
        let released = stage.release(now: 500)
        #expect(released.map(\.entry) == ["a1"])
        #expect(released.map(\.missing) == [.fetched])
    }

    @Test("a full stage refuses, which is back-pressure")
    func refuses() {
        var stage = JoinStage<String>(capacity: 1)
        #expect(stage.admit("a1", key: 1, needs: [.fetched], deadline: 900) == .waits)
        #expect(stage.admit("b1", key: 2, needs: [.fetched], deadline: 900) == .refused)
        #expect(stage.admit("b1", key: 2, needs: [], deadline: 900) == .passes)
    }

    @Test("an answer goes to the oldest entry that waits for it")
    func answersInOrder() {
        var stage = JoinStage<String>(capacity: 4)
        _ = stage.admit("a1", key: 1, needs: [.fetched], deadline: 900)
        _ = stage.admit("a2", key: 1, needs: [.fetched], deadline: 900)
        stage.satisfy(key: 1, .fetched)
        #expect(stage.release(now: 0).map(\.entry) == ["a1"])
        #expect(stage.count == 1)
    }
}
