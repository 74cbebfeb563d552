#if Server && NATS
import Logging
import FieldExtraction
import Foretail
import ForetailCluster
import ForetailNATS

/// The owner of one partition: reads its input, matches, writes the outputs, predicts, keeps snapshots.
///
/// What it does follows from the input alone: each message is one batch, processed at the time it was stored, control messages change
/// requests where they stand. So the owner that follows comes to the same state by snapshot and replay. Used by one task.
final class PartitionOwner: @unchecked Sendable {
    private let partition: PartitionID
    private let epoch: UInt32
    private let stream: ClusterStream
    private let services: ClusterServices
    private let control: OwnerControl
    private let clock = ServerClock()
    private var machine: PartitionMachine
    private var writer: OutputWriter
    private var ahead = AheadSender()
    /// The last message there was when it took over; up to it nothing is announced.
    private var boundary: UInt64 = 0
    private var next: UInt64 = 1
    private var snapshotTask: Task<Void, Never>?
    private var lastMessage: (time: Timestamp, readAt: Int64)?
    /// Where the last snapshot was cut, and when the output log was looked at.
    private var lastCut: UInt64 = 0
    private var outputCheckedAt: Int64 = 0

    init(
        _ partition: PartitionID, epoch: UInt32, stream: ClusterStream, services: ClusterServices, control: OwnerControl
    ) {
        self.partition = partition
        self.epoch = epoch
        self.stream = stream
        self.services = services
        self.control = control
        machine = PartitionMachine(stream, partition.number, services.manager(of: stream, partition: partition.number))
        let agent = services.agent
        writer = OutputWriter(
            partition: partition, epoch: epoch, jetStream: services.jetStream, control: control
        ) { agent.mayAct(on: partition, epoch: epoch) }
    }

    /// Serves the partition until it is told to stop, has given it up, or another owner is there.
    func run() async {
        defer { control.end() }
        while !control.isStopped {
            do throws(OutputWriter.End) {
                try await recover()
                try await serve()
                break
            } catch {
                switch error {
                case .stopped: break
                case .fenced(let other):
                    control.note { $0.phase = .fenced }
                    log("another owner writes this partition", ["other": "\(other)"])
                    return
                case .failed(let failure):
                    control.note { $0.problem = failure.message }
                    log("the partition is taken up anew", ["problem": failure.message])
                    try? await Task.sleep(for: .milliseconds(500))
                }
            }
        }
        await snapshotTask?.value
        control.note { $0.phase = .ended }
    }

    // MARK: Taking over

    private func recover() async throws(OutputWriter.End) {
        control.note { $0.phase = .recovering }
        let start = clock.monotonic
        machine = PartitionMachine(stream, partition.number, services.manager(of: stream, partition: partition.number))
        let agent = services.agent
        let (partition, epoch) = (partition, epoch)
        writer = OutputWriter(
            partition: partition, epoch: epoch, jetStream: services.jetStream, control: control
        ) { agent.mayAct(on: partition, epoch: epoch) }
        next = 1
        lastCut = 0
        try await restoreSnapshot()
        try await attempt { () async throws(NATSFailure) in
            let input = ClusterNames.input(self.stream.name)
            let first = try await self.services.jetStream.streamInfo(input).firstSequence
            if first > self.next { try await self.registerForgotten(before: first) }
            self.boundary =
                try await self.services.jetStream.lastMessage(
                    input, subject: ClusterNames.input(self.stream.name, self.partition.number),
                    askingEvery: 300_000)?.sequence ?? 0
        }
        control.note { $0.recoveryMicroseconds = -start }
        noteLive()
    }

    /// Takes up the last snapshot. Where that cannot be used, the whole log is read; where it cannot be reached, it is waited for.
    private func restoreSnapshot() async throws(OutputWriter.End) {
        var found: PartitionSnapshot?
        do throws(OutputWriter.End) {
            try await attempt { () async throws(NATSFailure) in
                found = try await self.services.snapshots.read(self.partition)
            }
        } catch .failed(let failure) {
            log("the snapshot is of no use", ["problem": failure.message])
        }
        guard let snapshot = found else { return }
        do throws(NATSFailure) {
            try machine.restore(snapshot)
            next = snapshot.sequence + 1
            lastCut = snapshot.sequence
            control.note { $0.snapshot = snapshot.sequence }
        } catch {
            log("the snapshot is of no use", ["problem": error.message])
            machine = PartitionMachine(
                stream, partition.number, services.manager(of: stream, partition: partition.number))
        }
    }

    /// Requests whose registrations, changes or removals the log has forgotten, where no snapshot has them either.
    private func registerForgotten(before first: UInt64) async throws(NATSFailure) {
        for id in machine.requestIDs where try await services.catalogue.request(id) == nil { machine.remove(id) }
        let bound = ClusterNames.position(partition.number, sequence: first)
        for request in services.catalogue.requests
        where request.definition.stream == stream.name && !request.isRemoving {
            guard let applied = request.applied[partition.number], applied < bound else { continue }
            machine.apply(request.id, change: request.change, JSONValue(members: request.definition.document))
        }
    }

    private func attempt(_ body: () async throws(NATSFailure) -> Void) async throws(OutputWriter.End) {
        while true {
            if control.isStopped { throw .stopped }
            do throws(NATSFailure) {
                return try await body()
            } catch {
                guard error.isTransient else { throw .failed(error) }
                try? await Task.sleep(for: .milliseconds(200))
            }
        }
    }

    private func noteLive() {
        guard next > boundary else { return }
        control.note { status in
            guard status.phase == .recovering else { return }
            status.phase = .live
            if status.recoveryMicroseconds < 0 { status.recoveryMicroseconds += self.clock.monotonic }
        }
    }

    // MARK: Serving

    private func serve() async throws(OutputWriter.End) {
        var reader = MessageReader(
            services.jetStream,
            ReaderSettings(
                stream: ClusterNames.input(stream.name), subject: ClusterNames.input(stream.name, partition.number),
                start: .sequence(next)))
        do throws(OutputWriter.End) {
            try await serve(&reader)
        } catch {
            await reader.close()
            throw error
        }
        await reader.close()
        try await handOver()
    }

    /// Serves what is read until it is to give the partition up.
    private func serve(_ reader: inout MessageReader) async throws(OutputWriter.End) {
        var batch = MessageBatch()
        while true {
            if control.isStopped { throw .stopped }
            if control.isDraining { return }
            answerQuestions()
            do throws(NATSFailure) {
                try await reader.read(into: &batch, waitingAtMost: 100_000)
            } catch {
                throw .failed(error)
            }
            for gap in batch.gaps { note(gap) }
            if batch.messages.isEmpty {
                tick()
            } else {
                try await process(batch)
            }
            await ahead.flush(services.jetStream.connection)
            noteLive()
            try await outliveOutput()
        }
    }

    /// Keeps a snapshot before the output log forgets what a replay would repeat: how far was forwarded since the last one is known
    /// from there alone.
    private func outliveOutput() async throws(OutputWriter.End) {
        let now = clock.monotonic
        guard stream.definition.retentionBytes != nil, next > boundary, now - outputCheckedAt > 5_000_000 else {
            return
        }
        outputCheckedAt = now
        guard let oldest = writer.oldest(behind: lastCut),
            let info = try? await services.jetStream.streamInfo(ClusterNames.output(stream.name)),
            oldest < info.firstSequence + (info.lastSequence - min(info.firstSequence, info.lastSequence)) / 2
        else { return }
        try await snapshot(at: next - 1, isKept: true)
    }

    /// Answers what was asked meanwhile; while it replays, what it knows is not what is.
    private func answerQuestions() {
        control.answer { question in next > boundary ? machine.answer(question) : nil }
    }

    /// Tells what the stream forgot before it was read. Of one that is not exact some belonged to other partitions.
    private func note(_ gap: MessageBatch.Gap) {
        let count = gap.through - gap.from + 1
        if gap.isExact { control.note { $0.missed += count } }
        log(
            "messages were forgotten before they were read: retention is too short for how long the partition was away",
            ["from": "\(gap.from)", "through": "\(gap.through)", "atMost": "\(count)"])
    }

    /// Tells what the machine could not take.
    private func noteRefusals(beyond before: Int) {
        for refusal in machine.takeRefusals() {
            let problem = "tail request '\(refusal.request)' is not served here: \(refusal.reason)"
            control.note { $0.problem = problem }
            log("a tail request is refused", ["request": "\(refusal.request)", "reason": refusal.reason])
        }
        guard machine.linesBeyond > before else { return }
        log(
            "lines of a message beyond the \(ClusterNames.messageEvents)th are left out; write them as more messages",
            ["lines": "\(machine.linesBeyond - before)", "before": "\(next)"])
    }

    private func process(_ batch: MessageBatch) async throws(OutputWriter.End) {
        let before = machine.linesBeyond
        defer { noteRefusals(beyond: before) }
        for message in batch.messages {
            let isLive = message.sequence > boundary
            let count = machine.process(
                batch.bytes[message.payload], sequence: message.sequence, time: message.time, writer: &writer,
                ahead: &ahead, announces: isLive)
            next = message.sequence + 1
            control.note { status in
                status.events += count
                status.sequence = message.sequence
                status.lag = message.pending
                if !isLive { status.replayed += 1 }
            }
            if machine.eventsSinceSnapshot >= services.settings.snapshotEvents {
                try await snapshot(at: message.sequence, isKept: isLive)
            } else if writer.isFull {
                try await writer.flush()
            }
        }
        lastMessage = batch.messages.last.map { ($0.time, clock.monotonic) }
        try await writer.flush()
    }

    /// Lets time pass in silence: as much as has passed here since the last message came.
    private func tick() {
        guard next > boundary, let lastMessage, clock.monotonic - lastMessage.readAt > 1_000_000 else { return }
        let passed = clock.monotonic - lastMessage.readAt
        machine.tick(Timestamp(microseconds: lastMessage.time.microseconds + passed), ahead: &ahead)
    }

    /// Ends open predictions, and keeps what was learned, once all that came before is written.
    private func snapshot(at sequence: UInt64, isKept: Bool) async throws(OutputWriter.End) {
        let snapshot = machine.cut(at: sequence, ahead: &ahead, announces: isKept)
        guard isKept, let snapshot else { return }
        try await writer.flush()
        await snapshotTask?.value
        lastCut = sequence
        let (services, partition, control) = (services, partition, control)
        snapshotTask = Task {
            do throws(NATSFailure) {
                try await services.snapshots.write(snapshot, of: partition)
                control.note { $0.snapshot = sequence }
            } catch {
                services.logger.warning(
                    "a snapshot could not be kept",
                    metadata: ["partition": .string("\(partition)"), "problem": .string(error.message)])
            }
        }
    }

    /// Gives the partition up: everything is written by now; whoever follows need not replay much.
    private func handOver() async throws(OutputWriter.End) {
        if next > boundary, machine.eventsSinceSnapshot > services.settings.snapshotEvents / 5 {
            try await snapshot(at: next - 1, isKept: true)
        }
        await ahead.flush(services.jetStream.connection)
        await snapshotTask?.value
        await services.webhooks.settle(partition, epoch: epoch)
        services.agent.drained(partition, epoch: epoch)
    }

    private func log(_ message: String, _ metadata: [String: String]) {
        services.logger.warning(
            "\(message)",
            metadata: .init(
                uniqueKeysWithValues: [("partition", .string("\(partition)")), ("epoch", .string("\(epoch)"))]
                    + metadata.map { ($0.key, .string($0.value)) }))
    }
}
#endif
