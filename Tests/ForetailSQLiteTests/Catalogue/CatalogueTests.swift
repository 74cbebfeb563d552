#if Server
import FieldExtraction
import Foretail
import Foundation
import GRDB
import Testing

@testable import ForetailSQLite

@Suite("The catalogue")
struct CatalogueTests {
    let folder: TemporaryLog
    let now = Timestamp(microseconds: 1_000_000)

    init() throws { folder = try TemporaryLog() }

    /// The catalogue, opened anew.
    private func open() throws -> Catalogue { try Catalogue(path: folder.path) }

    @Test("Streams are put, replaced, listed and removed")
    func streams() throws {
        let catalogue = try open()
        try catalogue.putStream(StoredStream(name: "b", descriptor: "{}", created: now))
        try catalogue.putStream(StoredStream(name: "a", descriptor: "{}", created: now))
        try catalogue.putStream(StoredStream(name: "b", descriptor: #"{"k":1}"#, created: Timestamp(microseconds: 5)))
        let expected = [
            StoredStream(name: "a", descriptor: "{}", created: now),
            StoredStream(name: "b", descriptor: #"{"k":1}"#, created: now),
        ]
        #expect(try catalogue.streams() == expected)
        #expect(try open().streams() == expected, "another connection sees them")
        #expect(try catalogue.removeStream("a") && !catalogue.removeStream("a"))
        #expect(try catalogue.streams().map(\.name) == ["b"])
    }

    @Test("A number is never used again, not even after the last request was removed and purged")
    func numbers() throws {
        var catalogue = try open()
        #expect(try catalogue.addRequest(stream: "s", definition: "one", created: now) == 1)
        #expect(try catalogue.addRequests([("s", "two"), ("t", "three")], created: now) == [2, 3])
        #expect(try catalogue.updateRequest(2, definition: "2"))
        #expect(try catalogue.removeRequest(3, at: now) && !catalogue.removeRequest(3, at: now))
        #expect(try !catalogue.updateRequest(3, definition: "3"))
        #expect(try catalogue.request(3)?.removed == now)
        #expect(try catalogue.purgeRequests(removedBefore: Timestamp(microseconds: 2_000_000)) == 1)
        #expect(try catalogue.request(3) == nil)
        try catalogue.close()
        catalogue = try open()
        #expect(try catalogue.addRequest(stream: "s", definition: "four", created: now) == 4)
        #expect(try catalogue.requests(limit: 10).map(\.definition) == ["one", "2", "four"])
        #expect(try catalogue.requests(after: 1, limit: 1).map(\.number) == [2])
        #expect(
            try catalogue.request(2) == StoredRequest(number: 2, stream: "s", definition: "2", created: now))
    }

    @Test("Filters keep their order; cursors the last position; both go with their request")
    func positions() throws {
        let catalogue = try open()
        let number = try catalogue.addRequest(stream: "s", definition: "", created: now)
        for place in 1...3 {
            let change = StoredFilterChange(position: Position(sequence: UInt64(9 - place)), filter: "f\(place)")
            try catalogue.addFilterChange(change, of: number)
        }
        #expect(try catalogue.filterChanges(of: number).map(\.filter) == ["f1", "f2", "f3"])
        #expect(try catalogue.filterChanges()[number]?.map(\.position.sequence) == [8, 7, 6])
        try catalogue.trimFilterChanges(of: number, keeping: 2)
        #expect(try catalogue.filterChanges(of: number).map(\.filter) == ["f1", "f2", "f3"])
        try catalogue.trimFilterChanges(of: number, keeping: 1)
        #expect(try catalogue.filterChanges(of: number).map(\.filter) == ["f1", "f3"])
        let far = Position(partition: .max, epoch: .max, sequence: .max)
        try catalogue.putCursors([(number, Position(sequence: 1)), (77, far), (number, Position(sequence: 2))])
        try catalogue.putCursors([])
        #expect(try catalogue.cursor(of: number) == Position(sequence: 2) && catalogue.cursor(of: 5) == nil)
        #expect(try open().cursors() == [number: Position(sequence: 2), 77: far])
        try catalogue.removeRequest(number, at: now)
        #expect(try catalogue.cursor(of: number) == nil && catalogue.filterChanges(of: number).isEmpty)
    }

    private func record(
        _ number: Int64, of request: UInt32, episode: UInt64, told: UInt64? = nil
    ) -> StoredWatchRecord {
        StoredWatchRecord(
            number: number, request: request, episode: episode, told: told.map { Position(sequence: $0) },
            bytes: Array("record \(number)\n".utf8))
    }

    private func open(_ id: UInt64, of request: UInt32, position: Position? = nil) -> OpenWatch {
        OpenWatch(
            id: id, request: TailRequestID(request), key: Array("k".utf8), kind: .overdue, probability: 0.95,
            windowStart: now, windowEnd: Timestamp(microseconds: 5), deadline: Timestamp(microseconds: 6),
            isCalibrated: true, position: position)
    }

    @Test("Of watches the last records and all that is under way are kept, of requests in force")
    func watches() throws {
        let catalogue = try open()
        #expect(try catalogue.addRequests([("s", "one"), ("s", "two")], created: now) == [1, 2])
        let first = open(7, of: 1, position: Position(sequence: 3))
        try catalogue.keepWatches(
            [
                .record(record(1, of: 1, episode: 7), opens: first),
                .record(record(2, of: 2, episode: 8), opens: open(8, of: 2)),
                .record(record(3, of: 3, episode: 9), opens: open(9, of: 3)),
                .watched(stream: "s", Position(sequence: 4)),
            ], limit: 3)
        var stored = try open().watches()
        #expect(stored.open == [first, open(8, of: 2)])
        #expect(stored.watched == ["s": Position(sequence: 4)])
        #expect(stored.untold == [1: [1], 2: [2]])
        #expect(stored.lastNumber == 2 && stored.lastEpisode == 8)

        try catalogue.keepWatches(
            [
                .told(number: 1, Position(sequence: 5)), .record(record(4, of: 1, episode: 7, told: 9), opens: nil),
                .record(record(5, of: 1, episode: 10, told: 10), opens: nil),
            ], limit: 3)
        #expect(try catalogue.watches().open == [open(8, of: 2)])
        var kept = try catalogue.watchRecords(of: 1, after: 0, from: Position(sequence: 9))
        #expect(kept.records.map(\.number) == [4, 5] && kept.through == 5)
        kept = try catalogue.watchRecords(of: 1, after: 0, from: nil)
        #expect(kept.records.map(\.number) == [1, 4, 5], "as many as the limit")
        try catalogue.keepWatches([.record(record(6, of: 1, episode: 11), opens: open(11, of: 1))], limit: 3)
        kept = try catalogue.watchRecords(of: 1, after: 4, from: Position(sequence: 900))
        #expect(kept.records == [record(6, of: 1, episode: 11)], "what was told nobody knows when is told")
        #expect(try catalogue.watchRecords(of: 1, after: 0, from: nil).records.map(\.number) == [4, 5, 6])

        _ = try catalogue.removeRequest(1, at: now)
        _ = try catalogue.removeStream("s", requests: [2], at: now)
        stored = try catalogue.watches()
        #expect(stored.open.isEmpty && stored.watched.isEmpty && stored.untold.isEmpty)
    }

    @Test("A snapshot is replaced, read and removed, by itself or with its stream")
    func snapshots() throws {
        let catalogue = try open()
        var snapshot = StoredSnapshot(bytes: Array(0..<200), position: Position(epoch: 2, sequence: 9), time: now)
        try catalogue.putSnapshot(snapshot, of: "s")
        snapshot.bytes = [UInt8](repeating: 7, count: 3 << 20)
        try catalogue.putSnapshot(snapshot, of: "s")
        #expect(try catalogue.snapshot(of: "s") == snapshot && catalogue.snapshot(of: "t") == nil)
        try catalogue.removeSnapshot(of: "s")
        #expect(try catalogue.snapshot(of: "s") == nil)
        try catalogue.putSnapshot(snapshot, of: "s")
        try catalogue.removeStream("s")
        #expect(try catalogue.snapshot(of: "s") == nil)
    }

    @Test("100,000 requests are added in one transaction and read in pages")
    func many() throws {
        let catalogue = try open()
        let definition = String(repeating: "d", count: 300)
        let clock = ContinuousClock()
        let added = try clock.measure {
            let requests = Array(repeating: (stream: "s", definition: definition), count: 100_000)
            #expect(try catalogue.addRequests(requests, created: now).last == 100_000)
            try catalogue.putCursors((1...100_000).map { (UInt32($0), Position(sequence: 1)) })
        }
        var count = 0
        let read = try clock.measure {
            while case let page = try catalogue.requests(after: UInt32(count), limit: 10_000), !page.isEmpty {
                count += page.count
            }
            #expect(try catalogue.cursors().count == 100_000)
        }
        #expect(count == 100_000)
        print("100,000 requests and cursors: added in \(added), read in \(read)")
    }

    @Test("Another file than a catalogue is refused, and so is a newer one")
    func refusals() throws {
        try folder.open().close()
        #expect(performing: { try open() }, throws: { "\($0)".contains("not a catalogue") })
        let path = folder.folder + "/newer"
        try Catalogue(path: path).close()
        try folder.database(path).write { try $0.execute(sql: "INSERT INTO grdb_migrations VALUES ('99')") }
        #expect(performing: { try Catalogue(path: path) }, throws: { "\($0)".contains("newer") })
    }
}
#endif
