import FieldExtraction
import Testing

@testable import Foretail

@Suite("Stored counters") struct StoredCounterTests {
    private func counter(by fields: [String] = ["k"], zeros: Int? = 3) throws -> StoredCounter {
        var settings = CountSettings(windowMicroseconds: 10_000_000)
        settings.by = fields.map { FieldPath($0) }
        settings.silentWindows = zeros
        var descriptor = StreamDescriptor(name: "s")
        descriptor.isLive = true
        descriptor.latenessMicroseconds = 1_000_000
        return try StoredCounter(descriptor, filter: "event.n != 7", settings: settings, limits: Limits())
    }

    /// Events out of order by some seconds, with a jump.
    private func events(_ count: Int) -> (batch: EventBatch, times: [Timestamp]) {
        var batch = EventBatch(stream: "s")
        var times: [Timestamp] = []
        var state: UInt64 = 17
        for number in 0..<count {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            let noise = Int(state >> 60)
            let time = 1_700_000_000 + number * 2 - noise / 2 + (number > count / 2 ? 500 : 0)
            batch.append(
                #"{"time":\#(time),"k":"\#(state >> 40 & 3)","n":\#(noise)}"#,
                at: Position(sequence: UInt64(number + 1)))
            times.append(Timestamp(microseconds: Int64(time + 20) * 1_000_000))
        }
        return (batch, times)
    }

    private func texts(_ batch: EventBatch) -> [String] {
        batch.frames.map { String(decoding: batch.bytes[$0.body], as: UTF8.self) }
    }

    /// Takes events; after every `every`, and between windows, another counter goes on from the state.
    private func run(_ counter: StoredCounter, handingOverEvery every: Int?) throws -> ([String], CountStatus) {
        var counter = counter
        let (batch, times) = events(400)
        var counts = EventBatch(stream: "s")
        var place = 0
        var handed = 0
        while place < batch.count {
            try counter.take(batch, times: times, from: &place)
            while !counter.drain(into: &counts, bytes: every == nil ? 1 << 20 : counts.bytes.count + 1) {
                if every != nil { try handOver(&counter) }
            }
            if let every, place - handed >= every {
                handed = place
                try handOver(&counter)
            }
        }
        return (texts(counts), counter.status)
    }

    private func handOver(_ counter: inout StoredCounter) throws {
        var next = try self.counter()
        try next.restore(counter.state[...])
        counter = next
    }

    @Test("A counter that goes on from the state of another one gives the same counts", arguments: [1, 3, 50])
    func handover(every: Int) throws {
        let (expected, before) = try run(counter(), handingOverEvery: nil)
        let (found, after) = try run(counter(), handingOverEvery: every)
        #expect(expected.count > 100)
        let isSame = found == expected
        #expect(isSame, "\(String(describing: zip(found, expected).first { $0 != $1 }))")
        #expect(after.counted == before.counted && after.late == before.late && after.events == before.events)
        #expect(before.late > 0 && before.silences > 0)
    }

    @Test("The windows of a silent stream close by the clock, with grace and lateness, and once")
    func silence() throws {
        var counter = try counter(by: [])
        var batch = EventBatch(stream: "s")
        batch.append(#"{"time":1700000001,"k":"a","n":1}"#, at: Position(sequence: 1))
        let arrival: Int64 = 1_700_000_001_000_000
        var place = 0
        try counter.take(batch, times: [Timestamp(microseconds: arrival)], from: &place)
        var counts = EventBatch(stream: "s")
        for (seconds, told) in [(0, 0), (8, 0), (12, 1), (12, 1), (22, 2)] {
            counter.tick(now: Timestamp(microseconds: arrival + Int64(seconds) * 1_000_000))
            #expect(counter.drain(into: &counts, bytes: 1 << 20))
            #expect(counts.count == told, "after \(seconds) s")
            try {
                var next = try self.counter(by: [])
                try next.restore(counter.state[...])
                counter = next
            }()
        }
        #expect(texts(counts).first == #"{"time":"2023-11-14T22:13:30Z","count":1}"#)
    }

    @Test("A state that is damaged or of other windows is refused, and changes nothing")
    func damage() throws {
        var counter = try counter()
        let (batch, times) = events(60)
        var place = 0
        try counter.take(batch, times: times, from: &place)
        var counts = EventBatch(stream: "s")
        _ = counter.drain(into: &counts, bytes: 1 << 20)
        let state = counter.state
        var other = try self.counter()
        for length in [0, 3, state.count / 2, state.count - 1] {
            #expect(throws: ForetailError.self) { try other.restore(state[..<length]) }
        }
        #expect(throws: ForetailError.self) { try other.restore((state + [0])[...]) }
        #expect(other.status.events == 0)
        try other.restore(state[...])
        #expect(other.state == state)
    }
}
