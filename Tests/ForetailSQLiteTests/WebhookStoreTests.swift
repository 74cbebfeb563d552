#if Server
import FieldExtraction
import Foretail
import Foundation
import Testing

@testable import ForetailSQLite

@Suite("The file of webhooks")
struct WebhookStoreTests {
    let folder: TemporaryLog
    let now = Timestamp(microseconds: 1_000_000)

    init() throws { folder = try TemporaryLog() }

    private func open() throws -> WebhookStore { try WebhookStore(path: folder.path) }

    private func batch(_ first: UInt64, _ last: UInt64, bytes: Int = 10) -> StoredBatch {
        StoredBatch(
            message: "msg_\(first)", first: Position(sequence: first), last: Position(sequence: last),
            cursor: Position(sequence: last), records: Int(last - first + 1), started: now,
            body: Array(repeating: 0x20, count: bytes))
    }

    @Test("A webhook keeps its salt and its cursor when its secret changes, and goes on when it was stopped")
    func secrets() throws {
        let store = try open()
        try store.put(StoredWebhook(secret: [1], salt: [2]), of: 7)
        try store.advance(7, to: Position(epoch: 3, sequence: 4), next: nil)
        try store.stop(7, reason: "410")
        #expect(try store.webhook(of: 7)?.stopped == "410")
        var changed = StoredWebhook(secret: [1], salt: [8])
        changed.replaceSecret([9], keepingPreviousUntil: Timestamp(microseconds: 5))
        try store.put(changed, of: 7)
        var expected = StoredWebhook(secret: [9], salt: [2], cursor: Position(epoch: 3, sequence: 4))
        expected.previous = [1]
        expected.previousUntil = Timestamp(microseconds: 5)
        #expect(try store.webhook(of: 7) == expected)
        try store.close()
        let again = try open()
        #expect(try again.webhook(of: 7) == expected)
        #expect(try again.requests() == [7])
        try again.remove(7)
        #expect(try again.webhook(of: 7) == nil && again.requests().isEmpty)
    }

    @Test("A batch is kept whole, and goes in the write that moves the cursor and keeps the next")
    func outbox() throws {
        let store = try open()
        try store.put(StoredWebhook(secret: [1], salt: [2]), of: 1)
        try store.advance(1, to: nil, next: batch(1, 5))
        #expect(try open().batch(of: 1) == batch(1, 5))
        try store.advance(1, to: Position(sequence: 5), next: batch(6, 9))
        #expect(try store.batch(of: 1) == batch(6, 9))
        #expect(try store.webhook(of: 1)?.cursor == Position(sequence: 5))
        try store.advance(2, to: nil, next: batch(1, 1))
        #expect(try store.batch(of: 2) == nil, "a webhook that was removed meanwhile keeps nothing")
    }

    @Test("A dead letter takes the batch's place in one write, and only where there is room")
    func letters() throws {
        let store = try open()
        try store.put(StoredWebhook(secret: [1], salt: [2]), of: 1)
        func bury(limit: Int = 10, bytes: Int = 100) throws -> Bool {
            try store.bury(1, stream: "s", attempts: 3, reason: "500", at: now, limit: limit, bytes: bytes)
        }
        #expect(try !bury(), "there is no batch")
        for place in 1...2 {
            try store.advance(1, to: nil, next: batch(UInt64(place), UInt64(place), bytes: 40))
            #expect(try bury())
        }
        try store.advance(1, to: nil, next: batch(3, 3, bytes: 40))
        #expect(try !bury(limit: 2), "too many")
        #expect(try !bury(bytes: 119), "too large")
        #expect(try store.batch(of: 1) != nil && store.webhook(of: 1)?.cursor == Position(sequence: 2))
        #expect(try bury(limit: 3, bytes: 120), "exactly as many and as large as allowed")
        #expect(store.deadLetterUsage == (3, 120))
        #expect(try open().deadLetterUsage == (3, 120))
        #expect(try store.deadLetters(after: 1, limit: 1).map(\.id) == [2])
        #expect(try store.deadLetters(of: 2, limit: 9).isEmpty)
        let letter = try #require(try store.deadLetter(2)).letter
        #expect(letter.attempts == 3 && letter.records == 1 && letter.bytes == 40 && !letter.isQueued)

        #expect(try store.queueDeadLetter(2) == 1 && store.queueDeadLetter(9) == nil)
        #expect(try store.nextQueued(of: 1)?.letter.id == 2)
        #expect(try store.queueDeadLetters(of: 1) == 3)
        #expect(try store.nextQueued(of: 1)?.letter.id == 1)
        try store.failDeadLetter(
            try #require(try store.deadLetter(1)).letter, reason: "503", at: Timestamp(microseconds: 5))
        #expect(try store.nextQueued(of: 1) == nil, "none is sent after one that failed")
        #expect(try store.deadLetter(1)?.letter.reason == "503" && store.deadLetter(1)?.letter.attempts == 4)

        #expect(try store.removeDeadLetter(1) && !store.removeDeadLetter(1))
        try store.remove(1)
        #expect(try store.deadLetters(limit: 9).map(\.id) == [2, 3], "they outlive their webhook")
        #expect(try store.removeDeadLetters(of: 1) == 2)
        #expect(store.deadLetterUsage == (0, 0))
    }

    @Test("Only its owner can read the file, and another program's is left alone")
    func file() throws {
        try open().close()
        let rights = try FileManager.default.attributesOfItem(atPath: folder.path)[.posixPermissions] as? Int
        #expect(rights == 0o600)
        let other = folder.folder + "/catalogue.sqlite"
        try Catalogue(path: other).close()
        #expect(throws: CatalogueFailure.self) { try WebhookStore(path: other) }
    }
}
#endif
