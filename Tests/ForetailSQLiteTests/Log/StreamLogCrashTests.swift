#if Server
import FieldExtraction
import Foretail
import Foundation
import GRDB
import Synchronization
import Testing

@testable import ForetailSQLite

/// A copy of file and journal taken at any moment is what `kill -9` leaves.
@Suite("A log after a crash")
struct StreamLogCrashTests {
    let folder: TemporaryLog

    init() throws { folder = try TemporaryLog() }

    /// Copies the files while they are written. A copy during which a checkpoint wrote to the file is no state of one moment, so
    /// it is taken again.
    private func copyFiles(to path: String) throws {
        while true {
            try StreamLog.remove(path: path)
            let file = try Data(contentsOf: URL(fileURLWithPath: folder.path))
            let journal = try Data(contentsOf: URL(fileURLWithPath: folder.path + "-wal"))
            guard try Data(contentsOf: URL(fileURLWithPath: folder.path)) == file else { continue }
            try file.write(to: URL(fileURLWithPath: path))
            try journal.write(to: URL(fileURLWithPath: path + "-wal"))
            return
        }
    }

    @Test(
        "All that was acknowledged is there, in order, nothing twice; then a new epoch", arguments: Durability.allCases)
    func copies(durability: Durability) throws {
        var settings = LogSettings()
        settings.durability = durability
        settings.blockBytes = 4000
        let log = try folder.open(settings)
        let acknowledged = Mutex<UInt64>(0)
        let isOver = Mutex(false)
        let thread = Thread {
            var number = 0
            while !isOver.withLock({ $0 }), number < 60_000 {
                var batch = TemporaryLog.batch(number..<number + 1 + number % 50)
                number += batch.count
                _ = try? log.submit(&batch, now: Timestamp(microseconds: 0)) { result in
                    if case .success(let position) = result { acknowledged.withLock { $0 = position.sequence } }
                }
                usleep(200)
            }
        }
        thread.start()
        defer { isOver.withLock { $0 = true } }
        for round in 0..<15 {
            // Whoever closes an earlier copy removes the journal of that name.
            let path = folder.folder + "/copy-\(round)"
            usleep(20_000)
            let before = acknowledged.withLock { $0 }
            try copyFiles(to: path)
            let copy = try folder.open(settings, at: path)
            let numbers = try copy.numbers(limit: 10_000)
            #expect(numbers == Array(0..<numbers.count))
            #expect(numbers.count >= Int(before) && copy.bounds.count == numbers.count)
            #expect(copy.bounds.next == Position(epoch: 2, sequence: 1))
            #expect(try copy.append(TemporaryLog.batch(0..<1)) == Position(epoch: 2, sequence: 1))
            let lost = try copy.readAll(after: Position(sequence: UInt64(numbers.count + 5)))
            #expect(lost.gaps.map(\.count) == [5] && lost.events.count == 1)
        }
    }

    @Test("A journal cut anywhere gives a first part of the events")
    func cuts() throws {
        let log = try folder.open()
        for block in 0..<20 { try log.append(TemporaryLog.batch(block * 10..<block * 10 + 10)) }
        try copyFiles(to: folder.folder + "/copy")
        let path = folder.folder + "/copy"
        let file = try Data(contentsOf: URL(fileURLWithPath: path))
        let journal = try Data(contentsOf: URL(fileURLWithPath: path + "-wal"))
        var generator = Sequence64(state: 3)
        var counts: Set<Int> = []
        for round in 0..<30 {
            let path = path + "-\(round)"
            try file.write(to: URL(fileURLWithPath: path))
            try journal.prefix(Int.random(in: 0...journal.count, using: &generator))
                .write(to: URL(fileURLWithPath: path + "-wal"))
            let copy = try folder.open(at: path)
            let numbers = try copy.numbers(limit: 10_000)
            #expect(numbers == Array(0..<numbers.count) && numbers.count % 10 == 0)
            counts.insert(numbers.count)
            #expect(try copy.append(TemporaryLog.batch(0..<1)).sequence == 1)
        }
        #expect(counts.count > 5)
    }
}
#endif
