import FieldExtraction
import Testing

@testable import Foretail

@Suite("WindowCounter") struct WindowCounterTests {
    private func counter(_ change: (inout CountSettings) -> Void = { _ in }) -> WindowCounter {
        var settings = CountSettings(windowMicroseconds: 1_000_000)
        settings.by = [FieldPath("k")]
        change(&settings)
        return WindowCounter(settings)
    }

    private func add(_ key: String, _ windows: [Int64], to counter: inout WindowCounter) {
        for window in windows {
            let identity = Array(key.utf8)
            let slot = counter.slot(of: identity) ?? counter.add(identity, members: identity)
            counter.add(1, window: window, slot: slot)
        }
    }

    /// What has closed, as `key window count`.
    private func drained(_ counter: inout WindowCounter) -> [String] {
        var told: [String] = []
        while let count = counter.next() {
            told.append(
                "\(String(decoding: counter.members(of: count.slot), as: UTF8.self)) \(count.window) \(count.count)")
        }
        return told
    }

    private func second(_ number: Int64) -> Timestamp { Timestamp(microseconds: number * 1_000_000) }

    @Test("windows are aligned to 1970 on both sides of it, and hold their first instant, not their last")
    func alignment() {
        let counter = counter()
        let windows = [-1_000_001, -1_000_000, -1, 0, 999_999, 1_000_000].map {
            counter.window(of: Timestamp(microseconds: $0))
        }
        #expect(windows == [-2, -1, -1, 0, 0, 1])
        #expect(counter.end(of: -1) == second(0))
        #expect(counter.end(of: 0) == second(1))
    }

    @Test("a window closes when the watermark reaches its end, not before, and silent keys count zero")
    func closing() {
        var counter = counter()
        add("a", [0, 0, 2], to: &counter)
        add("b", [1], to: &counter)
        counter.close(until: Timestamp(microseconds: 999_999))
        #expect(drained(&counter) == [])
        counter.close(until: second(1))
        #expect(drained(&counter) == ["a 0 2"])
        counter.close(until: second(4))
        #expect(drained(&counter) == ["a 1 0", "b 1 1", "a 2 1", "b 2 0", "a 3 0", "b 3 0"])
        counter.close(until: second(2))
        #expect(drained(&counter) == [])
        #expect(counter.firstOpen == 4)
    }

    @Test("events may come in any order while their windows are open")
    func disorder() {
        var counter = counter()
        add("a", [5, 3, 9, 3, 5, 4, 3], to: &counter)
        counter.close(through: second(9))
        #expect(drained(&counter) == ["a 3 3", "a 4 1", "a 5 2", "a 6 0", "a 7 0", "a 8 0", "a 9 1"])
    }

    @Test("a key gets the zeros it is owed and no more, and begins anew when it comes again")
    func silence() {
        var counter = counter { $0.silentWindows = 2 }
        add("a", [0], to: &counter)
        counter.close(until: second(10))
        #expect(drained(&counter) == ["a 0 1", "a 1 0", "a 2 0"])
        #expect(counter.keyCount == 0)
        #expect(counter.silences == 1)
        add("a", [20], to: &counter)
        counter.close(until: second(22))
        #expect(drained(&counter) == ["a 20 1", "a 21 0"])
    }

    @Test("a silence within what is still open ends when its events are reached")
    func openSilence() {
        var counter = counter { $0.silentWindows = 1 }
        add("a", [0, 1_000_000_000_000], to: &counter)
        counter.close(through: second(1_000_000_000_000))
        #expect(drained(&counter) == ["a 0 1", "a 1 0", "a 1000000000000 1"])
        #expect(counter.skippedWindows == 999_999_999_998)
    }

    @Test("a jump of thousands of years tells the zeros that are owed and passes over the rest")
    func jump() {
        var counter = counter {
            $0.by = []
            $0.silentWindows = 3
        }
        add("", [0], to: &counter)
        counter.close(until: .latest)
        #expect(drained(&counter) == [" 0 1", " 1 0", " 2 0", " 3 0"])
        #expect(counter.keyCount == 1)
    }

    @Test("the key seen longest ago leaves for a further one; what it had open is lost and counted")
    func eviction() {
        var counter = counter { $0.keys = 2 }
        add("a", [0, 0, 1], to: &counter)
        add("b", [0], to: &counter)
        add("a", [1], to: &counter)
        add("c", [1], to: &counter)
        #expect(counter.lost == 1)
        #expect(counter.keyCount == 2)
        counter.close(until: second(2))
        #expect(drained(&counter) == ["a 0 2", "a 1 2", "c 1 1"])
    }

    @Test("a key that leaves is still told of in windows that have closed")
    func leaving() {
        var counter = counter { $0.keys = 1 }
        add("a", [0, 2, 7], to: &counter)
        counter.close(until: second(4))
        add("b", [7], to: &counter)
        #expect(counter.lost == 1)
        #expect(drained(&counter) == ["a 0 1", "a 1 0", "a 2 1"])
        add("c", [7], to: &counter)
        #expect(counter.lost == 2)
        counter.close(through: second(7))
        #expect(drained(&counter) == ["c 7 1"])
    }

    @Test("too many open counts close the oldest window early")
    func openLimit() {
        var counter = counter { $0.openCounts = 3 }
        add("a", [10, 11, 12], to: &counter)
        #expect(counter.closedEarly == 0)
        add("a", [13], to: &counter)
        #expect(counter.closedEarly == 1)
        #expect(counter.firstOpen == 11)
        #expect(drained(&counter) == ["a 10 1"])
    }

    @Test("a count of no events keeps a key from being silent")
    func presence() {
        var counter = counter { $0.silentWindows = 0 }
        let slot = counter.add([1], members: [])
        counter.add(0, window: 0, slot: slot)
        counter.add(0, window: 1, slot: slot)
        counter.close(until: second(5))
        var counts: [WindowCounter.Count] = []
        while let count = counter.next() { counts.append(count) }
        #expect(counts.map(\.window) == [0, 1])
        #expect(counts.map(\.count) == [0, 0])
    }
}
