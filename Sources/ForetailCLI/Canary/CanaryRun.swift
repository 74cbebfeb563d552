#if Server
import AsyncHTTPClient
import FieldExtraction
import Foretail
import ForetailServer
import NIOCore
import Synchronization

/// One run of `foretail canary`: a writer that keeps its rate, and a reader that goes on behind what it saw last.
///
/// Events are due at fixed moments, whether the server takes them or not. What became due while an answer was waited for goes
/// out together, and its latency counts from when it was due: an outage shows in the latencies and is not left out of them.
final class CanaryRun: Sendable {
    /// What is asked for.
    struct Settings: Sendable {
        /// The stream that is written and read.
        var stream: String
        /// Events a second.
        var rate: Int
        /// Microseconds that events are written for; nil: until told to stop.
        var duration: Int64?
        /// Microseconds that the server may be away at a time, and that the reader has for the rest in the end.
        var patience: Int64
        /// What tells the events of this run from those of others.
        var run = String(UInt64.random(in: 0 ... .max), radix: 36)
    }

    private struct State {
        var ledger = CanaryLedger()
        var latency = LatencyHistogram()
        var traffic = CanaryTraffic()
        /// The last position that was acknowledged.
        var acknowledged: Position?
        var start: Int64 = 0
        var end: Int64?
        var isDrained = false
    }

    private let settings: Settings
    private let client: ServerClient
    private let interruption: Interruption
    private let state = Mutex(State())
    private let say: @Sendable (String) -> Void
    private let events: [String]
    private let policy = RetryPolicy(first: 50_000, longest: 2_000_000)
    /// Events of one body.
    static let bodyEvents = 10_000
    /// Microseconds between two looks at what is due, at least.
    private static let beat: Int64 = 2_000
    /// How long the events are kept where the canary makes the stream.
    private static let retention = "1h"

    init(
        _ settings: Settings, client: ServerClient, interruption: Interruption,
        say: @escaping @Sendable (String) -> Void
    ) {
        self.settings = settings
        self.client = client
        self.interruption = interruption
        self.say = say
        events = ["v1", "streams", settings.stream, "events"]
    }

    /// What was found so far.
    var report: CanaryReport {
        let now = SystemClock.monotonic
        return state.withLock { state in
            CanaryReport(
                run: settings.run, stream: settings.stream, rate: settings.rate,
                elapsed: state.start == 0 ? 0 : (state.end ?? now) - state.start, counts: state.ledger.counts,
                pending: state.ledger.pending,
                missingNumbers: Array(state.ledger.missingNumbers.prefix(CanaryReport.named)), latency: state.latency,
                traffic: state.traffic, isDrained: state.isDrained)
        }
    }

    /// Writes and reads for the time asked for, then waits for what is still on its way.
    ///
    /// - Throws: ``ClientFailure`` that does not pass, such as a refusal; being away for longer than the patience is none.
    func run() async throws {
        let cursor = try await begin()
        state.withLock { $0.start = SystemClock.monotonic }
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await self.read(from: cursor) }
            group.addTask {
                try await self.write()
                self.state.withLock { $0.end = SystemClock.monotonic }
                try await self.drain()
            }
            // The reader ends with a failure, or when the writer is done.
            try await group.next()
            group.cancelAll()
        }
    }

    // MARK: Beginning

    /// Makes the stream if need be.
    ///
    /// - Returns: Where it stands: what is read begins behind it.
    private func begin() async throws -> RemoteCursor {
        let path = Array(events.dropLast())
        var attempt = 0
        let since = SystemClock.monotonic
        while true {
            do throws(ClientFailure) {
                let known = try await client.get(path)
                return known["log"]?["lastDurable"]?.text.map { .after($0) } ?? .oldest
            } catch {
                if case .problem(let problem) = error, problem.kind == "unknown-stream" {
                    let definition = JSONValue.object([("retention", .object([("age", .string(Self.retention))]))])
                    _ = try await client.send("PUT", path, definition)
                    continue
                }
                // Whoever is not there at all is told at once; one that is busy gets its time.
                guard case .problem = error, error.isPassing,
                    SystemClock.monotonic - since < settings.patience
                else { throw error }
                try await wait(policy.delay(attempt: attempt, retryAfter: error.retryAfter))
                attempt += 1
            }
        }
    }

    // MARK: Writing

    private func write() async throws {
        let start = state.withLock { $0.start }
        let total = settings.duration.map { Int(Double($0) * Double(settings.rate) / 1e6) } ?? .max
        var next = 1
        while next <= total, !interruption.isNoted {
            let elapsed = SystemClock.monotonic - start
            let due = min(total, Int(Double(elapsed) * Double(settings.rate) / 1e6) + 1)
            if due >= next {
                let last = min(due, next + Self.bodyEvents - 1)
                state.withLock { $0.ledger.noteSent(through: last) }
                guard try await send(next...last) else { return }
                next = last + 1
            }
            let left = dueTime(of: next) - (SystemClock.monotonic - start)
            if left > 0 { try await Task.sleep(for: .microseconds(max(left, Self.beat))) }
        }
    }

    /// Microseconds after the start at which an event is due.
    private func dueTime(of number: Int) -> Int64 { Int64(Double(number - 1) * 1e6 / Double(settings.rate)) }

    /// Sends events until the server has answered for them.
    ///
    /// - Returns: False where the server was away for too long.
    private func send(_ numbers: ClosedRange<Int>) async throws -> Bool {
        var first = numbers.lowerBound
        var attempt = 0
        var since: Int64?
        var isLost = false
        while first <= numbers.upperBound {
            let body = body(first...numbers.upperBound)
            let failure: ClientFailure
            do throws(ClientFailure) {
                var answer = isLost ? try await recovered(body) : nil
                if answer != nil { state.withLock { $0.traffic.recoveredBodies += 1 } }
                isLost = false
                if answer == nil {
                    if attempt > 0 { state.withLock { $0.traffic.resentBodies += 1 } }
                    let bytes = try await client.bytes(
                        "POST", events, body: body.bytes, contentType: "application/x-ndjson")
                    answer = (try? JSONValue(parsing: bytes)).flatMap { IngestAnswer($0) }
                }
                guard let answer, answer.accepted == body.count, note(answer, behind: first) else {
                    throw .answer("not all events were taken; is \(client.address) a foretail server?")
                }
                if since != nil { say("the server takes events again") }
                return true
            } catch {
                failure = error
            }
            if case .problem(let problem) = failure, let answer = IngestAnswer(problem.document), answer.accepted > 0,
                note(answer, behind: first)
            {
                first += answer.accepted
            }
            guard failure.isPassing else { throw failure }
            if case .connection(_, wasSent: true) = failure { isLost = true }
            let now = SystemClock.monotonic
            guard now - (since ?? now) <= settings.patience else { return false }
            if since == nil { say("\(failure.message); trying again") }
            since = since ?? now
            try await wait(policy.delay(attempt: attempt, retryAfter: failure.retryAfter))
            attempt += 1
        }
        return true
    }

    /// Looks whether the server has a body whose answer was lost; it would be there twice if it were sent again.
    private func recovered(_ body: IngestBody) async throws(ClientFailure) -> IngestAnswer? {
        let base: RemoteCursor = state.withLock { $0.acknowledged.map { .after($0.description) } ?? .oldest }
        do throws(ClientFailure) {
            return try await IngestRecovery(body).lookUp(stream: settings.stream, behind: base, client: client)
        } catch {
            // Sent again, and seen twice at worst.
            if case .problem(let problem) = error, !problem.isPassing { return nil }
            throw error
        }
    }

    private func body(_ numbers: ClosedRange<Int>) -> IngestBody {
        var body = IngestBody()
        for number in numbers {
            body.append(#"{"run":"\#(settings.run)","n":\#(number)}"#.utf8, line: number - numbers.lowerBound + 1)
        }
        return body
    }

    /// Notes what was acknowledged; false where the answer makes no sense.
    private func note(_ answer: IngestAnswer, behind first: Int) -> Bool {
        guard let position = answer.last.flatMap({ Position($0) }) else { return false }
        state.withLock { state in
            state.traffic.bodies += 1
            state.acknowledged = position
            state.ledger.noteAcknowledged(through: first + answer.accepted - 1, at: position)
        }
        return true
    }

    // MARK: Reading

    /// Reads the run's events, across as many connections as it takes, until cancelled.
    private func read(from start: RemoteCursor) async throws {
        var cursor = start
        var attempts = 0
        while !Task.isCancelled {
            var retryAfter: Int?
            do throws(ClientFailure) {
                let response = try await client.open(
                    "GET", ["v1", "streams", settings.stream, "tail"],
                    cursor.query + [("filter", #"event.run == "\#(settings.run)""#)], accept: "application/x-ndjson")
                state.withLock { $0.traffic.connections += 1 }
                if try await follow(response.body, &cursor) { attempts = 0 }
            } catch {
                if error == .cancelled { return }
                guard error.isPassing else { throw error }
                retryAfter = error.retryAfter
            }
            try await wait(policy.delay(attempt: attempts, retryAfter: retryAfter))
            attempts += 1
        }
    }

    /// Reads an answer to its end.
    ///
    /// - Returns: Whether anything came.
    private func follow(_ body: HTTPClientResponse.Body, _ cursor: inout RemoteCursor) async throws(ClientFailure)
        -> Bool
    {
        var lines = RecordLines()
        var reader = RecordReader()
        var hasCome = false
        var pieces = body.makeAsyncIterator()
        while true {
            let piece: ByteBuffer?
            do {
                piece = try await pieces.next()
            } catch {
                if Task.isCancelled { throw .cancelled }
                return hasCome
            }
            guard let piece else { return hasCome }
            lines.append(piece.readableBytesView)
            let now = SystemClock.monotonic
            lines.forEach { line in
                guard let record = reader.read(line) else { return }
                hasCome = true
                if let position = record.cursor { cursor = .after(position) }
                note(record, line, now: now)
            }
            guard lines.openBytes <= RecordReader.lineBytes else { throw .answer("a record has no end") }
        }
    }

    private func note(_ record: RemoteRecord, _ line: UnsafeBufferPointer<UInt8>, now: Int64) {
        guard let position = record.cursor.flatMap({ Position($0) }) else { return }
        var number: Int?
        if let event = record.event { number = (try? JSONValue(parsing: Array(line[event])))?["n"]?.whole }
        state.withLock { state in
            switch record.kind {
            case .event:
                if state.ledger.noteReceived(number ?? 0, at: position) {
                    state.latency.add(now - state.start - dueTime(of: number ?? 0))
                }
            case .gap: state.ledger.noteGap(through: position)
            case .heartbeat: state.ledger.notePassed(position)
            case .prediction, .outcome, .watch, .end, .other: break
            }
        }
    }

    // MARK: Ending

    /// Waits until the reader has passed all that was acknowledged, or the patience is over.
    private func drain() async throws {
        let since = SystemClock.monotonic
        while true {
            let isDrained = state.withLock { state in
                state.isDrained = state.ledger.isDrained
                return state.isDrained
            }
            if isDrained || SystemClock.monotonic - since > settings.patience { return }
            try await Task.sleep(for: .milliseconds(20))
        }
    }

    private func wait(_ microseconds: Int64) async throws { try await Task.sleep(for: .microseconds(microseconds)) }
}
#endif
