import Testing

@testable import Prefetching

@Suite("PrefetchBuffer") struct PrefetchBufferTests {
    @Test("the oldest of each list is the one used, or issued, longest ago")
    func order() {
        var buffer = PrefetchBuffer(capacity: 10)
        let slots = (0..<6).map { buffer.insert(UInt64($0), weight: 1, cell: $0 < 3 ? -1 : $0, at: $0) }
        #expect(buffer.oldestDemanded == slots[0])
        #expect(buffer.oldestWaiting == slots[3])
        #expect(buffer.waitingUnits == 3)
        #expect(buffer.touch(slots[0], at: 10) == nil)
        #expect(buffer.touch(slots[3], at: 11) == 3)
        #expect(buffer.oldestDemanded == slots[1])
        #expect(buffer.oldestWaiting == slots[4])
        #expect(buffer.waitingUnits == 2)
        #expect(buffer.touch(slots[3], at: 12) == nil)
        for slot in [slots[1], slots[2], slots[0]] {
            #expect(buffer.oldestDemanded == slot)
            buffer.remove(slot)
        }
        #expect(buffer.oldestDemanded == slots[3])
        #expect(buffer.used == 3 && buffer.count == 3)
    }

    @Test("slots stay with their keys, and are used again after that", arguments: 1...3)
    func slots(seed: Int) {
        var random = Random(seed: UInt64(seed))
        var buffer = PrefetchBuffer(capacity: 200)
        var expected: [UInt64: Int] = [:]
        for request in 0..<10_000 {
            let symbol = UInt64(random.below(60))
            if let slot = expected[symbol] {
                #expect(buffer.slot(of: symbol) == slot)
                #expect(buffer[slot].symbol == symbol)
                if random.chance(0.3) {
                    buffer.remove(slot)
                    expected[symbol] = nil
                } else {
                    _ = buffer.touch(slot, at: request)
                }
            } else if buffer.used <= 195 {
                let cell = random.chance(0.5) ? 1 : -1
                let slot = buffer.insert(symbol, weight: 1 + random.below(5), cell: cell, at: request)
                #expect(!expected.values.contains(slot))
                #expect(slot < 80)
                expected[symbol] = slot
            }
            #expect(buffer.used <= 200 && buffer.count == expected.count)
        }
    }
}
