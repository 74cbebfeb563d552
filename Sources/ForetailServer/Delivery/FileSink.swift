#if Server
import FieldExtraction
import Foretail
import ForetailSQLite
import HTTPTypes
import Logging
import NIOCore
import Synchronization

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// Delivers a tail request's events to the end of a file: at least once, in order, from a durable cursor.
///
/// Written, synced, then the cursor is kept. After a crash the file's own last record says how far it got, so that nothing is
/// written twice as long as the file is whole. A full disk or a missing folder is tried again; events wait in the log.
final class FileSink: Sendable {
    /// The file.
    let path: String
    private let request: RegisteredRequest
    private let pool: BlockingPool
    private let subscribe: @Sendable (Subscription.Start) async throws(Problem) -> Subscription
    private let keep: @Sendable (Position) async throws(Problem) -> Void
    private let logger: Logger
    private let reading = Mutex<Subscription?>(nil)
    private let state: Mutex<DeliveryStatus>

    init(
        path: String, request: RegisteredRequest, cursor: Position?, pool: BlockingPool, logger: Logger,
        subscribe: @escaping @Sendable (Subscription.Start) async throws(Problem) -> Subscription,
        keep: @escaping @Sendable (Position) async throws(Problem) -> Void
    ) {
        self.path = path
        self.request = request
        self.pool = pool
        self.logger = logger
        self.subscribe = subscribe
        self.keep = keep
        state = Mutex(DeliveryStatus(cursor: cursor))
    }

    /// How the delivery goes.
    var status: DeliveryStatus {
        var status = state.withLock { $0 }
        // What the reading passed by because the filter does not want it need not be read again.
        let progress = reading.withLock { $0?.progress }
        status.lag =
            progress?.isCurrent == true ? 0 : request.host.openLog?.count(after: progress?.cursor ?? status.cursor)
        return status
    }

    /// Delivers until the request is removed or the server ends.
    func run() async {
        var wait = 100
        while !Task.isCancelled {
            do throws(Problem) {
                if try await deliver() { return }
                wait = 100
            } catch {
                let now = ServerClock().now()
                let isNews = state.withLock { status in
                    defer {
                        status.failures += 1
                        status.lastProblem = .init(detail: error.detail, remedy: error.remedy, time: now)
                        status.retryAt = Timestamp(microseconds: now.microseconds + Int64(wait) * 1_000)
                    }
                    return status.retryAt == nil || status.lastProblem?.detail != error.detail
                }
                if isNews {
                    logger.error(
                        "file destination waits",
                        metadata: ["request": .string(request.id.description), "reason": .string(error.detail)])
                }
                try? await Task.sleep(for: .milliseconds(wait))
                wait = min(wait * 2, 5_000)
            }
        }
    }

    /// Delivers until something fails.
    ///
    /// - Returns: Whether the end was reached.
    private func deliver() async throws(Problem) -> Bool {
        let path = path
        let request = request
        let lane = request.host.lane.whole
        let file = try await pool.run(lane: lane) { () throws(Problem) in try AppendFile(path: path, of: request) }
        var cursor = max(status.cursor ?? .none, try await inFile(file) ?? .none)
        state.withLock { $0.cursor = cursor == .none ? nil : cursor }
        // Behind the very beginning, where nothing was delivered yet: what was forgotten before is a gap then.
        let subscription = try await subscribe(.after(cursor))
        reading.withLock { $0 = subscription }
        defer {
            reading.withLock { $0 = nil }
            subscription.end()
        }
        while true {
            switch try await subscription.next() {
            case .records(let chunks):
                var bytes: [UInt8] = []
                var count = 0
                var events = 0
                for chunk in chunks {
                    var start = 0
                    for entry in chunk.entries {
                        defer { start = entry.end }
                        guard subscription.isNew(entry, in: chunk), entry.kind == .event || entry.kind == .gap else {
                            continue
                        }
                        bytes += chunk.bytes[start..<entry.end]
                        count += 1
                        if entry.kind == .event { events += 1 }
                    }
                }
                guard let position = subscription.cursor, !bytes.isEmpty else { continue }
                let block = bytes
                try await pool.run(lane: lane) { () throws(Problem) in try file.append(block) }
                try await keep(position)
                cursor = position
                state.withLock { status in
                    status.cursor = position
                    status.retryAt = nil
                    status.written += count
                }
                await pace(events)
            case .idle:
                state.withLock { $0.retryAt = nil }
                try await pass(subscription, after: &cursor)
            case .ended:
                try await pass(subscription, after: &cursor)
                return true
            }
        }
    }

    /// Holds to the request's rate.
    private func pace(_ events: Int) async {
        guard let rate = request.definition.rateLimit else { return }
        try? await Task.sleep(for: .microseconds(Int64(min(3.6e9, Double(events) / rate * 1e6))))
    }

    /// Keeps how far nothing more matched: what retention takes up to there is not missing in the file.
    private func pass(_ subscription: Subscription, after cursor: inout Position) async throws(Problem) {
        guard let position = subscription.cursor, position > cursor else { return }
        try await keep(position)
        cursor = position
        state.withLock { $0.cursor = position }
    }

    /// The position of the file's last record, if it is this request's and of this life of its stream.
    private func inFile(_ file: AppendFile) async throws(Problem) -> Position? {
        guard let last = file.lastPosition else { return nil }
        let host = request.host
        _ = try await pool.disk(host) { () throws(LogFailure) in try host.log() }
        return last <= host.head ?? .none ? last : nil
    }
}

/// A file that grows by whole records.
private final class AppendFile: Sendable {
    /// The position of the last record in the file; nil where it has none, or another request's.
    let lastPosition: Position?
    private let descriptor: Int32
    private let path: String

    init(path: String, of request: RegisteredRequest) throws(Problem) {
        self.path = path
        do throws(LogFailure) {
            if let slash = path.lastIndex(of: "/") { try DataFolder.create(String(path[..<slash])) }
        } catch {
            throw Problem(.serviceUnavailable, "file", error.message)
        }
        let descriptor = open(path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { throw Self.failure(path) }
        self.descriptor = descriptor
        lastPosition = Self.repair(descriptor).flatMap { Self.position(of: $0, in: request) }
    }

    deinit { close(descriptor) }

    /// Writes a block and waits until it is on the disk.
    func append(_ bytes: [UInt8]) throws(Problem) {
        var failed = false
        bytes.withUnsafeBytes { buffer in
            var offset = 0
            while offset < buffer.count {
                let count = write(descriptor, buffer.baseAddress! + offset, buffer.count - offset)
                if count < 0, errno == EINTR { continue }
                if count <= 0 {
                    failed = true
                    return
                }
                offset += count
            }
        }
        guard !failed, fsync(descriptor) == 0 else { throw Self.failure(path) }
    }

    /// Where a record stands that the request wrote. The file may have had other writers before, and other streams.
    private static func position(of record: JSONValue, in request: RegisteredRequest) -> Position? {
        guard record["request"] == .string(request.id.description),
            record["stream"] ?? .string(request.host.name) == .string(request.host.name),
            case .string(let text)? = record["resume"] ?? record["position"] ?? record["to"]
        else { return nil }
        return Position(text)
    }

    /// Cuts off a record that a crash left unfinished, and reads the last whole one.
    private static func repair(_ descriptor: Int32) -> JSONValue? {
        let size = Int(lseek(descriptor, 0, SEEK_END))
        var window = min(size, 64 << 10)
        while window > 0 {
            var tail = [UInt8](repeating: 0, count: window)
            guard pread(descriptor, &tail, window, size - window) == window else { return nil }
            guard let end = tail.lastIndex(of: 0x0A) else {
                if window == size {
                    ftruncate(descriptor, 0)
                    return nil
                }
                window = min(size, window * 4)
                continue
            }
            if end + 1 < tail.count { ftruncate(descriptor, size - window + end + 1) }
            let start = tail[..<end].lastIndex(of: 0x0A).map { $0 + 1 }
            if start == nil, window < size {
                window = min(size, window * 4)
                continue
            }
            return try? JSONValue(parsing: Array(tail[(start ?? 0)..<end]))
        }
        return nil
    }

    private static func failure(_ path: String) -> Problem {
        Problem(
            .serviceUnavailable, "file", "\(path): \(String(cString: strerror(errno)))",
            remedy: "make room, or let the server write there; delivery goes on by itself")
    }
}
#endif
