#if Server && NATS
import FieldExtraction
import Foretail
import ForetailCluster
import ForetailNATS

/// The outputs of one partition: a subject for each request with matches, written by compare-and-set on the subject's last message,
/// which also holds where several owners write at the same moment (``PublishBatch/append(subject:payload:following:)``).
///
/// What it knows of a subject is read at the first match for it. That says how far it was written, by whomever, and nobody's
/// writing is lost or doubled: what lies before is left out, what an older owner still sends is refused.
struct OutputWriter {
    /// Why writing ends.
    enum End: Error {
        /// Another owner, with a higher epoch, has written.
        case fenced(UInt32)
        /// The owner was told to stop.
        case stopped
        /// The server refuses for a reason that another attempt does not mend.
        case failed(NATSFailure)
    }

    /// The end of a subject.
    private struct Tail {
        var sequence: UInt64
        /// The sequence of the position that was forwarded last.
        var through: UInt64
        var epoch: UInt32
    }

    /// Records on their way to a subject.
    struct Draft {
        var bytes: [UInt8] = []
        var ends: [(through: UInt64, end: Int)] = []

        /// Its beginning, as large as one message may be; all records of a position stay together.
        func piece(of bytes: Int) -> Draft {
            guard self.bytes.count > bytes else { return self }
            var count = 1
            while count < ends.count, ends[count].end <= bytes || ends[count].through == ends[count - 1].through {
                count += 1
            }
            return Draft(bytes: Array(self.bytes[..<ends[count - 1].end]), ends: Array(ends[..<count]))
        }

        /// What lies behind a position.
        func behind(_ through: UInt64) -> Draft {
            let count = ends.prefix { $0.through <= through }.count
            guard count > 0 else { return self }
            let start = ends[count - 1].end
            return Draft(bytes: Array(bytes[start...]), ends: ends[count...].map { ($0.through, $0.end - start) })
        }
    }

    /// Bytes of one message, about.
    static let messageBytes = 400 << 10
    /// Room for what stands around the records: subject, headers, the first line.
    private static let headBytes = 4 << 10
    private let partition: PartitionID
    private let epoch: UInt32
    private let jetStream: JetStream
    private let mayAct: @Sendable () -> Bool
    private let control: OwnerControl
    private var tails: [TailRequestID: Tail] = [:]
    private var drafts: [TailRequestID: Draft] = [:]
    /// Whether some message has grown large enough to be sent.
    private(set) var isFull = false

    init(
        partition: PartitionID, epoch: UInt32, jetStream: JetStream, control: OwnerControl,
        mayAct: @escaping @Sendable () -> Bool
    ) {
        self.partition = partition
        self.epoch = epoch
        self.jetStream = jetStream
        self.control = control
        self.mayAct = mayAct
    }

    /// The first message of the output log that says how far a request was forwarded behind a position; nil: there is none.
    func oldest(behind sequence: UInt64) -> UInt64? {
        tails.values.lazy.filter { $0.through > sequence && $0.sequence > 0 }.map(\.sequence).min()
    }

    /// Adds a record of an event.
    mutating func add(_ request: TailRequestID, _ position: Position, _ render: (inout [UInt8]) -> Void) {
        render(&drafts[request, default: Draft()].bytes)
        let end = drafts[request]?.bytes.count ?? 0
        drafts[request]?.ends.append((position.sequence, end))
        if end >= Self.messageBytes { isFull = true }
    }

    /// Forgets what is known of a request that was removed.
    mutating func forget(_ request: TailRequestID) {
        tails[request] = nil
        drafts[request] = nil
    }

    /// Writes all that was added, and returns when it is stored.
    ///
    /// While the node's session has lapsed it waits: whether it is still the owner is known when the session is renewed, or lost.
    mutating func flush() async throws(End) {
        isFull = false
        while !drafts.isEmpty {
            try await readTails()
            var batch = PublishBatch()
            var sent: [(TailRequestID, piece: Draft)] = []
            let room = max(4_096, min(Self.messageBytes, jetStream.connection.largestMessage - Self.headBytes))
            for (request, draft) in drafts {
                guard let tail = tails[request], let last = draft.ends.last else { continue }
                guard last.through > tail.through else {
                    drafts[request] = nil
                    continue
                }
                let piece = draft.behind(tail.through).piece(of: room)
                batch.append(
                    subject: ClusterNames.output(partition.stream, request, partition.number),
                    payload: message(piece)[...], following: tail.sequence)
                sent.append((request, piece))
            }
            guard batch.count > 0 else { continue }
            try await waitForLease()
            let results = await jetStream.publish(batch, within: 2_000_000)
            try await take(results, sent)
        }
    }

    private mutating func take(
        _ results: PublishResults, _ sent: [(TailRequestID, piece: Draft)]
    ) async throws(End) {
        var pauses = false
        for (index, (request, piece)) in sent.enumerated() {
            switch results[index] {
            case .stored(let sequence, isDuplicate: false):
                let through = piece.ends.last?.through ?? 0
                tails[request] = Tail(sequence: sequence, through: through, epoch: epoch)
                let rest = drafts[request]?.behind(through) ?? Draft()
                drafts[request] = rest.ends.isEmpty ? nil : rest
                control.note { $0.forwarded += piece.ends.count }
            case .stored:
                // Another owner took the place, or an earlier try of this one did: the subject says.
                control.note { $0.refused += 1 }
                tails[request] = nil
            case .refused(let failure) where failure.kind == .conflict:
                control.note { $0.refused += 1 }
                tails[request] = nil
            case .refused(let failure) where !failure.isTransient: throw .failed(failure)
            case .refused, .notSent: pauses = true
            case .unknown:
                // It may be stored: the subject says.
                tails[request] = nil
                pauses = true
            }
        }
        // One event that is larger than a message may be: waiting does not make it smaller.
        if let failure = results.failure, failure.kind == .tooLarge { throw .failed(failure) }
        if pauses { try await pause() }
    }

    /// The message that holds a piece.
    private func message(_ draft: Draft) -> [UInt8] {
        let last = Position(partition: partition.number, sequence: draft.ends.last?.through ?? 0)
        return Array(#"{"through":"\#(last)","epoch":\#(epoch)}"#.utf8) + [0x0A] + draft.bytes
    }

    /// Learns the ends of subjects that are not known.
    private mutating func readTails() async throws(End) {
        let (jetStream, partition) = (jetStream, partition)
        while true {
            let unknown = drafts.keys.filter { tails[$0] == nil }
            guard !unknown.isEmpty else { return }
            let found = await withTaskGroup(of: (TailRequestID, Tail?).self) { group in
                var found: [(TailRequestID, Tail?)] = []
                for (place, request) in unknown.enumerated() {
                    if place >= 32, let next = await group.next() { found.append(next) }
                    group.addTask {
                        let subject = ClusterNames.output(partition.stream, request, partition.number)
                        do throws(NATSFailure) {
                            let last = try await jetStream.lastMessage(
                                ClusterNames.output(partition.stream), subject: subject, askingEvery: 300_000)
                            return (request, Self.tail(last))
                        } catch {
                            return (request, nil)
                        }
                    }
                }
                for await next in group { found.append(next) }
                return found
            }
            var isMissing = false
            for (request, tail) in found {
                guard let tail else {
                    isMissing = true
                    continue
                }
                guard tail.epoch <= epoch else { throw .fenced(tail.epoch) }
                tails[request] = tail
            }
            if isMissing { try await pause() }
        }
    }

    private static func tail(_ message: StoredMessage?) -> Tail? {
        guard let message else { return Tail(sequence: 0, through: 0, epoch: 0) }
        let line = message.payload.prefix { $0 != 0x0A }
        guard let value = try? JSONValue(parsing: Array(line)),
            let through = value["through"]?.string.flatMap({ Position($0) }),
            let epoch = value["epoch"]?.wholeNumber.flatMap(UInt32.init(exactly:))
        else { return nil }
        return Tail(sequence: message.sequence, through: through.sequence, epoch: epoch)
    }

    private func waitForLease() async throws(End) {
        while !mayAct() { try await pause() }
    }

    private func pause() async throws(End) {
        if control.isStopped { throw .stopped }
        try? await Task.sleep(for: .milliseconds(50))
        if control.isStopped { throw .stopped }
    }
}
#endif
