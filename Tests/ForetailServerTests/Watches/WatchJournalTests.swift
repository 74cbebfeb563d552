#if Server
import FieldExtraction
import Foretail
import ForetailSQLite
import Logging
import Synchronization
import Testing

@testable import ForetailServer

@Suite("The journal of watches") struct WatchJournalTests {
    /// A disk that can be told to fail.
    private final class Disk: Sendable {
        let isBroken = Atomic(false)
        let attempts = Atomic(0)
        let kept = Mutex<[Int64]>([])

        func keep(_ changes: [WatchChange]) throws(CatalogueFailure) {
            attempts.add(1, ordering: .relaxed)
            if isBroken.load(ordering: .relaxed) { throw CatalogueFailure(message: "no room", isFull: true) }
            kept.withLock { kept in
                for case .record(let record, _) in changes { kept.append(record.number) }
            }
        }
    }

    private func journal(_ disk: Disk, limit: Int = 2) -> WatchJournal {
        var limits = ServerLimits()
        limits.waitingWatches = limit
        return WatchJournal(
            after: 10, limits: limits, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() },
            keep: { (changes, _) throws(CatalogueFailure) in try disk.keep(changes) })
    }

    private func record() throws -> WatchRecord {
        var manager = PredictiveBufferManager()
        _ = try manager.registerTailRequest(
            streamName: "s", destination: DestinationID(1),
            prediction: .watching(WatchSettings(overdue: .init())))
        var open = OpenWatch(
            id: 1, request: TailRequestID(1), key: [], kind: .overdue, probability: 0.95,
            windowStart: Timestamp(microseconds: 0), windowEnd: Timestamp(microseconds: 1),
            deadline: Timestamp(microseconds: 2), isCalibrated: true, position: nil)
        open.match = OpenWatch.Match(time: Timestamp(microseconds: 1), position: Position(sequence: 1))
        var actions = Actions()
        manager.resumeWatches([open], stream: "s", into: &actions)
        for case .watch(let watch, _) in actions.items { return watch }
        throw CancellationError()
    }

    @Test("Records are told when they are kept, in order, and not before")
    func kept() async throws {
        let disk = Disk()
        let journal = journal(disk)
        let told = Mutex<[Int64]>([])
        let watch = try record()
        disk.isBroken.store(true, ordering: .relaxed)
        let numbers = (0..<3).map { _ in
            journal.add(watch, bytes: [], from: 0) { number in
                #expect(disk.kept.withLock { $0.contains(number) })
                told.withLock { $0.append(number) }
            }
        }
        #expect(numbers == [11, 12, 13])
        #expect(journal.waitingRecords == 3 && !journal.hasRoom, "one beyond the limit of two")
        while disk.attempts.load(ordering: .relaxed) < 2 { await Task.yield() }
        #expect(told.withLock { $0 }.isEmpty)
        #expect(journal.problem == "no room")
        disk.isBroken.store(false, ordering: .relaxed)
        await journal.flush()
        #expect(disk.kept.withLock { $0 } == [11, 12, 13])
        #expect(told.withLock { $0.last } == 13)
        #expect(journal.waitingRecords == 0 && journal.hasRoom && journal.problem == nil)
    }

    @Test("A journal that cannot write does not hold up the end, and tells nothing")
    func closed() async throws {
        let disk = Disk()
        let journal = journal(disk)
        disk.isBroken.store(true, ordering: .relaxed)
        let isTold = Atomic(false)
        _ = journal.add(try record(), bytes: [], from: 0) { _ in isTold.store(true, ordering: .relaxed) }
        while journal.problem == nil { await Task.yield() }
        await journal.close()
        await journal.flush()
        let wasTold = isTold.load(ordering: .relaxed)
        #expect(!wasTold)
        #expect(disk.kept.withLock { $0 }.isEmpty)
    }
}
#endif
