#if Server
public import FieldExtraction
public import Foretail
import Foundation
import Synchronization

/// A ``StreamLog`` behind the port ``EventLog``, for a pipeline of the library.
public struct SQLiteEventLog: EventLog {
    private let log: StreamLog
    private let now: @Sendable () -> Timestamp
    private let progress = Progress()

    /// Failures since the last success, kept where completions reach it.
    private final class Progress: Sendable {
        let failure = Mutex<LogFailure?>(nil)
    }

    /// Wraps a log.
    ///
    /// - Parameter now: The time at which an event comes in.
    public init(_ log: StreamLog, now: @escaping @Sendable () -> Timestamp) {
        self.log = log
        self.now = now
    }

    /// Gives positions and begins to append.
    public mutating func submit(_ batch: inout EventBatch) async throws(ForetailError) {
        let progress = progress
        do throws(LogFailure) {
            try log.submit(&batch, now: now()) { result in
                if case .failure(let failure) = result {
                    progress.failure.withLock { $0 = $0 ?? failure }
                }
            }
        } catch {
            throw ForetailError(.log, error.message)
        }
    }

    /// Waits until everything submitted is durable.
    public mutating func settle() async throws(ForetailError) {
        let log = log
        let now = now()
        let last: Result<Position, LogFailure> = await withCheckedContinuation { continuation in
            // A batch without events is answered after all before it.
            var batch = EventBatch(stream: log.stream)
            do throws(LogFailure) {
                try log.submit(&batch, now: now) { continuation.resume(returning: $0) }
            } catch {
                continuation.resume(returning: .failure(error))
            }
        }
        let earlier = progress.failure.withLock { failure in
            defer { failure = nil }
            return failure
        }
        if let earlier { throw ForetailError(.log, earlier.message) }
        if case .failure(let failure) = last { throw ForetailError(.log, failure.message) }
    }

    /// Reads stored events, on a thread that may wait. A gap ends nothing here: whoever needs gaps reads the ``StreamLog``.
    public mutating func read(
        after position: Position?, limit: Int, into batch: inout EventBatch
    ) async throws(ForetailError) -> Bool {
        let log = log
        let result: Result<(EventBatch, Bool), LogFailure> = await withCheckedContinuation { continuation in
            DispatchQueue.global().async {
                continuation.resume(returning: SQLiteEventLog.read(log, after: position, limit: limit))
            }
        }
        switch result {
        case .success((let found, let mayHaveMore)):
            let start = batch.bytes.count
            batch.bytes.append(contentsOf: found.bytes)
            for var frame in found.frames {
                frame.body = frame.body.lowerBound + start..<frame.body.upperBound + start
                frame.raw = frame.raw.lowerBound + start..<frame.raw.upperBound + start
                batch.frames.append(frame)
            }
            return mayHaveMore
        case .failure(let failure): throw ForetailError(.log, failure.message)
        }
    }

    /// Forgets events up to and including a position, on a thread that may wait.
    public mutating func trim(through position: Position) async throws(ForetailError) {
        let log = log
        let failure: LogFailure? = await withCheckedContinuation { continuation in
            DispatchQueue.global().async {
                do throws(LogFailure) {
                    try log.trim(through: position)
                    continuation.resume(returning: nil)
                } catch {
                    continuation.resume(returning: error)
                }
            }
        }
        if let failure { throw ForetailError(.log, failure.message) }
    }

    /// Reads past gaps until there is an event, or nothing more.
    private static func read(
        _ log: StreamLog, after position: Position?, limit: Int
    ) -> Result<(EventBatch, Bool), LogFailure> {
        var batch = EventBatch(stream: log.stream)
        var times: [Timestamp] = []
        var next = position
        do throws(LogFailure) {
            while true {
                let reading = try log.read(
                    after: next, limit: limit, bytes: 8 << 20, into: &batch, ingestTimes: &times)
                next = reading.next
                if !batch.frames.isEmpty || !reading.mayHaveMore || limit <= 0 {
                    return .success((batch, reading.mayHaveMore))
                }
            }
        } catch {
            return .failure(error)
        }
    }
}
#endif
