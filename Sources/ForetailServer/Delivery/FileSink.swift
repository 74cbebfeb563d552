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
        let file = try await pool.run { () throws(Problem) in try AppendFile(path: path) }
        let cursor = max(status.cursor ?? .none, file.lastPosition ?? .none)
        state.withLock { $0.cursor = cursor == .none ? nil : cursor }
        let subscription = try await subscribe(cursor == .none ? .oldest : .after(cursor))
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
                for chunk in chunks {
                    var start = 0
                    for entry in chunk.entries {
                        defer { start = entry.end }
                        guard subscription.isNew(entry, in: chunk), entry.kind == .event || entry.kind == .gap else {
                            continue
                        }
                        bytes += chunk.bytes[start..<entry.end]
                        count += 1
                    }
                }
                guard let position = subscription.cursor, !bytes.isEmpty else { continue }
                let block = bytes
                try await pool.run { () throws(Problem) in try file.append(block) }
                try await keep(position)
                state.withLock { status in
                    status.cursor = position
                    status.retryAt = nil
                    status.written += count
                }
            case .idle: state.withLock { $0.retryAt = nil }
            case .ended: return true
            }
        }
    }
}

/// A file that grows by whole records.
private final class AppendFile: Sendable {
    /// The position of the last record in the file; nil where it has none.
    let lastPosition: Position?
    private let descriptor: Int32
    private let path: String

    init(path: String) throws(Problem) {
        self.path = path
        do throws(LogFailure) {
            if let slash = path.lastIndex(of: "/") { try DataFolder.create(String(path[..<slash])) }
        } catch {
            throw Problem(.serviceUnavailable, "file", error.message)
        }
        let descriptor = open(path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { throw Self.failure(path) }
        self.descriptor = descriptor
        lastPosition = Self.repair(descriptor)
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

    /// Cuts off a record that a crash left unfinished, and reads the position of the last whole one.
    private static func repair(_ descriptor: Int32) -> Position? {
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
            let record = try? JSONValue(parsing: Array(tail[(start ?? 0)..<end]))
            guard case .string(let text)? = record?["position"] ?? record?["to"] else { return nil }
            return Position(text)
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
