#if Server && NATS
import FieldExtraction
import Foretail
import ForetailNATS

/// The events of one body on their way to the partitions of a stream.
///
/// They travel in rounds: one message per partition at most, stored whole or not at all. A round begins when the one before is known to
/// be stored, so no failure changes the order of a key. What is not acknowledged is published again under the same id, which
/// stores it once; the ids follow from the body alone, so a client that sends the same body under the same `Idempotency-Key`, to
/// whatever node, does not double it.
struct ClusterIntake: BodyTaker {
    /// What was no event.
    var rejections: Rejections { framer.rejections }
    /// Events stored.
    private(set) var accepted = 0
    /// The position of the last one, in the order of the body.
    private(set) var last: Position?
    /// The line up to which everything is stored or rejected.
    private(set) var lastLine = 0
    /// The position of each event, in the order of the body, where they are wanted.
    private(set) var each: [Position]?
    /// The last position of each partition.
    private(set) var positions: [UInt32: Position] = [:]
    /// The name under which the body's messages are stored once.
    let idempotencyKey: String

    private struct Lane {
        var bytes: [UInt8] = []
        var count = 0
    }

    /// Bytes of an event, at most: it must fit a message together with what its record adds.
    static let eventBytes = 512 << 10
    private static let laneEvents = 1_024
    private static let laneBytes = 256 << 10
    private static let roundBytes = 2 << 20
    /// How long a round is tried: longer than servers need for a new leader.
    private static let patience: Int64 = 25_000_000

    private let stream: ClusterStream
    private let jetStream: JetStream
    private let agent: ClusterAgent
    private var framer: BodyFramer
    private var keys: KeyReader
    private var lanes: [UInt32: Lane] = [:]
    /// The partition of each event of the round, and its place in its message.
    private var order: [(partition: UInt32, place: Int)] = []
    private var roundBytes = 0
    private var round = 0
    private var line = 0

    init(
        _ stream: ClusterStream, services: ClusterServices, format: BodyFormat, idempotencyKey: String?, wantsEach: Bool
    ) {
        self.stream = stream
        jetStream = services.jetStream
        agent = services.agent
        var scan = services.configuration.manager.limits.scan
        scan.line = min(scan.line, Self.eventBytes)
        self.idempotencyKey = idempotencyKey ?? String(UInt64.random(in: .min ... .max), radix: 36)
        each = wantsEach ? [] : nil
        framer = BodyFramer(
            StreamDescriptor(name: stream.name), format: format, limits: scan,
            events: services.configuration.limits.bodyEvents)
        keys = KeyReader(fields: stream.definition.key, limits: scan)
    }

    mutating func take(lines block: [UInt8], isEnd: Bool) async throws(Problem) {
        try await add(framer.frame(lines: block, isEnd: isEnd).batch)
    }

    mutating func take(whole body: [UInt8]) async throws(Problem) {
        try await add(framer.frame(whole: body).batch)
    }

    private mutating func add(_ batch: EventBatch) async throws(Problem) {
        for frame in batch.frames {
            let partition = batch.bytes.withUnsafeBufferPointer { bytes in
                keys.partition(of: UnsafeBufferPointer(rebasing: bytes[frame.body]), among: stream.partitions)
            }
            let length = frame.body.count + 1
            if let lane = lanes[partition],
                lane.count >= Self.laneEvents || lane.bytes.count + length > Self.laneBytes
                    || roundBytes > Self.roundBytes
            {
                try await settle()
            }
            append(batch.bytes[frame.body], to: partition)
            line = frame.line
        }
    }

    private mutating func append(_ body: ArraySlice<UInt8>, to partition: UInt32) {
        order.append((partition, lanes[partition]?.count ?? 0))
        roundBytes += body.count + 1
        lanes[partition, default: Lane()].count += 1
        // Line breaks stand between the tokens of JSON only, and a line is an event here.
        lanes[partition]?.bytes.append(contentsOf: body.lazy.map { $0 == 0x0A || $0 == 0x0D ? 0x20 : $0 })
        lanes[partition]?.bytes.append(0x0A)
    }

    /// Publishes what was taken and returns when all of it is stored.
    ///
    /// - Throws: ``Problem`` (503) when servers did not take it in time.
    mutating func settle() async throws(Problem) {
        guard !lanes.isEmpty else { return }
        let partitions = lanes.keys.sorted()
        var sequences: [UInt32: UInt64] = [:]
        let deadline = ServerClock().monotonic + Self.patience
        var failure: NATSFailure?
        while sequences.count < partitions.count {
            if let failure {
                guard failure.isTransient || failure.isOutcomeUnknown, ServerClock().monotonic < deadline,
                    !agent.isCutOff
                else {
                    throw problem(failure)
                }
                do {
                    try await Task.sleep(for: .milliseconds(100))
                } catch {
                    throw .shuttingDown
                }
            }
            let missing = partitions.filter { sequences[$0] == nil }
            var batch = PublishBatch()
            for partition in missing {
                batch.append(
                    subject: ClusterNames.input(stream.name, partition), payload: (lanes[partition]?.bytes ?? [])[...],
                    id: MessageID("event.\(idempotencyKey).\(round).\(partition)"))
            }
            let results = await jetStream.publish(batch, within: 2_000_000)
            for (index, partition) in missing.enumerated() {
                if case .stored(let sequence, _) = results[index] { sequences[partition] = sequence }
            }
            failure = results.failure ?? NATSFailure(.connection, "no NATS server is connected")
        }
        for (partition, place) in order {
            let position = ClusterNames.position(partition, sequence: sequences[partition] ?? 0, place: place)
            each?.append(position)
            positions[partition] = position
            last = position
        }
        accepted += order.count
        lastLine = line
        order.removeAll(keepingCapacity: true)
        lanes.removeAll()
        roundBytes = 0
        round += 1
    }

    private func problem(_ failure: NATSFailure) -> Problem {
        var problem = Problem(failure)
        problem.remedy =
            "send the whole body again within two minutes with the header Idempotency-Key: \(idempotencyKey), to any node; "
            + "what is stored already is not stored twice"
        return problem
    }

    /// The members of an answer.
    var members: [(String, JSONValue?)] {
        [
            ("accepted", .number(accepted)), ("rejected", rejections.document),
            ("rejectedCount", .number(rejections.count)), ("last", last.map { .string($0.description) }),
            (
                "positions",
                JSONValue(
                    members: positions.sorted { $0.key < $1.key }.map {
                        (String($0.key), .string($0.value.description))
                    })
            ),
            ("each", each.map { .array($0.map { .string($0.description) }) }),
            ("idempotencyKey", .string(idempotencyKey)),
        ]
    }
}
#endif
