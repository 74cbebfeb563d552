#if Server && NATS
import FieldExtraction
import Foretail
import ForetailCluster
import ForetailNATS

/// Registers in a JetStream key-value bucket: a value per key, changed by compare-and-set on its revision.
struct RegisterStore: Sendable {
    let jetStream: JetStream
    /// How long a write may take.
    let answerMicroseconds: Int64
    /// The bucket's name.
    var bucket = ClusterNames.bucket
    /// How long one answer is waited for until the question is asked again beside it.
    private static let questionMicroseconds: Int64 = 200_000

    /// What became of a write.
    enum Outcome: Sendable {
        case written(revision: UInt64)
        /// The key is at another revision: somebody else's write, or an earlier try of this one.
        case conflict
        case unknown(NATSFailure)
    }

    /// Creates a bucket.
    static func create(
        _ jetStream: JetStream, _ bucket: String = ClusterNames.bucket, replicas: Int
    ) async throws(NATSFailure) {
        var settings = StreamSettings(name: ClusterNames.stream(ofBucket: bucket), subjects: ["$KV.\(bucket).>"])
        settings.replicas = replicas
        settings.maxMessagesPerSubject = 1
        settings.allowsRollup = true
        settings.deniesDelete = true
        settings.discard = .new
        try await jetStream.ensureStream(settings)
    }

    /// The value of a key and its revision; nil: there is none. An empty value is a deleted one.
    func read(_ key: String) async throws(NATSFailure) -> (bytes: [UInt8], revision: UInt64)? {
        try await jetStream.lastMessage(
            ClusterNames.stream(ofBucket: bucket), subject: ClusterNames.key(key, in: bucket),
            askingEvery: Self.questionMicroseconds
        ).map { ($0.payload, $0.sequence) }
    }

    /// Puts a value in the place of the one with a revision; 0: where there is none.
    func write(_ key: String, _ bytes: [UInt8], expecting revision: UInt64) async -> Outcome {
        var batch = PublishBatch()
        batch.append(subject: ClusterNames.key(key, in: bucket), payload: bytes[...], following: revision)
        switch await jetStream.publish(batch, window: 1, within: answerMicroseconds)[0] {
        case .stored(let sequence, isDuplicate: false): return .written(revision: sequence)
        case .stored: return .conflict
        case .refused(let failure): return failure.kind == .conflict ? .conflict : .unknown(failure)
        case .unknown(let failure): return .unknown(failure)
        case .notSent: return .unknown(NATSFailure(.connection, "no NATS server is connected"))
        }
    }

    /// Forgets a key.
    func purge(_ key: String) async throws(NATSFailure) {
        _ = try await jetStream.purge(
            ClusterNames.stream(ofBucket: bucket), subject: ClusterNames.key(key, in: bucket))
    }

    /// Performs a command of the node.
    func perform(_ command: RegisterCommand) async -> RegisterAnswer {
        let key = Self.name(command.key)
        switch command.operation {
        case .read:
            do throws(NATSFailure) {
                guard let (bytes, revision) = try await read(key) else { return .missing }
                guard let value = RegisterText.value(of: command.key, bytes) else { return .unknown }
                return .entry(value, revision: revision)
            } catch {
                return .unknown
            }
        case .write(let value, let expecting):
            switch await write(key, RegisterText.bytes(of: value), expecting: expecting) {
            case .written(let revision): return .written(revision: revision)
            case .conflict: return .refused
            case .unknown: return .unknown
            }
        }
    }

    private static func name(_ key: RegisterKey) -> String {
        switch key {
        case .members: "members"
        case .session(let node): "session.\(node)"
        case .table(let stream): "table.\(ClusterNames.token(stream))"
        }
    }
}
#endif
