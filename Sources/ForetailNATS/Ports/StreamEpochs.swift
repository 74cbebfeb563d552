#if NATS
import FieldExtraction

/// Which epoch each sequence of a stream belongs to, kept in a bucket.
///
/// Sequences of JetStream begin anew when a stream is deleted and made again, and are given a second time when a writer that had
/// numbered its events ahead dies before they were stored. So a new epoch begins with every stream of another creation, and with
/// every writer. The bucket says where: positions `partition:epoch-sequence` stay unique for ever, and all nodes agree on them.
public struct StreamEpochs: Sendable, Hashable {
    /// An epoch and the first sequence that belongs to it.
    public struct Start: Sendable, Hashable {
        /// The number of the epoch, from 1.
        public var epoch: UInt32
        /// The first sequence.
        public var sequence: UInt64
    }

    /// When the stream was created, as ``StreamInfo/created`` says it.
    public private(set) var created: String
    /// The epochs in order; at least one.
    public private(set) var starts: [Start]
    /// The revision in the bucket.
    public private(set) var revision: UInt64 = 0

    /// The bucket that holds the epochs of all streams.
    public static func bucket(_ jetStream: JetStream, replicas: Int = 1) async throws(NATSFailure) -> KeyValueBucket {
        try await KeyValueBucket.open(jetStream, "foretail-epochs", KeyValueSettings(replicas: replicas))
    }

    /// The latest epoch.
    public var current: UInt32 { starts[starts.count - 1].epoch }

    /// The epoch of a sequence.
    public func epoch(of sequence: UInt64) -> UInt32 {
        starts.last { $0.sequence <= sequence }?.epoch ?? starts[0].epoch
    }

    /// Reads the epochs of a stream; one that was made anew since begins a new one.
    public static func current(
        of stream: String, in bucket: KeyValueBucket
    ) async throws(NATSFailure) -> StreamEpochs {
        while true {
            let info = try await bucket.jetStream.streamInfo(stream)
            let entry = try await bucket.get(key(stream))
            let known = try entry.map { (entry) throws(NATSFailure) in try StreamEpochs(entry, stream) }
            if let known, known.created == info.created { return known }
            var next = StreamEpochs(
                created: info.created, starts: [Start(epoch: (known?.current ?? 0) + 1, sequence: 1)])
            do throws(NATSFailure) {
                try await next.write(stream, bucket, over: entry?.revision)
                return next
            } catch  where error.kind == .conflict {
                // Another node was faster; what it wrote holds.
            }
        }
    }

    /// Begins a new epoch with a sequence, for a writer that comes anew.
    ///
    /// - Throws: ``NATSFailure`` (`conflict`) where another one was faster.
    public mutating func begin(at sequence: UInt64, of stream: String, in bucket: KeyValueBucket)
        async throws(NATSFailure)
    {
        var next = self
        // An epoch without events is replaced.
        next.starts.removeAll { $0.sequence >= sequence }
        next.starts.append(Start(epoch: current + 1, sequence: sequence))
        // What was forgotten long ago is not asked for any more.
        if next.starts.count > 1_000 {
            let first = try await bucket.jetStream.streamInfo(stream).firstSequence
            while next.starts.count > 1, next.starts[1].sequence <= first { next.starts.removeFirst() }
        }
        try await next.write(stream, bucket, over: revision)
        self = next
    }

    private init(created: String, starts: [Start]) {
        self.created = created
        self.starts = starts
    }

    private init(_ entry: KeyValueEntry, _ stream: String) throws(NATSFailure) {
        guard let value = try? JSONValue(parsing: entry.value), let created = value["created"]?.text,
            case .array(let pairs)? = value["epochs"], !pairs.isEmpty
        else {
            throw NATSFailure(.damaged, "the epochs of stream '\(stream)' in the bucket cannot be read")
        }
        self.created = created
        starts = []
        revision = entry.revision
        for pair in pairs {
            guard let epoch = pair["epoch"]?.number, let sequence = pair["from"]?.sequence else { continue }
            starts.append(Start(epoch: UInt32(clamping: epoch), sequence: sequence))
        }
        guard !starts.isEmpty else {
            throw NATSFailure(.damaged, "the epochs of stream '\(stream)' in the bucket cannot be read")
        }
    }

    private mutating func write(
        _ stream: String, _ bucket: KeyValueBucket, over revision: UInt64?
    ) async throws(NATSFailure) {
        var bytes: [UInt8] = []
        JSONValue.members([
            "created": .string(created),
            "epochs": .array(
                starts.map { .members(["epoch": .integer(Int64($0.epoch)), "from": .sequence($0.sequence)]) }),
        ]).append(to: &bytes)
        if let revision {
            self.revision = try await bucket.update(Self.key(stream), bytes, revision: revision)
        } else {
            self.revision = try await bucket.create(Self.key(stream), bytes)
        }
    }

    private static func key(_ stream: String) -> String { stream }
}
#endif
