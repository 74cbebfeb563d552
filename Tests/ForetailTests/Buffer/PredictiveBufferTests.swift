import FieldExtraction
import Testing

@testable import Foretail

@Suite("PredictiveBuffer") struct PredictiveBufferTests {
    private func results(_ ended: [PredictiveBuffer.Ended]) -> [String] {
        ended.map { "\($0.prediction.id) \($0.result)" + ($0.reason.map { " \($0.name)" } ?? "") }
    }

    private func take(
        _ buffer: inout PredictiveBuffer, at time: Int64, value: Double = .nan, matched: Bool = true
    ) -> [String] {
        var ended: [PredictiveBuffer.Ended] = []
        buffer.take(
            series: 0, time: Predictions.seconds(time), matched: matched, readings: [value, .nan], into: &ended)
        return results(ended)
    }

    private func expire(_ buffer: inout PredictiveBuffer, at time: Int64) -> [String] {
        var ended: [PredictiveBuffer.Ended] = []
        buffer.expire(before: Predictions.seconds(time), into: &ended)
        return results(ended)
    }

    @Test("both ends of a window belong to it", arguments: [10, 15, 20] as [Int64])
    func windowIsClosed(time: Int64) {
        var buffer = PredictiveBuffer()
        buffer.insert(Predictions.record(1, time: 15, window: 10...20))
        #expect(expire(&buffer, at: 20) == [])
        #expect(take(&buffer, at: time) == ["p_1 hit"])
    }

    @Test("an event outside every window takes no slot", arguments: [9, 21] as [Int64])
    func outsideTakesNothing(time: Int64) {
        var buffer = PredictiveBuffer()
        buffer.insert(Predictions.record(1, time: 15, window: 10...20))
        #expect(take(&buffer, at: time) == [])
        #expect(buffer.count == 1)
    }

    @Test("an event that does not match the filter takes a slot and is wrong")
    func unmatchedIsWrong() {
        var buffer = PredictiveBuffer()
        buffer.insert(Predictions.record(1, time: 15, window: 10...20))
        #expect(take(&buffer, at: 15, matched: false) == ["p_1 wrong"])
    }

    @Test("the first slot that agrees is taken, although an earlier one is open")
    func agreeingSlotWins() {
        var buffer = PredictiveBuffer()
        buffer.insert(Predictions.record(1, slot: 1, time: 11, window: 10...20, value: 1))
        buffer.insert(Predictions.record(2, slot: 2, time: 12, window: 10...20, value: 5))
        #expect(take(&buffer, at: 15, value: 5.2) == ["p_2 hit"])
        #expect(take(&buffer, at: 15, value: 99) == ["p_1 wrong"])
    }

    @Test("of slots expected at the same time the lower is taken")
    func lowerSlotBreaksTies() {
        var buffer = PredictiveBuffer()
        buffer.insert(Predictions.record(1, slot: 9, time: 15, window: 10...20))
        buffer.insert(Predictions.record(2, slot: 3, time: 15, window: 10...20))
        #expect(take(&buffer, at: 15) == ["p_2 hit"])
    }

    @Test("a slot's window is its latest record's, but each record is judged by its own")
    func latestRecordRules() {
        var buffer = PredictiveBuffer()
        buffer.insert(Predictions.record(1, time: 15, window: 10...20))
        buffer.insert(Predictions.record(2, time: 35, window: 30...40))
        #expect(take(&buffer, at: 15) == [])
        #expect(expire(&buffer, at: 35) == [])
        #expect(take(&buffer, at: 35) == ["p_1 wrong", "p_2 hit"])
        #expect(buffer.bytes == 0)
    }

    @Test("a slot that nobody took expires with all its records, after its window and not before")
    func expires() {
        var buffer = PredictiveBuffer()
        buffer.insert(Predictions.record(1, time: 15, window: 10...20))
        buffer.insert(Predictions.record(2, time: 16, window: 10...30))
        #expect(expire(&buffer, at: 30) == [])
        #expect(expire(&buffer, at: 31) == ["p_1 expired", "p_2 expired"])
        #expect(buffer.slotCount == 0)
    }

    @Test("a time to live that ends before the window withdraws the record")
    func timeToLive() {
        var buffer = PredictiveBuffer()
        buffer.insert(Predictions.record(1, time: 15, window: 10...20, expires: 5))
        #expect(expire(&buffer, at: 5) == [])
        #expect(expire(&buffer, at: 6) == ["p_1 withdrawn ttl"])
        buffer.insert(Predictions.record(2, time: 15, window: 10...20, expires: 5))
        #expect(expire(&buffer, at: 99) == ["p_2 withdrawn ttl"])
        buffer.insert(Predictions.record(3, time: 15, window: 10...20, expires: 25))
        #expect(expire(&buffer, at: 99) == ["p_3 expired"])
    }

    @Test("a record waits for its slot when a later record moves the slot beyond its expiry")
    func revisedRecordIsStillJudged() {
        var buffer = PredictiveBuffer()
        buffer.insert(Predictions.record(1, time: 15, window: 10...20, expires: 22))
        buffer.insert(Predictions.record(2, time: 35, window: 30...40, expires: 42))
        #expect(expire(&buffer, at: 39) == [])
        #expect(expire(&buffer, at: 41) == ["p_1 expired", "p_2 expired"])
    }

    @Test("a taken slot may open anew")
    func opensAnew() {
        var buffer = PredictiveBuffer()
        buffer.insert(Predictions.record(1, slot: 4, time: 15, window: 10...20))
        #expect(take(&buffer, at: 15) == ["p_1 hit"])
        buffer.insert(Predictions.record(2, slot: 4, time: 16, window: 12...22))
        #expect(expire(&buffer, at: 21) == [])
        #expect(expire(&buffer, at: 23) == ["p_2 expired"])
    }

    @Test("bytes and counts return to zero whatever way records leave")
    func bytesBalance() {
        var buffer = PredictiveBuffer()
        for id: UInt64 in 1...20 {
            let record = Predictions.record(
                id, series: Int32(id % 3), slot: Int(id % 5), time: Int64(id), window: Int64(id)...Int64(id) + 5)
            let before = buffer.bytes
            let cost = buffer.cost(of: record)
            buffer.insert(record)
            #expect(buffer.bytes == before + cost)
        }
        var ended: [PredictiveBuffer.Ended] = []
        buffer.withdraw(series: 1, reason: .evicted, into: &ended)
        buffer.expire(before: Predictions.seconds(18), into: &ended)
        buffer.withdrawAll(reason: .endOfInput, into: &ended)
        #expect(Set(ended.map(\.prediction.id.number)) == Set(1...20))
        #expect(ended.count == 20)
        #expect(buffer.bytes == 0 && buffer.count == 0 && buffer.slotCount == 0 && buffer.seriesCount == 0)
    }

    @Test("the series used longest ago is the next to leave, unless it is spared")
    func leastRecentlyUsed() {
        var buffer = PredictiveBuffer()
        #expect(buffer.leastRecentlyUsed(sparing: -1) == nil)
        for series: Int32 in [2, 0, 1] {
            buffer.insert(Predictions.record(UInt64(series + 1), series: series, time: 15, window: 10...20))
        }
        buffer.insert(Predictions.record(9, series: 2, slot: 2, time: 15, window: 10...20))
        #expect(buffer.leastRecentlyUsed(sparing: -1) == 0)
        #expect(buffer.leastRecentlyUsed(sparing: 0) == 1)
        var ended: [PredictiveBuffer.Ended] = []
        buffer.withdraw(series: 0, reason: .evicted, into: &ended)
        #expect(buffer.leastRecentlyUsed(sparing: 1) == 2)
    }
}
