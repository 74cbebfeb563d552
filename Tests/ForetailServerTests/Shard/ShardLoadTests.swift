#if Server
import Testing

@testable import ForetailServer

@Suite("How busy a shard is") struct ShardLoadTests {
    @Test("hot from half of the time, until less than a fifth of it; judged ten times a second")
    func judged() {
        var load = ShardLoad()
        load.begin(0)
        load.note(99_999)
        #expect(!load.isHot)
        load.note(100_000)
        #expect(load.isHot)
        load.wait(60_000)
        load.note(200_000)
        #expect(load.isHot, "two fifths keep it so")
        load.wait(81_000)
        load.note(300_000)
        #expect(!load.isHot)
        load.wait(60_000)
        load.note(400_000)
        #expect(!load.isHot, "two fifths do not make it so")
    }
}
#endif
