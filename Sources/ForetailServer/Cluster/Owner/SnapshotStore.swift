#if Server && NATS
import FieldExtraction
import Foretail
import ForetailCluster
import ForetailNATS

/// What a partition's manager is made again from.
struct PartitionSnapshot: Sendable {
    /// The sequence of the last message that it holds.
    var sequence: UInt64
    /// The requests in the order they were registered, with the number of their last change.
    var requests: [(id: TailRequestID, change: Int, definition: JSONValue)] = []
    /// Requests that were removed, with the number of that change.
    var removed: [(id: TailRequestID, change: Int)] = []
    /// What was learned.
    var models: [UInt8] = []
}

/// Snapshots of partitions, in pieces in a JetStream stream; a manifest per partition says which pieces are the last whole one.
struct SnapshotStore: Sendable {
    let jetStream: JetStream
    private static let pieceBytes = 512 << 10

    /// Creates the stream.
    static func create(_ jetStream: JetStream, replicas: Int) async throws(NATSFailure) {
        var settings = StreamSettings(name: ClusterNames.snapshots, subjects: ["foretail-cluster.snapshot.>"])
        settings.replicas = replicas
        settings.maxMessagesPerSubject = 1
        try await jetStream.ensureStream(settings)
    }

    /// The last snapshot of a partition; nil: there is none.
    ///
    /// - Throws: ``NATSFailure`` (`damaged`) where its pieces are not what the manifest says.
    func read(_ partition: PartitionID) async throws(NATSFailure) -> PartitionSnapshot? {
        let place = ClusterNames.snapshot(partition.stream, partition.number)
        guard
            let manifest = try await jetStream.lastMessage(
                ClusterNames.snapshots, subject: place + ".manifest", askingEvery: 300_000),
            let value = try? JSONValue(parsing: manifest.payload),
            let sequence = value["sequence"]?.wholeNumber, let pieces = value["pieces"]?.wholeNumber,
            let head = value["head"]?.wholeNumber, let bytes = value["bytes"]?.wholeNumber, sequence >= 0, head >= 0,
            bytes >= 0,
            (0...bytes).contains(pieces)
        else { return nil }
        var whole: [UInt8] = []
        for number in 0..<pieces {
            let piece = try await jetStream.lastMessage(
                ClusterNames.snapshots, subject: "\(place).\(sequence).\(number)")
            whole += piece?.payload ?? []
        }
        guard whole.count == bytes, head <= bytes, let document = try? JSONValue(parsing: Array(whole[..<head])) else {
            throw NATSFailure(
                .damaged, "snapshot of \(partition) at \(sequence): pieces are missing; the log is read instead")
        }
        var snapshot = PartitionSnapshot(sequence: UInt64(sequence), models: Array(whole[head...]))
        for entry in document["requests"]?.list ?? [] {
            guard let parts = entry.list, parts.count == 3,
                let id = parts[0].string.flatMap({ TailRequestID(text: $0) }),
                let change = parts[1].wholeNumber
            else { continue }
            snapshot.requests.append((id, change, parts[2]))
        }
        for entry in document["removed"]?.list ?? [] {
            guard let parts = entry.list, parts.count == 2,
                let id = parts[0].string.flatMap({ TailRequestID(text: $0) }),
                let change = parts[1].wholeNumber
            else { continue }
            snapshot.removed.append((id, change))
        }
        return snapshot
    }

    /// Keeps a snapshot, unless a later one is there. The one before it is forgotten.
    func write(_ snapshot: PartitionSnapshot, of partition: PartitionID) async throws(NATSFailure) {
        let place = ClusterNames.snapshot(partition.stream, partition.number)
        let known = try await jetStream.lastMessage(ClusterNames.snapshots, subject: place + ".manifest")
        let before = known.flatMap { try? JSONValue(parsing: $0.payload) }?["sequence"]?.wholeNumber
        guard before ?? 0 < Int(snapshot.sequence) else { return }
        let head = JSONValue(members: [
            (
                "requests",
                .array(
                    snapshot.requests.map { .array([.string($0.id.description), .number($0.change), $0.definition]) })
            ),
            ("removed", .array(snapshot.removed.map { .array([.string($0.id.description), .number($0.change)]) })),
        ]).bytes
        let whole = head + snapshot.models
        var batch = PublishBatch()
        var pieces = 0
        for start in stride(from: 0, to: whole.count, by: Self.pieceBytes) {
            batch.append(
                subject: "\(place).\(snapshot.sequence).\(pieces)",
                payload: whole[start..<min(whole.count, start + Self.pieceBytes)])
            pieces += 1
        }
        if let failure = await jetStream.publish(batch, window: 4).failure { throw failure }
        let manifest = JSONValue(members: [
            ("sequence", .number(Int(snapshot.sequence))), ("pieces", .number(pieces)), ("head", .number(head.count)),
            ("bytes", .number(whole.count)),
        ]).bytes
        var last = PublishBatch()
        last.append(subject: place + ".manifest", payload: manifest[...], following: known?.sequence ?? 0)
        let results = await jetStream.publish(last, window: 1)
        if let failure = results.failure { throw failure }
        // Another owner's manifest is there. Its pieces are whole, too.
        guard results.duplicates == 0 else { return }
        if let before { _ = try await jetStream.purge(ClusterNames.snapshots, subject: "\(place).\(before).*") }
    }
}
#endif
