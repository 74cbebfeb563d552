#if Server
import FieldExtraction
import Foretail
import Foundation
import GRDB
import Synchronization
import Testing

@testable import ForetailSQLite

/// A folder with a log in it, for one test.
final class TemporaryLog: Sendable {
    let folder: String
    let writer = LogWriter()
    let fault = LogFault()

    init() throws {
        folder = NSTemporaryDirectory() + "foretail-log-" + UUID().uuidString
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: folder) }

    var path: String { folder + "/log.sqlite" }

    func open(_ settings: LogSettings = LogSettings(), at path: String? = nil) throws -> StreamLog {
        try StreamLog.open(
            path: path ?? self.path, stream: "s", settings: settings, writer: writer, now: Timestamp(microseconds: 0),
            fault: fault)
    }

    /// A batch of events `{"n":FIRST}`… of about so many bytes.
    static func batch(_ numbers: Range<Int>, padding: Int = 0) -> EventBatch {
        var batch = EventBatch(stream: "s")
        let filler = String(repeating: "x", count: padding)
        for number in numbers {
            batch.append("{\"n\":\(number),\"p\":\"\(filler)\"}", at: Position(sequence: 0))
        }
        return batch
    }

    /// A connection of the test's own.
    func database(_ path: String? = nil) throws -> DatabaseQueue { try DatabaseQueue(path: path ?? self.path) }
}

extension StreamLog {
    /// Submits, and waits until the events are durable or failed.
    @discardableResult
    func append(_ batch: EventBatch, now: Int64 = 0, mark: [UInt8]? = nil) throws -> Position {
        var batch = batch
        let answer = Mutex<Result<Position, LogFailure>?>(nil)
        let done = DispatchSemaphore(value: 0)
        try submit(&batch, now: Timestamp(microseconds: now), mark: mark) { result in
            answer.withLock { $0 = result }
            done.signal()
        }
        done.wait()
        return try answer.withLock { $0 }!.get()
    }

    /// Reads everything behind a position, with many calls.
    func readAll(
        after position: Position? = nil, limit: Int = 100, bytes: Int = 1 << 20
    ) throws -> (events: [(position: Position, text: String)], gaps: [Actions.Gap], next: Position?) {
        var events: [(Position, String)] = []
        var gaps: [Actions.Gap] = []
        var next = position
        for _ in 0..<100_000 {
            var batch = EventBatch(stream: stream)
            var times: [Timestamp] = []
            let reading = try read(after: next, limit: limit, bytes: bytes, into: &batch, ingestTimes: &times)
            #expect(times.count == batch.count)
            gaps += reading.gaps
            for frame in batch.frames {
                events.append((frame.position, String(decoding: batch.bytes[frame.body], as: UTF8.self)))
            }
            next = reading.next
            if !reading.mayHaveMore { return (events, gaps, next) }
        }
        Issue.record("the reading does not end")
        return (events, gaps, next)
    }

    /// The numbers of the events behind a position.
    func numbers(after position: Position? = nil, limit: Int = 100) throws -> [Int] {
        try readAll(after: position, limit: limit).events.map { event in
            Int(event.text.dropFirst(5).prefix { $0.isNumber })!
        }
    }
}
#endif
