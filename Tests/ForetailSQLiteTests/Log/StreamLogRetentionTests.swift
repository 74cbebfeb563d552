#if Server
import FieldExtraction
import Foretail
import Foundation
import GRDB
import Testing

@testable import ForetailSQLite

@Suite("What a log forgets")
struct StreamLogRetentionTests {
    let folder: TemporaryLog

    init() throws { folder = try TemporaryLog() }

    /// A log of ten blocks of ten events, a second apart.
    private func tenBlocks(_ settings: LogSettings = LogSettings()) throws -> StreamLog {
        let log = try folder.open(settings)
        for block in 0..<10 {
            try log.append(TemporaryLog.batch(block * 10..<block * 10 + 10), now: Int64(block) * 1_000_000)
        }
        return log
    }

    @Test("Trimming forgets up to a position, in the middle of a block as well, and for good")
    func trim() throws {
        var log = try tenBlocks()
        let bytes = log.bounds.bytes
        try log.trim(through: Position(sequence: 25))
        for _ in 0..<2 {
            #expect(log.bounds.first == Position(sequence: 26) && log.bounds.count == 75)
            #expect(
                abs(log.bounds.bytes - bytes * 8 / 10) < 20 && log.bounds.oldest == Timestamp(microseconds: 2_000_000))
            let all = try log.readAll()
            #expect(all.events.first?.position == Position(sequence: 26) && all.gaps.isEmpty && all.events.count == 75)
            let behind = try log.readAll(after: Position(sequence: 3), limit: 8)
            #expect(behind.events.count == 75 && behind.gaps.count == 1)
            #expect(behind.gaps[0].from == Position(sequence: 4) && behind.gaps[0].to == Position(sequence: 25))
            #expect(behind.gaps[0].count == 22 && behind.gaps[0].reason == "retention")
            log = try folder.open()
        }
        try log.trim(through: Position(epoch: 9, sequence: 1))
        #expect(log.bounds.first == nil && log.bounds.count == 0 && log.bounds.bytes == 0 && log.bounds.oldest == nil)
        #expect(log.bounds.lastDurable == Position(sequence: 100))
        #expect(try log.readAll(after: Position(sequence: 90)).gaps.map(\.count) == [10])
        try log.append(TemporaryLog.batch(0..<1))
        log = try folder.open()
        #expect(log.bounds.count == 1 && log.bounds.lastDurable == Position(epoch: 3, sequence: 1))
    }

    @Test("What is forgotten is given back to the disk but for a spare, and nothing kept is touched")
    func giveBack() throws {
        let log = try folder.open()
        for block in 0..<40 { try log.append(TemporaryLog.batch(block * 10..<block * 10 + 10, padding: 100_000)) }
        func size() throws -> Int {
            try FileManager.default.attributesOfItem(atPath: folder.path)[.size] as? Int ?? 0
        }
        try log.giveBack()
        let full = try size()
        #expect(full > 30 << 20)
        try log.trim(through: Position(sequence: 390))
        while true {
            let before = try size()
            try log.giveBack()
            if try size() == before { break }
        }
        #expect(try size() < 20 << 20)
        #expect(try log.numbers(limit: 5) == Array(390..<400))
        try log.append(TemporaryLog.batch(400..<401))
        try log.close()
        #expect(try folder.open().numbers(limit: 5) == Array(390..<401))
    }

    @Test("Blocks older than the retention's age are forgotten")
    func age() throws {
        var settings = LogSettings()
        settings.retentionMicroseconds = 5_000_000
        let log = try tenBlocks(settings)
        #expect(try log.enforceRetention(now: Timestamp(microseconds: 5_000_000)) == nil)
        #expect(try log.enforceRetention(now: Timestamp(microseconds: 8_500_000)) == Position(sequence: 40))
        #expect(try log.numbers() == Array(40..<100))
        #expect(try log.enforceRetention(now: Timestamp(microseconds: 99_000_000)) == Position(sequence: 100))
        #expect(log.bounds.count == 0)
        #expect(try log.enforceRetention(now: Timestamp(microseconds: 99_000_000)) == nil)
    }

    @Test("Beyond the retention's bytes the oldest blocks are forgotten, also those of an earlier epoch")
    func bytes() throws {
        var log = try tenBlocks()
        let bytes = log.bounds.bytes
        log = try folder.open()
        var settings = LogSettings()
        settings.retentionBytes = bytes * 55 / 100
        log.setSettings(settings)
        #expect(try log.enforceRetention(now: Timestamp(microseconds: 0)) == Position(sequence: 50))
        #expect(log.bounds.bytes <= bytes * 55 / 100 && log.bounds.count == 50)
        try log.append(TemporaryLog.batch(0..<10))
        #expect(try log.enforceRetention(now: Timestamp(microseconds: 0)) == Position(sequence: 60))
        #expect(try log.readAll(after: Position(sequence: 10)).gaps.map(\.count) == [50])
    }

    @Test("A retention that cannot be written says so and forgets nothing")
    func failure() throws {
        let log = try tenBlocks()
        folder.fault.plant(.SQLITE_FULL, at: .trim)
        #expect(throws: LogFailure.self) { try log.trim(through: Position(sequence: 50)) }
        #expect(log.bounds.count == 100)
        #expect(try log.numbers() == Array(0..<100))
        try log.append(TemporaryLog.batch(100..<101))
        try log.trim(through: Position(sequence: 50))
        #expect(log.bounds.count == 51)
    }
}
#endif
