#if NATS
import FieldExtraction
public import Foretail

/// The event log of one partition in a JetStream stream that this writer alone writes to.
///
///     let layout = EventStreamLayout(stream: "metrics")
///     let log = try await JetStreamLog.open(jetStream, layout, epochs: StreamEpochs.bucket(jetStream))
///
/// Events get their positions in memory, ahead of the server: the sequence after the last, in an epoch of this writer's own. Each
/// message says which sequence and which id it expects before it, so it is stored at that number behind this writer's own message or not at
/// all, in order, once, however often a connection or a leader is lost and it is sent again. A writer that opens the log after this one fences it out: nothing of this one
/// is stored any more (`log`: another writer).
///
/// What is acknowledged is as durable as the stream: with one replica the server syncs its files every two minutes, unless it is told
/// otherwise (`sync_interval`).
public struct JetStreamLog: EventLog {
    /// How many bytes may wait for the server; `submit` waits for room.
    public static let queuedBytes = 64 << 20

    /// Where the events lie.
    public let layout: EventStreamLayout
    /// The partition of the positions.
    public let partition: Int
    private let jetStream: JetStream
    private let bucket: KeyValueBucket
    private let patience: Int64
    private var publisher: LogPublisher
    private var writer = MessageID("")
    private var reading: Reading?
    /// The epochs of the stream.
    public private(set) var epochs: StreamEpochs
    /// The sequence that the next event gets.
    private var next: UInt64 = 1
    /// The last sequence that is known to be stored.
    private var settled: UInt64 = 0
    /// Whether an epoch of this writer's own has begun, and its events may be published.
    private var isBegun = false
    /// What was given positions in an epoch that failed, until the next one has begun.
    private var interrupted: (epoch: UInt32, settled: UInt64, given: UInt64)?

    private struct Reading {
        var reader: MessageReader
        var messages = MessageBatch()
        var taken = 0
        /// The last sequence handed out.
        var last: UInt64

        /// Reads the next messages; false: there are none behind those read.
        mutating func next(_ stream: String, within microseconds: Int64) async throws(NATSFailure) -> Bool {
            try await reader.prepare()
            if reader.pending == 0 { return false }
            try await reader.read(into: &messages, waitingAtMost: microseconds)
            taken = 0
            guard !messages.isEmpty else {
                throw reader.trouble ?? NATSFailure(.timeout, "stream '\(stream)': its events did not come in time")
            }
            return true
        }
    }

    /// What was given positions and lost with the last failure: the pipeline's readers saw it, and it will never be read.
    public private(set) var lost: (from: Position, through: Position)?

    /// Opens the log for writing: makes the stream if it is not there, begins a new epoch, and ends every other writer.
    ///
    /// - Parameters:
    ///   - layout: Where the events lie; the whole stream must be this writer's own.
    ///   - settings: What the stream is to be; nil: ``EventStreamLayout/settings(replicas:)``.
    ///   - partition: The partition to write.
    ///   - epochs: The bucket of epochs.
    ///   - microseconds: How long a batch may wait for a server before its events are given up.
    public static func open(
        _ jetStream: JetStream, _ layout: EventStreamLayout, settings: StreamSettings? = nil, partition: Int = 0,
        epochs bucket: KeyValueBucket, patience microseconds: Int64 = 60_000_000
    ) async throws(NATSFailure) -> JetStreamLog {
        try await jetStream.ensureStream(settings ?? layout.settings())
        let epochs = try await StreamEpochs.current(of: layout.name, in: bucket)
        var log = JetStreamLog(jetStream, layout, partition, bucket, epochs, microseconds)
        try await log.begin()
        return log
    }

    private init(
        _ jetStream: JetStream, _ layout: EventStreamLayout, _ partition: Int, _ bucket: KeyValueBucket,
        _ epochs: StreamEpochs, _ patience: Int64
    ) {
        self.jetStream = jetStream
        self.layout = layout
        self.partition = partition
        self.bucket = bucket
        self.epochs = epochs
        self.patience = patience
        publisher = LogPublisher(jetStream, layout.name, patience: patience)
    }

    /// Begins an epoch: first with a mark in the stream, behind which nothing of another writer is taken, then in the bucket, at that
    /// mark. So whatever the writer before was told to be stored keeps its position.
    private mutating func begin() async throws(NATSFailure) {
        isBegun = false
        let mark = try await storeMark()
        for _ in 0..<16 {
            epochs = try await StreamEpochs.current(of: layout.name, in: bucket)
            guard epochs.starts[epochs.starts.count - 1].sequence <= mark else { break }
            do throws(NATSFailure) {
                try await epochs.begin(at: mark, of: layout.name, in: bucket)
                next = mark + 1
                settled = mark
                isBegun = true
                reading = nil
                return
            } catch  where error.kind == .conflict {
                // A writer that came before or after this one begins its epoch as well.
            }
        }
        throw NATSFailure(.conflict, "stream '\(layout.name)': another writer writes to it, so this one ends")
    }

    /// Stores a mark behind all there is, under a new name of this writer; its sequence.
    private mutating func storeMark() async throws(NATSFailure) -> UInt64 {
        for _ in 0..<64 {
            let last = try await jetStream.streamInfo(layout.name).lastSequence
            writer = MessageID(String(UInt64.random(in: .min ... .max), radix: 36))
            publisher = LogPublisher(jetStream, layout.name, patience: patience)
            var mark = PublishBatch()
            mark.append(
                subject: layout.subject(of: partition), payload: [], id: MessageID(writer.text, last + 1),
                headers: [(StoredEvent.header, StoredEvent.mark)], expecting: .lastSequence(last))
            publisher.add(mark)
            await publisher.wait(untilAtMost: 0)
            guard let failure = publisher.failure else { return last + 1 }
            // Messages of the writer before were still on their way: behind them.
            guard failure.kind == .conflict else { throw failure }
        }
        throw NATSFailure(
            .conflict, "stream '\(layout.name)': other writers keep writing to it; let one alone write to it")
    }

    /// The position of the last event that is known to be stored; nil: there is none of this writer.
    public var lastSettled: Position? {
        let start = epochs.starts.last.map(\.sequence) ?? 0
        return settled > start ? position(settled) : nil
    }

    private func position(_ sequence: UInt64) -> Position {
        Position(partition: UInt32(partition), epoch: epochs.epoch(of: sequence), sequence: sequence)
    }

    // MARK: The port

    /// Gives the events their positions and begins to publish them. After a failure it begins a new epoch first.
    public mutating func submit(_ batch: inout EventBatch) async throws(ForetailError) {
        if publisher.failure != nil || !isBegun { try await recover() }
        guard batch.count > 0 else { return }
        await publisher.wait(untilAtMost: Self.queuedBytes)
        if publisher.failure != nil { try await recover() }
        var messages = PublishBatch()
        let subject = layout.subject(of: partition)
        let epoch = epochs.current
        for index in batch.frames.indices {
            StoredEvent.append(
                batch.frames[index], of: batch, to: &messages, subject: subject,
                id: MessageID(writer.text, next), expecting: .lastSequence(next - 1),
                after: MessageID(writer.text, next - 1))
            batch.frames[index].position = Position(partition: UInt32(partition), epoch: epoch, sequence: next)
            next += 1
        }
        publisher.add(messages)
    }

    /// Waits until everything submitted is acknowledged by the stream.
    public mutating func settle() async throws(ForetailError) {
        await publisher.wait(untilAtMost: 0)
        if let failure = publisher.failure { throw failure.error(.log) }
        guard isBegun else {
            throw ForetailError(.log, "stream '\(layout.name)': the log could not begin a new epoch; submit again")
        }
        settled = next - 1
    }

    private mutating func recover() async throws(ForetailError) {
        if isBegun, let failure = publisher.failure {
            guard failure.kind != .conflict else { throw failure.error(.log) }
            interrupted = (epochs.current, settled, next - 1)
        }
        do throws(NATSFailure) { try await begin() } catch { throw error.error(.log) }
        guard let (epoch, settled, given) = interrupted else { return }
        interrupted = nil
        // What was acknowledged to nobody may be stored all the same, up to the mark of the new epoch.
        let kept = max(settled, epochs.starts[epochs.starts.count - 1].sequence - 1)
        guard given > kept else { return }
        lost = (
            Position(partition: UInt32(partition), epoch: epoch, sequence: kept + 1),
            Position(partition: UInt32(partition), epoch: epoch, sequence: given)
        )
    }

    /// Reads stored events behind a position.
    public mutating func read(
        after position: Position?, limit: Int, into batch: inout EventBatch
    ) async throws(ForetailError) -> Bool {
        do throws(NATSFailure) {
            return try await readStored(after: position?.sequence ?? 0, limit: limit, into: &batch)
        } catch {
            throw error.error(.log)
        }
    }

    private mutating func readStored(
        after sequence: UInt64, limit: Int, into batch: inout EventBatch
    ) async throws(NATSFailure) -> Bool {
        if reading?.last != sequence {
            await reading?.reader.close()
            var settings = ReaderSettings(stream: layout.name, start: .sequence(sequence + 1))
            if layout.partitions > 1 { settings.subject = layout.subject(of: partition) }
            settings.header = StoredEvent.header
            settings.created = epochs.created
            reading = Reading(reader: MessageReader(jetStream, settings), last: sequence)
            let last = try await jetStream.streamInfo(layout.name).lastSequence
            // Nothing to wait for: a position at the end, or ahead of it while events are on their way.
            if sequence >= last {
                reading = nil
                return false
            }
        }
        while batch.count < limit {
            if reading!.taken == reading!.messages.count {
                let time = jetStream.connection.settings.answerMicroseconds
                guard try await reading!.next(layout.name, within: time) else {
                    // What is stored from now on is found by the next reading, with a consumer of its own.
                    reading = nil
                    return false
                }
                continue
            }
            let message = reading!.messages.messages[reading!.taken]
            _ = StoredEvent.append(
                message, of: reading!.messages, at: self.position(message.sequence), to: &batch)
            reading!.taken += 1
            reading!.last = message.sequence
        }
        if reading!.taken < reading!.messages.count || reading!.reader.pending != 0 { return true }
        reading = nil
        return false
    }

    /// Forgets the partition's events up to and including a position.
    public mutating func trim(through position: Position) async throws(ForetailError) {
        do throws(NATSFailure) {
            try await jetStream.purge(
                layout.name, subject: layout.partitions > 1 ? layout.subject(of: partition) : nil,
                before: position.sequence + 1)
        } catch {
            throw error.error(.log)
        }
    }
}
#endif
