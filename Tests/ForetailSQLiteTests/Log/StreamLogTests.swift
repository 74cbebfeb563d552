#if Server
import FieldExtraction
import Foretail
import Foundation
import Synchronization
import Testing

@testable import ForetailSQLite

@Suite("The log of a stream")
struct StreamLogTests {
    let folder: TemporaryLog

    init() throws { folder = try TemporaryLog() }

    @Test("An event comes back as it went in: text, record, line, time, position")
    func roundTrip() throws {
        let log = try folder.open()
        var batch = EventBatch(stream: "s")
        batch.bytes = Array(#"a,b{"x":1}{"y":2}"#.utf8)
        batch.frames = [
            EventBatch.Frame(body: 3..<10, raw: 0..<3, line: 7), EventBatch.Frame(body: 10..<17, raw: 10..<17, line: 9),
        ]
        #expect(try log.append(batch, now: 1_000) == Position(epoch: 1, sequence: 2))
        try log.append(TemporaryLog.batch(0..<1), now: 500)
        var read = EventBatch(stream: "s")
        var times: [Timestamp] = []
        let reading = try log.read(after: nil, limit: 10, bytes: 1000, into: &read, ingestTimes: &times)
        #expect(reading.next == Position(epoch: 1, sequence: 3))
        #expect(!reading.mayHaveMore)
        #expect(read.frames.map(\.line) == [7, 9, 1])
        #expect(
            read.frames.map { String(decoding: read.bytes[$0.body], as: UTF8.self) }.prefix(2) == [
                #"{"x":1}"#, #"{"y":2}"#,
            ])
        #expect(
            read.frames.map { String(decoding: read.bytes[$0.raw], as: UTF8.self) }.prefix(2) == ["a,b", #"{"y":2}"#])
        #expect(read.frames[1].raw == read.frames[1].body)
        #expect(times.map(\.microseconds) == [1000, 1000, 500])
        let bounds = log.bounds
        #expect(bounds.count == 3 && bounds.first == Position(sequence: 1) && bounds.next == Position(sequence: 4))
        #expect(bounds.bytes > 100 && bounds.oldest == Timestamp(microseconds: 1000) && bounds.queuedBytes == 0)
        try log.close()
    }

    @Test("Positions are given at once, in order; completions come in order, when durable")
    func submissions() throws {
        let log = try folder.open()
        let order = Mutex<[Position]>([])
        let done = DispatchSemaphore(value: 0)
        var expected: [Position] = []
        for number in 0..<200 {
            var batch = TemporaryLog.batch(number * 5..<number * 5 + number % 5)
            try log.submit(&batch, now: Timestamp(microseconds: 0)) { result in
                order.withLock { $0.append((try? result.get()) ?? Position(sequence: 0)) }
                done.signal()
            }
            expected.append(Position(sequence: log.bounds.next.sequence - 1))
            #expect(batch.frames.last.map { $0.position == expected.last! } ?? true)
        }
        for _ in 0..<200 { done.wait() }
        #expect(order.withLock { $0 } == expected)
        #expect(try log.readAll(limit: 7).events.map(\.position.sequence) == Array(1...400))
    }

    @Test("A log that was closed goes on in its epoch; one that was not begins a new one")
    func epochs() throws {
        var log = try folder.open()
        try log.append(TemporaryLog.batch(0..<3))
        try log.close()
        log = try folder.open()
        #expect(try log.append(TemporaryLog.batch(3..<4)) == Position(epoch: 1, sequence: 4))
        log = try folder.open()
        #expect(log.bounds.next == Position(epoch: 2, sequence: 1))
        log = try folder.open()
        #expect(log.bounds.next == Position(epoch: 3, sequence: 1), "positions of epoch 2 may have been given")
        #expect(log.bounds.lastDurable == Position(epoch: 1, sequence: 4))
        #expect(try log.append(TemporaryLog.batch(4..<6)) == Position(epoch: 3, sequence: 2))
        #expect(try log.numbers() == [0, 1, 2, 3, 4, 5])
        try log.close()
        log = try folder.open()
        #expect(log.bounds.next == Position(epoch: 3, sequence: 3) && log.bounds.count == 6)
    }

    @Test("Who resumes behind what was lost gets a gap, then the next epoch")
    func crashGap() throws {
        var log = try folder.open()
        try log.append(TemporaryLog.batch(0..<10))
        log = try folder.open()
        var read = try log.readAll(after: Position(epoch: 1, sequence: 15))
        #expect(read.events.isEmpty && read.next == Position(epoch: 2, sequence: 0))
        #expect(read.gaps.count == 1)
        #expect(
            read.gaps[0].from == Position(epoch: 1, sequence: 11) && read.gaps[0].to == Position(epoch: 1, sequence: 15)
        )
        #expect(read.gaps[0].count == 5 && read.gaps[0].reason == "crash")
        try log.append(TemporaryLog.batch(10..<12))
        #expect(try log.numbers(after: read.next) == [10, 11])
        #expect(try log.readAll(after: read.next).gaps.isEmpty)
        read = try log.readAll(after: Position(epoch: 1, sequence: 10))
        #expect(read.gaps.isEmpty && read.events.count == 2)
        log = try folder.open()
        log = try folder.open()
        read = try log.readAll(after: Position(epoch: 3, sequence: 2))
        #expect(read.gaps.map(\.from) == [Position(epoch: 3, sequence: 1)] && read.events.isEmpty)
        #expect(try log.readAll(after: Position(epoch: 9, sequence: 1)).events.isEmpty)
    }

    @Test("A reading keeps to its limits, wherever in a block it begins")
    func paging() throws {
        var settings = LogSettings()
        settings.blockBytes = 2000
        let log = try folder.open(settings)
        try log.append(TemporaryLog.batch(0..<1000, padding: 50))
        for limit in [1, 3, 17, 1000] { #expect(try log.numbers(limit: limit) == Array(0..<1000)) }
        #expect(try log.numbers(after: Position(sequence: 990)) == Array(990..<1000))
        var batch = EventBatch(stream: "s")
        var times: [Timestamp] = []
        let reading = try log.read(after: nil, limit: 1000, bytes: 600, into: &batch, ingestTimes: &times)
        #expect((8...12).contains(batch.count) && reading.mayHaveMore)
        #expect(reading.next == batch.frames.last?.position)
    }

    @Test("Many logs on one thread are written side by side, read while they are written, and drained at the end")
    func manyLogs() async throws {
        let folder = folder
        let logs = try (0..<8).map { try folder.open(at: folder.folder + "/\($0)") }
        let completed = Mutex(0)
        for round in 0..<50 {
            for log in logs {
                var batch = TemporaryLog.batch(round * 20..<round * 20 + 20)
                try log.submit(&batch, now: Timestamp(microseconds: 0)) { _ in completed.withLock { $0 += 1 } }
            }
            let numbers = try logs[round % 8].numbers()
            #expect(numbers == Array(0..<numbers.count) && numbers.count % 20 == 0)
        }
        await folder.writer.shutDown()
        #expect(completed.withLock { $0 } == 400)
        for log in logs {
            #expect(try log.numbers() == Array(0..<1000))
            #expect(
                try log.append(TemporaryLog.batch(0..<1)).sequence == 1001, "after the writer's end the caller writes")
            try log.close()
        }
    }

    @Test("Beyond the queue's bytes submit refuses and gives no position")
    func fullQueue() throws {
        var settings = LogSettings()
        settings.queuedBytes = 10_000
        let log = try folder.open(settings)
        let (held, release) = (DispatchSemaphore(value: 0), DispatchSemaphore(value: 0))
        var batch = TemporaryLog.batch(0..<1)
        try log.submit(&batch, now: Timestamp(microseconds: 0)) { _ in
            held.signal()
            release.wait()
        }
        held.wait()
        batch = TemporaryLog.batch(0..<1000)
        try log.submit(&batch, now: Timestamp(microseconds: 0)) { _ in }
        let next = log.bounds.next
        #expect(throws: LogFailure.self) { try log.submit(&batch, now: Timestamp(microseconds: 0)) { _ in } }
        #expect(log.bounds.next == next)
        release.signal()
        try log.close()
        #expect(throws: LogFailure.self) { try log.append(TemporaryLog.batch(0..<1)) }
        #expect(try folder.open().bounds.count == 1001)
    }
}
#endif
