#if Server
import FieldExtraction
import Foretail
import Foundation
import GRDB
import Synchronization
import Testing

@testable import ForetailSQLite

@Suite("A log whose disk fails")
struct StreamLogFaultTests {
    let folder: TemporaryLog

    init() throws { folder = try TemporaryLog() }

    /// Waits until the log takes events again.
    private func waitForRecovery(_ log: StreamLog) throws {
        let deadline = Date(timeIntervalSinceNow: 20)
        while log.bounds.failure != nil {
            try #require(Date() < deadline, "the log did not recover")
            usleep(5000)
        }
    }

    @Test(
        "A failed append is answered, begins a new epoch, and nothing of it appears as something else",
        arguments: [
            (LogFault.Place.append, ResultCode.SQLITE_FULL, LogFailure.Kind.full),
            (.append, .SQLITE_IOERR, .unavailable), (.commit, .SQLITE_IOERR_FSYNC, .unavailable),
        ])
    func failedAppend(place: LogFault.Place, code: ResultCode, kind: LogFailure.Kind) throws {
        let log = try folder.open()
        let losses = Mutex<[Actions.Gap]>([])
        log.onLoss { gap in losses.withLock { $0.append(gap) } }
        try log.append(TemporaryLog.batch(0..<10))
        folder.fault.plant(code, at: place)
        do {
            try log.append(TemporaryLog.batch(10..<15))
            Issue.record("the append succeeded")
        } catch let failure as LogFailure {
            #expect(failure.kind == kind)
            #expect(failure.message.contains(folder.path))
        }
        #expect(throws: LogFailure.self, "nothing is taken until a new epoch is stored") {
            try log.append(TemporaryLog.batch(0..<1))
        }
        try waitForRecovery(log)
        #expect(log.bounds.next == Position(epoch: 2, sequence: 1) && log.bounds.count == 10)
        let gap = try #require(losses.withLock { $0 }.first)
        #expect(gap.from == Position(sequence: 11) && gap.to == Position(sequence: 15) && gap.count == 5)
        #expect(log.bounds.lostRanges.map(\.to) == [gap.to])
        #expect(try log.append(TemporaryLog.batch(20..<22)) == Position(epoch: 2, sequence: 2))
        #expect(try log.numbers() == Array(0..<10) + [20, 21])
        let read = try log.readAll(after: Position(sequence: 13))
        #expect(read.gaps.map(\.count) == [3] && read.events.map(\.position.epoch) == [2, 2])
    }

    @Test("What is kept beside events is durable with them, or not at all")
    func mark() throws {
        var log = try folder.open()
        #expect(try log.mark() == nil)
        try log.append(TemporaryLog.batch(0..<2), mark: [1])
        try log.append(TemporaryLog.batch(2..<4))
        #expect(try log.mark() == [1])
        folder.fault.plant(.SQLITE_IOERR, at: .commit)
        #expect(throws: LogFailure.self) { try log.append(TemporaryLog.batch(4..<6), mark: [2]) }
        try waitForRecovery(log)
        #expect(try log.mark() == [1] && log.numbers() == Array(0..<4))
        try log.append(EventBatch(stream: "s"), mark: [3])
        try log.close()
        log = try folder.open()
        #expect(try log.mark() == [3] && log.numbers() == Array(0..<4), "a mark without events is kept, too")
        try log.close()
    }

    @Test("What was lost is told before the next event, once, and what goes on from it is refused")
    func losses() throws {
        let log = try folder.open()
        try log.append(TemporaryLog.batch(0..<10))
        folder.fault.plant(.SQLITE_FULL, at: .commit)
        #expect(throws: LogFailure.self) { try log.append(TemporaryLog.batch(10..<15)) }
        try waitForRecovery(log)
        var batch = TemporaryLog.batch(15..<16)
        // The rest of a body whose beginning was lost.
        #expect(throws: LogFailure.self) {
            try log.submit(&batch, now: Timestamp(microseconds: 0), epoch: 1) { _ in }
        }
        let losses = try log.submit(&batch, now: Timestamp(microseconds: 0)) { _ in }
        #expect(losses.map(\.to) == [Position(sequence: 15)])
        #expect(batch.frames.map(\.position) == [Position(epoch: 2, sequence: 1)])
        #expect(try log.submit(&batch, now: Timestamp(microseconds: 0), epoch: 2) { _ in }.isEmpty)
        #expect(log.takeLosses().isEmpty)
    }

    @Test("The last events are counted over all epochs")
    func ordinals() throws {
        let log = try folder.open()
        try log.append(TemporaryLog.batch(0..<10))
        folder.fault.plant(.SQLITE_FULL, at: .commit)
        #expect(throws: LogFailure.self) { try log.append(TemporaryLog.batch(10..<15)) }
        try waitForRecovery(log)
        try log.append(TemporaryLog.batch(15..<17))
        #expect(log.position(beforeLast: 5) == Position(sequence: 7))
        #expect(log.position(beforeLast: 1) == Position(epoch: 2, sequence: 1))
        #expect(log.position(beforeLast: 12) == nil)
        #expect(log.count(after: Position(sequence: 7)) == 5)
        #expect(log.count(after: Position(sequence: 12)) == 2)
        #expect(log.count(after: nil) == 12)
        #expect(log.count(after: Position(epoch: 2, sequence: 2)) == 0)
    }

    @Test("What a failed commit stored all the same is counted, and its positions stay its own")
    func storedAllTheSame() throws {
        let log = try folder.open()
        let losses = Mutex(0)
        log.onLoss { _ in losses.withLock { $0 += 1 } }
        try log.append(TemporaryLog.batch(0..<10))
        folder.fault.plant(.SQLITE_IOERR_FSYNC, at: .committed)
        #expect(throws: LogFailure.self) { try log.append(TemporaryLog.batch(10..<15)) }
        try waitForRecovery(log)
        #expect(losses.withLock { $0 } == 0)
        #expect(log.bounds.count == 15 && log.bounds.lastDurable == Position(sequence: 15))
        try log.append(TemporaryLog.batch(20..<21))
        #expect(try log.numbers() == Array(0..<15) + [20])
        #expect(try log.readAll().events.last?.position == Position(epoch: 2, sequence: 1))
    }

    @Test("A full file refuses, keeps what it has, can be read, and goes on when there is room")
    func fullFile() throws {
        folder.fault.setPageLimit(40)
        let log = try folder.open()
        var stored = 0
        var failure: LogFailure?
        while failure == nil {
            do {
                try log.append(TemporaryLog.batch(stored..<stored + 100, padding: 100))
                stored += 100
            } catch let error as LogFailure {
                failure = error
            }
        }
        #expect(failure?.kind == .full && stored > 500)
        #expect(try log.numbers() == Array(0..<stored))
        folder.fault.setPageLimit(1 << 20)
        // The limit is read when the file is opened, as it is after every failure.
        folder.fault.plant(.SQLITE_FULL, at: .begin)
        let deadline = Date(timeIntervalSinceNow: 20)
        while Date() < deadline {
            if (try? log.append(TemporaryLog.batch(stored..<stored + 100, padding: 100))) != nil { break }
            usleep(20_000)
        }
        #expect(try log.numbers() == Array(0..<stored + 100))
        #expect(log.bounds.next.epoch > 1)
    }

    @Test("Many failures do not make many epochs in the file")
    func manyFailures() throws {
        let log = try folder.open()
        try log.append(TemporaryLog.batch(0..<1))
        for _ in 0..<5 {
            folder.fault.plant(.SQLITE_FULL, at: .commit)
            #expect(throws: LogFailure.self) { try log.append(TemporaryLog.batch(0..<1)) }
            try waitForRecovery(log)
        }
        #expect(log.bounds.next == Position(epoch: 6, sequence: 1))
        #expect(log.state.withLock { $0.epochs.entries.count } == 2)
        try log.close()
        #expect(try folder.open().bounds.next == Position(epoch: 6, sequence: 1))
    }

    @Test("Two that opened the same file never give a position twice")
    func twoOwners() throws {
        let first = try folder.open()
        try first.append(TemporaryLog.batch(0..<10))
        let second = try folder.open()
        #expect(throws: LogFailure.self) { try first.append(TemporaryLog.batch(10..<12)) }
        #expect(try second.append(TemporaryLog.batch(20..<22)) == Position(epoch: 2, sequence: 2))
        try waitForRecovery(first)
        #expect(try first.append(TemporaryLog.batch(30..<31)) == Position(epoch: 3, sequence: 1))
        #expect(throws: LogFailure.self) { try second.append(TemporaryLog.batch(40..<41)) }
        #expect(try first.numbers() == Array(0..<10) + [20, 21, 30])
    }

    @Test("A foreign file, a newer one and another stream's are refused by name")
    func refusals() throws {
        try folder.database().write { try $0.execute(sql: "CREATE TABLE t (x)") }
        #expect(performing: { try folder.open() }, throws: { "\($0)".contains("not a log of foretail") })
        let newer = folder.folder + "/newer"
        try folder.open(at: newer).close()
        try folder.database(newer).write { try $0.execute(sql: "PRAGMA user_version = 9") }
        #expect(performing: { try folder.open(at: newer) }, throws: { "\($0)".contains("format version 9") })
        try folder.database(newer).write {
            try $0.execute(sql: "PRAGMA user_version = 1; UPDATE state SET stream = 'other'")
        }
        #expect(performing: { try folder.open(at: newer) }, throws: { "\($0)".contains("stream 'other'") })
        let text = folder.folder + "/text"
        try String(repeating: "no database ", count: 1000).write(toFile: text, atomically: true, encoding: .utf8)
        #expect(performing: { try folder.open(at: text) }, throws: { "\($0)".contains("damaged") })
        #expect(throws: LogFailure.self) { try folder.open(at: folder.folder + "/no/such/folder") }
    }
}
#endif
