#if Server
import FieldExtraction
import Foretail
import ForetailSQLite
import Foundation
import Synchronization

/// One run of `foretail bench log`: appends events to a new log until all are durable, then reads them back.
struct LogBench {
    /// What it found out.
    struct Result {
        var events = 0
        /// Events appended per second of the clock, until the last was durable.
        var appendedPerSecond = 0.0
        /// CPU time of the whole process per event appended, nanoseconds.
        var appendNanoseconds = 0.0
        /// The slowest call of `submit`, microseconds.
        var slowestSubmit = 0.0
        /// Events read per second of the clock.
        var readPerSecond = 0.0
        /// Small appends, each waited for, per second.
        var waitedPerSecond = 0.0
        /// Bytes of the stored blocks.
        var bytes = 0
    }

    /// The folder the log is written to, and removed from.
    var folder: String
    var durability: Durability
    var events: Int
    var eventBytes: Int
    var batchEvents: Int

    /// Writes and reads.
    func run() throws -> Result {
        let path = folder + "/foretail-bench-log.sqlite"
        try StreamLog.remove(path: path)
        defer { try? StreamLog.remove(path: path) }
        var settings = LogSettings()
        settings.durability = durability
        let writer = LogWriter()
        let log = try StreamLog.open(
            path: path, stream: "bench", settings: settings, writer: writer, now: Timestamp(microseconds: 0))
        var result = Result(events: events)
        try append(to: log, &result)
        result.bytes = log.bounds.bytes
        try read(log, &result)
        try wait(for: log, &result)
        try log.close()
        return result
    }

    private func makeBatch(_ count: Int) -> EventBatch {
        var batch = EventBatch(stream: "bench")
        let filler = String(repeating: "x", count: max(0, eventBytes - 24))
        for number in 0..<count {
            batch.append(#"{"n":\#(10_000_000 + number),"text":"\#(filler)"}"#, at: Position(sequence: 0))
        }
        return batch
    }

    private func append(to log: StreamLog, _ result: inout Result) throws {
        let template = makeBatch(batchEvents)
        let failure = Mutex<LogFailure?>(nil)
        let (start, cpu) = (Self.seconds(CLOCK_MONOTONIC), Self.seconds(CLOCK_PROCESS_CPUTIME_ID))
        var left = events
        while left > 0 {
            // A shard's batch has memory of its own.
            var batch = template
            batch.bytes.withUnsafeMutableBytes { $0[$0.count - 2] = 0x22 }
            let before = Self.seconds(CLOCK_MONOTONIC)
            do throws(LogFailure) {
                try log.submit(&batch, now: Timestamp(microseconds: Int64(left))) { answer in
                    if case .failure(let cause) = answer { failure.withLock { $0 = cause } }
                }
                left -= batch.count
                result.slowestSubmit = max(result.slowestSubmit, (Self.seconds(CLOCK_MONOTONIC) - before) * 1e6)
            } catch {
                guard error.kind == .busy else { throw error }
                usleep(200)
            }
        }
        try settle(log)
        if let failure = failure.withLock({ $0 }) { throw failure }
        result.appendedPerSecond = Double(events) / (Self.seconds(CLOCK_MONOTONIC) - start)
        result.appendNanoseconds = (Self.seconds(CLOCK_PROCESS_CPUTIME_ID) - cpu) / Double(events) * 1e9
    }

    private func read(_ log: StreamLog, _ result: inout Result) throws {
        let start = Self.seconds(CLOCK_MONOTONIC)
        var next: Position?
        var count = 0
        while true {
            var batch = EventBatch(stream: "bench")
            var times: [Timestamp] = []
            let reading = try log.read(after: next, limit: 10_000, bytes: 4 << 20, into: &batch, ingestTimes: &times)
            count += batch.count
            next = reading.next
            if !reading.mayHaveMore { break }
        }
        guard count >= events else {
            throw LogFailure(kind: .unavailable, message: "bench log: \(events) events appended, but \(count) read")
        }
        result.readPerSecond = Double(count) / (Self.seconds(CLOCK_MONOTONIC) - start)
    }

    private func wait(for log: StreamLog, _ result: inout Result) throws {
        let start = Self.seconds(CLOCK_MONOTONIC)
        var count = 0
        while Self.seconds(CLOCK_MONOTONIC) - start < 1 {
            var batch = makeBatch(1)
            let done = DispatchSemaphore(value: 0)
            try log.submit(&batch, now: Timestamp(microseconds: 0)) { _ in done.signal() }
            done.wait()
            count += 1
        }
        result.waitedPerSecond = Double(count) / (Self.seconds(CLOCK_MONOTONIC) - start)
    }

    private func settle(_ log: StreamLog) throws {
        var batch = EventBatch(stream: "bench")
        let done = DispatchSemaphore(value: 0)
        try log.submit(&batch, now: Timestamp(microseconds: 0)) { _ in done.signal() }
        done.wait()
    }

    private static func seconds(_ clock: clockid_t) -> Double {
        var time = timespec()
        clock_gettime(clock, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
    }
}

extension LogBench.Result {
    /// The result for people.
    var text: String {
        """
        events            \(events), \(bytes / max(1, events)) B each as stored
        appended/s        \(Int(appendedPerSecond)) (until durable)
        CPU per event     \(Int(appendNanoseconds)) ns (whole process)
        slowest submit    \(Int(slowestSubmit)) µs
        single appends/s  \(Int(waitedPerSecond)) (each waited for)
        read/s            \(Int(readPerSecond))
        """
    }

    /// The result as one JSON object.
    var json: String {
        """
        {"events":\(events),"bytes":\(bytes),"appended_per_second":\(Int(appendedPerSecond)),\
        "append_cpu_ns":\(Int(appendNanoseconds)),"slowest_submit_us":\(Int(slowestSubmit)),\
        "single_appends_per_second":\(Int(waitedPerSecond)),"read_per_second":\(Int(readPerSecond))}
        """
    }
}
#endif
