#if Server && NATS
import FieldExtraction
import Foretail
import ForetailNATS
import Logging
import Synchronization

/// Streams and tail requests as the bucket has them, followed as they change.
final class ClusterCatalogue: Sendable {
    private struct State {
        var streams: [String: ClusterStream] = [:]
        var requests: [TailRequestID: ClusterRequest] = [:]
        /// Those with a webhook; the number grows with every change of streams, and of requests that have or had one.
        var webhooks: (version: Int, requests: [TailRequestID: ClusterRequest]) = (0, [:])
        var followed: Set<String> = []
    }

    private let state = Mutex(State())
    let store: RegisterStore
    private let logger: Logger
    private let defaultPartitions: Int

    init(store: RegisterStore, defaultPartitions: Int, logger: Logger) {
        self.store = store
        self.defaultPartitions = defaultPartitions
        self.logger = logger
    }

    /// Whether what the bucket held at the start was read.
    var isComplete: Bool { state.withLock { $0.followed.count == 2 } }

    /// The streams, by name.
    var streams: [String: ClusterStream] { state.withLock { $0.streams } }

    /// The tail requests, oldest first.
    var requests: [ClusterRequest] {
        state.withLock { $0.requests.values.sorted { $0.id < $1.id } }
    }

    /// How many tail requests there are.
    var requestCount: Int { state.withLock { $0.requests.count } }

    /// The tail requests with a webhook, and a number that grows when there is something new about them or their streams.
    var webhooks: (version: Int, requests: [TailRequestID: ClusterRequest]) { state.withLock { $0.webhooks } }

    /// A stream; asks the bucket for one that is not known yet.
    func stream(_ name: String) async throws(NATSFailure) -> ClusterStream? {
        if let known = state.withLock({ $0.streams[name] }) { return known }
        guard let (bytes, revision) = try await store.read(Self.key(stream: name)) else { return nil }
        note(stream: name, bytes, revision)
        return state.withLock { $0.streams[name] }
    }

    /// A tail request as the bucket has it now.
    func request(_ id: TailRequestID) async throws(NATSFailure) -> ClusterRequest? {
        guard let (bytes, revision) = try await store.read(Self.key(request: id)) else { return nil }
        note(request: id, bytes, revision)
        return bytes.isEmpty ? nil : ClusterRequest(bytes, id: id, revision: revision)
    }

    static func key(stream: String) -> String { "stream.\(ClusterNames.token(stream))" }
    static func key(request: TailRequestID) -> String { "request.\(request)" }

    /// Follows the bucket until the task is cancelled.
    func follow() async {
        await withDiscardingTaskGroup { group in
            group.addTask { await self.follow("stream") }
            group.addTask { await self.follow("request") }
        }
    }

    private func follow(_ kind: String) async {
        let prefix = ClusterNames.key(kind) + "."
        while !Task.isCancelled {
            var reader = MessageReader(
                store.jetStream,
                ReaderSettings(
                    stream: ClusterNames.stream(ofBucket: ClusterNames.bucket), subject: prefix + "*",
                    start: .lastPerSubject))
            var batch = MessageBatch()
            do throws(NATSFailure) {
                while !Task.isCancelled {
                    try await reader.read(into: &batch, waitingAtMost: 1_000_000)
                    for message in batch.messages {
                        let name = String(batch.subject(message).dropFirst(prefix.utf8.count))
                        let bytes = Array(batch.bytes[message.payload])
                        if kind == "stream" {
                            note(stream: name.replacing("=", with: "."), bytes, message.sequence)
                        } else if let id = TailRequestID(text: name) {
                            note(request: id, bytes, message.sequence)
                        }
                    }
                    if reader.trouble == nil, (batch.messages.last?.pending ?? reader.pending) == 0 {
                        state.withLock { _ = $0.followed.insert(kind) }
                    }
                }
            } catch {
                guard error.kind != .cancelled else { return }
                logger.warning("reading definitions failed", metadata: ["problem": .string(error.message)])
                try? await Task.sleep(for: .milliseconds(500))
            }
        }
    }

    private func note(stream name: String, _ bytes: [UInt8], _ revision: UInt64) {
        var stream: ClusterStream?
        if !bytes.isEmpty, let value = try? JSONValue(parsing: bytes) {
            stream = try? ClusterStream(value, name: name, defaultPartitions: defaultPartitions)
            stream?.revision = revision
        }
        let fresh = stream
        state.withLock { state in
            guard revision >= state.streams[name]?.revision ?? 0 else { return }
            state.streams[name] = fresh
            state.webhooks.version += 1
        }
    }

    private func note(request id: TailRequestID, _ bytes: [UInt8], _ revision: UInt64) {
        let request = bytes.isEmpty ? nil : ClusterRequest(bytes, id: id, revision: revision)
        state.withLock { state in
            guard revision >= state.requests[id]?.revision ?? 0 else { return }
            state.requests[id] = request
            let isWebhook = request?.definition.isWebhook == true
            guard isWebhook || state.webhooks.requests[id] != nil else { return }
            state.webhooks.requests[id] = isWebhook ? request : nil
            state.webhooks.version += 1
        }
    }
}
#endif
