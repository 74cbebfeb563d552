#if Server
import FieldExtraction
import Foretail
import ForetailTesting
import GRDB
import Testing

@testable import ForetailSQLite

@Suite("A log behind the port")
struct SQLiteEventLogTests {
    /// What any log must do.
    private func holds(_ log: inout some EventLog) async throws {
        var batch = TemporaryLog.batch(0..<10)
        try await log.submit(&batch)
        #expect(batch.frames.map(\.position.sequence) == Array(1...10))
        try await log.settle()
        batch = TemporaryLog.batch(10..<20)
        try await log.submit(&batch)
        try await log.settle()
        var read = EventBatch(stream: "s")
        #expect(try await log.read(after: nil, limit: 5, into: &read))
        #expect(read.frames.map(\.position.sequence) == [1, 2, 3, 4, 5])
        #expect(String(decoding: read.bytes[read.frames[4].body], as: UTF8.self).hasPrefix("{\"n\":4,"))
        read.removeAll()
        #expect(try await !log.read(after: Position(sequence: 5), limit: 100, into: &read))
        #expect(read.frames.map(\.position.sequence) == Array(6...20))
        try await log.trim(through: Position(sequence: 13))
        read.removeAll()
        #expect(try await !log.read(after: nil, limit: 100, into: &read))
        #expect(read.frames.map(\.position.sequence) == Array(14...20))
        read.removeAll()
        #expect(try await !log.read(after: Position(sequence: 20), limit: 100, into: &read))
        #expect(read.count == 0)
    }

    @Test("The log in memory and the log on the disk do the same")
    func same() async throws {
        var memory = InMemoryLog()
        try await holds(&memory)
        let folder = try TemporaryLog()
        var disk = SQLiteEventLog(try folder.open()) { Timestamp(microseconds: 0) }
        try await holds(&disk)
    }

    @Test("What fails after submit is said by settle, once")
    func failure() async throws {
        let folder = try TemporaryLog()
        var log = SQLiteEventLog(try folder.open()) { Timestamp(microseconds: 0) }
        folder.fault.plant(.SQLITE_FULL, at: .commit)
        var batch = TemporaryLog.batch(0..<10)
        try await log.submit(&batch)
        await #expect(throws: ForetailError.self) { try await log.settle() }
    }
}
#endif
