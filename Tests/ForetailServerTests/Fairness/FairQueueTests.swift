#if Server
import Testing

@testable import ForetailServer

@Suite("FairQueue") struct FairQueueTests {
    /// Serves everything; elements are costs.
    private func drain(_ queue: inout FairQueue<String, Int64>, most: Int = .max) -> [String] {
        var order: [String] = []
        while order.count < most, let turn = queue.take() {
            order.append(turn.lane)
            queue.finish(turn.lane, cost: turn.element)
        }
        return order
    }

    @Test("lanes of equal costs take turns, and each keeps its order")
    func turns() {
        var queue = FairQueue<String, Int>()
        for number in 1...3 {
            for lane in ["a", "b"] { queue.append(number, to: lane) }
        }
        var order: [String] = []
        while let turn = queue.take() {
            order.append("\(turn.lane)\(turn.element)")
            queue.finish(turn.lane, cost: 10)
        }
        #expect(order == ["a1", "b1", "a2", "b2", "a3", "b3"])
        #expect(queue.isEmpty)
    }

    @Test("a lane whose elements cost four times as much is served a fourth as often")
    func shares() {
        var queue = FairQueue<String, Int64>()
        for _ in 0..<100 {
            queue.append(40, to: "dear")
            queue.append(10, to: "cheap")
        }
        let order = drain(&queue, most: 50)
        #expect((9...11).contains(order.count { $0 == "dear" }))
    }

    @Test("who was silent waits for one element of the others, and gets nothing for its silence")
    func silence() {
        var queue = FairQueue<String, Int64>()
        for _ in 0..<1_000 { queue.append(10, to: "busy") }
        _ = drain(&queue, most: 500)
        for _ in 0..<10 { queue.append(10, to: "late") }
        let order = drain(&queue, most: 12)
        #expect(order.prefix(2).contains("late"))
        #expect((5...7).contains(order.count { $0 == "late" }))
    }

    @Test("who used more than its share before it fell silent for a moment is not served first")
    func memory() {
        var queue = FairQueue<String, Int64>()
        for _ in 0..<20 { queue.append(10, to: "small") }
        queue.append(100, to: "large")
        #expect(drain(&queue, most: 2).sorted() == ["large", "small"])
        queue.append(100, to: "large")
        #expect(drain(&queue, most: 8).allSatisfy { $0 == "small" })
    }

    @Test("what is left of an element comes before the others of its lane; a lane in service has no second turn")
    func rest() {
        var queue = FairQueue<String, Int>()
        queue.append(1, to: "a")
        queue.append(2, to: "a")
        #expect(queue.take()?.element == 1)
        #expect(queue.take() == nil)
        queue.finish("a", cost: 1, rest: 11)
        #expect(queue.take()?.element == 11)
        queue.finish("a", cost: 1)
        #expect(queue.take()?.element == 2)
        queue.append(3, to: "a")
        #expect(queue.isEmpty)
        queue.finish("a", cost: 1)
        #expect(queue.take()?.element == 3)
    }

    @Test("lanes that come and go leave nothing behind")
    func bounded() {
        var queue = FairQueue<String, Int64>()
        for number in 0..<10_000 {
            queue.append(1, to: "lane \(number)")
            _ = drain(&queue)
        }
        #expect(queue.rememberedLanes <= 512)
    }
}
#endif
