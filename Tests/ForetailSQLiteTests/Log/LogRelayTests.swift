#if Server
import FieldExtraction
import Foretail
import Foundation
import Synchronization
import Testing

@testable import ForetailSQLite

@Suite("A writer that hands over to a second thread") struct LogRelayTests {
    @Test("while much is written the second thread writes; nothing is lost on the way, and both end")
    func handsOver() async throws {
        let temporary = try TemporaryLog()
        let begun = Atomic(0)
        let writer = LogWriter(whenHot: { begun.add(1, ordering: .relaxed) })
        let log = try StreamLog.open(
            path: temporary.path, stream: "s", settings: LogSettings(), writer: writer, now: Timestamp(microseconds: 0),
            fault: temporary.fault)
        var count = 0
        let deadline = Date(timeIntervalSinceNow: 120)
        while writer.handOvers == 0, Date() < deadline {
            try log.append(TemporaryLog.batch(count..<count + 500, padding: 500))
            count += 500
        }
        #expect(writer.handOvers > 0, "\(count) events were not enough to make it hot")
        try log.append(TemporaryLog.batch(count..<count + 3))
        #expect(try log.numbers(limit: 10_000) == Array(0..<count + 3))
        try log.close()
        await writer.shutDown()
        #expect(begun.load(ordering: .relaxed) == 1)
    }
}
#endif
