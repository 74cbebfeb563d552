#if Server
import FieldExtraction
import Foretail
import Foundation
import Synchronization
import Testing

@testable import ForetailSQLite

/// Logs that close their files while others are used.
@Suite("Open logs") struct OpenLogsTests {
    let folder: TemporaryLog
    let writer = LogWriter(openLogs: 2)

    init() throws { folder = try TemporaryLog() }

    private func open(_ name: String, _ settings: LogSettings = LogSettings()) throws -> StreamLog {
        try StreamLog.open(
            path: "\(folder.folder)/\(name)", stream: "s", settings: settings, writer: writer,
            now: Timestamp(microseconds: 0))
    }

    /// The files of a log that this process has open.
    private func descriptors(_ log: StreamLog) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").compactMap {
            try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/fd/\($0)")
        }.filter { $0.hasPrefix(log.path) }
    }

    /// Waits until the writer has noted what was used; completions come before that.
    private func settle(_ logs: [StreamLog]) {
        for log in logs { while log.state.withLock({ $0.isScheduled }) { sched_yield() } }
    }

    @Test("Of many logs those used last stay open; the others give their files back and lose nothing")
    func rests() throws {
        let logs = try ["a", "b", "c", "d"].map { try open($0) }
        for (number, log) in logs.enumerated() { try log.append(TemporaryLog.batch(number..<number + 3)) }
        settle(logs)
        #expect(try logs.map { try descriptors($0).isEmpty } == [true, true, false, false])
        #expect(writer.openLogCount == 2)
        #expect(!FileManager.default.fileExists(atPath: logs[0].path + "-wal"))
        #expect(logs[0].bounds.count == 3 && logs[0].bounds.failure == nil)
        // A reading opens it, an append goes on in the same epoch.
        #expect(try logs[0].numbers() == [0, 1, 2])
        #expect(try descriptors(logs[2]).isEmpty)
        #expect(try logs[1].append(TemporaryLog.batch(4..<6)) == Position(sequence: 5))
        settle([logs[0], logs[1]])
        #expect(try logs.map { try descriptors($0).isEmpty } == [false, false, true, true])
        for (number, log) in logs.enumerated() {
            #expect(try log.numbers() == Array(number..<number + (number == 1 ? 5 : 3)))
            try log.close()
        }
        #expect(writer.openLogCount == 0)
        let again = try open("b")
        #expect(try again.append(TemporaryLog.batch(6..<7)) == Position(sequence: 6))
    }

    @Test("A log that rests when the program ends begins a new epoch, with all that was written")
    func crash() throws {
        let logs = try ["a", "b", "c"].map { try open($0) }
        for log in logs { try log.append(TemporaryLog.batch(0..<3)) }
        settle(logs)
        #expect(try descriptors(logs[0]).isEmpty)
        let again = try open("a")
        #expect(try again.numbers() == [0, 1, 2])
        #expect(try again.append(TemporaryLog.batch(3..<4)) == Position(epoch: 2, sequence: 1))
        // What was open before does not give positions that another has given.
        #expect(throws: LogFailure.self) { try logs[0].append(TemporaryLog.batch(9..<10)) }
    }

    @Test("A log with something to write does not rest")
    func busy() throws {
        let log = try open("a")
        log.writing.withLock { _ in #expect(!log.rest()) }
        log.reading.withLock { _ in #expect(!log.rest()) }
        #expect(log.rest())
    }

    @Test("A file that is removed while its log rests is missed, not made anew with the same positions")
    func gone() throws {
        let log = try open("a")
        try log.append(TemporaryLog.batch(0..<3))
        #expect(log.rest())
        try FileManager.default.removeItem(atPath: log.path)
        let error = #expect(throws: LogFailure.self) { try log.append(TemporaryLog.batch(3..<4)) }
        #expect(error?.message.contains("the file is gone") == true)
        #expect(!FileManager.default.fileExists(atPath: log.path))
    }

    @Test("Retention that has nothing to forget lets a log rest, and wakes it when it has")
    func retention() throws {
        var settings = LogSettings()
        settings.retentionMicroseconds = 10_000_000
        let log = try open("a", settings)
        try log.append(TemporaryLog.batch(0..<3), now: 5_000_000)
        try log.giveBack()
        settle([log])
        #expect(log.rest())
        #expect(try log.enforceRetention(now: Timestamp(microseconds: 15_000_000)) == nil)
        try log.giveBack()
        #expect(try descriptors(log).isEmpty)
        #expect(try log.enforceRetention(now: Timestamp(microseconds: 15_000_001)) == Position(sequence: 3))
        #expect(try log.numbers().isEmpty)
    }
}
#endif
