#if Server
import FieldExtraction
import Foretail
import ForetailSQLite
import Hummingbird
import NIOCore
import Synchronization

/// Producers: events in, positions out once they are durable.
extension APIResponder {
    /// Bytes of lines that are framed together.
    private static let blockBytes = 256 << 10

    /// `POST /v1/streams/{name}/events`.
    func ingest(_ request: Request, stream name: String) async throws -> Response {
        try QueryReader(request).finish(knows: "")
        let format = try BodyFormat(request.headers)
        let host = try await registry.find(name)
        var intake = Intake(host: host, limits: registry.configuration.manager.limits.scan, format: format)
        if format.isLines {
            do {
                try await takeLines(request, into: &intake)
            } catch var problem as Problem {
                // What was taken before is answered for.
                let durable = await intake.settle()
                problem.extra = durable.extra(intake.rejections)
                throw problem
            }
        } else {
            var bytes = try await whole(request, limit: registry.configuration.limits.bodyBytes)
            if format == .binaryCloudEvent {
                bytes = WholeBody.cloudEvent(
                    headers: request.headers, body: bytes, limits: registry.configuration.manager.limits.scan)
            }
            try intake.take(whole: bytes)
        }
        let durable = await intake.settle()
        metrics.noteIngest(accepted: durable.accepted, rejected: intake.rejections.count)
        if let failure = durable.failure {
            var problem = Problem(failure, host)
            problem.extra = durable.extra(intake.rejections)
            throw problem
        }
        if durable.accepted == 0, intake.rejections.count > 0 {
            var problem = Problem(
                .badRequest, "no-events", "nothing in the body could be read as an event",
                remedy: "see `rejected` for each line")
            problem.extra = durable.extra(intake.rejections)
            throw problem
        }
        return Response(json: JSONValue(members: durable.members(intake.rejections)))
    }

    private func takeLines(_ request: Request, into intake: inout Intake) async throws {
        var pieces = BodyPieces(request, limit: registry.configuration.limits.linesBodyBytes)
        var block: [UInt8] = []
        while let piece = try await pieces.next() {
            if block.isEmpty { block = piece } else { block += piece }
            if block.count >= Self.blockBytes {
                try await intake.take(lines: block, isEnd: false)
                block = []
            }
        }
        try await intake.take(lines: block, isEnd: true)
    }
}

/// The events of one body on their way to the log.
private struct Intake {
    private(set) var rejections = Rejections()
    private let host: StreamHost
    private let limits: ScanLimits
    private var framer: LineFramer
    private var checker: EventChecker
    private var carry: [UInt8] = []
    private let ledger = Ledger()
    private var submitted = 0

    init(host: StreamHost, limits: ScanLimits, format: BodyFormat) {
        self.host = host
        self.limits = limits
        var descriptor = StreamDescriptor(name: host.name)
        descriptor.input =
            switch format {
            case .text: .text
            case .csv: .csv
            default: .ndjson
            }
        // Templates are the stream's, not the body's.
        descriptor.lineReader = host.lineReader
        framer = LineFramer(descriptor, limits: limits)
        checker = EventChecker(
            limits: limits, isCloudEvent: [.cloudEvent, .cloudEvents, .binaryCloudEvent].contains(format))
    }

    /// Takes the next lines of a body; the beginning of a line is kept for the next call.
    mutating func take(lines block: [UInt8], isEnd: Bool) async throws(Problem) {
        var batch = EventBatch(stream: host.name)
        batch.bytes = carry.isEmpty ? block : carry + block
        let filled = batch.bytes.count
        let consumed: Int
        do throws(ForetailError) {
            consumed = try framer.frame(filled: filled, isEnd: isEnd, batch: &batch)
        } catch {
            throw .invalid("body", error.message)
        }
        carry = consumed < filled ? Array(batch.bytes[consumed..<filled]) : []
        try await submit(&batch)
    }

    /// Takes a body that is one JSON text.
    mutating func take(whole body: [UInt8]) throws(Problem) {
        var batch = EventBatch(stream: host.name)
        try WholeBody.frame(body, into: &batch, rejections: &rejections, limits: limits)
        checker.check(&batch, rejections: &rejections)
        try hand(batch)
    }

    private mutating func submit(_ batch: inout EventBatch) async throws(Problem) {
        checker.check(&batch, rejections: &rejections)
        // A shard that is behind holds its producers back.
        var waits = 0
        while true {
            do throws(Problem) {
                try hand(batch)
                return
            } catch {
                waits += 1
                guard error.kind == "busy", waits < 2_000, !Task.isCancelled else { throw error }
                try? await Task.sleep(for: .milliseconds(5))
            }
        }
    }

    private mutating func hand(_ batch: EventBatch) throws(Problem) {
        guard !batch.frames.isEmpty else { return }
        let ledger = ledger
        let count = batch.count
        let isTaken = host.shard.append(
            AppendJob(host: host, batch: batch) { result in ledger.note(result, count: count) })
        guard isTaken else {
            var problem = Problem(
                .serviceUnavailable, "busy", "stream '\(host.name)': more events wait than the limit inboxBytes allows",
                remedy: "send more slowly, or raise the limit; nothing of the rest was taken")
            problem.retryAfter = 1
            throw problem
        }
        submitted += 1
    }

    /// Waits until everything taken is durable, or is known not to be.
    func settle() async -> Ledger.Account { await ledger.settle(submitted) }
}

/// What became of the parts of one body.
private final class Ledger: Sendable {
    struct Account: Sendable {
        var accepted = 0
        var last: Position?
        var failure: LogFailure?
        var settled = 0

        func members(_ rejections: Rejections) -> [(String, JSONValue?)] {
            [
                ("accepted", .number(accepted)), ("rejected", rejections.document),
                ("rejectedCount", .number(rejections.count)), ("last", last.map { .string($0.description) }),
            ]
        }

        /// The same, for a problem.
        func extra(_ rejections: Rejections) -> [JSONValue.Member] {
            members(rejections).compactMap { key, value in value.map { JSONValue.Member(key: key, value: $0) } }
        }
    }

    private struct State {
        var account = Account()
        var expected: Int?
        var waiting: CheckedContinuation<Account, Never>?
    }

    private let state = Mutex(State())

    func note(_ result: Result<Position, LogFailure>, count: Int) {
        let done = state.withLock { state -> (CheckedContinuation<Account, Never>, Account)? in
            state.account.settled += 1
            switch result {
            case .success(let position):
                state.account.accepted += count
                state.account.last = max(state.account.last ?? position, position)
            case .failure(let failure): state.account.failure = failure
            }
            guard state.account.settled == state.expected, let waiting = state.waiting else { return nil }
            return (waiting, state.account)
        }
        if let (waiting, account) = done { waiting.resume(returning: account) }
    }

    func settle(_ count: Int) async -> Account {
        await withCheckedContinuation { continuation in
            let account = state.withLock { state -> Account? in
                if state.account.settled == count { return state.account }
                state.expected = count
                state.waiting = continuation
                return nil
            }
            if let account { continuation.resume(returning: account) }
        }
    }
}
#endif
