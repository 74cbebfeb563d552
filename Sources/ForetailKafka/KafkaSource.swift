#if Kafka
public import FieldExtraction
public import Foretail

/// The events of a topic, read as a member of a consumer group.
///
///     let address = try KafkaAddress("kafka://localhost:9092/orders?group=alerts")
///     var source = try KafkaSource(KafkaSourceSettings(address), stream: descriptor)
///     while true {
///         batch.removeAll()
///         _ = try await source.read(into: &batch, waitingAtMost: 200_000)
///         …                                                        // process and deliver
///         try await source.acknowledge()
///     }
///
/// **Positions.** A message's position is `partition:1-(offset + 1)`: sequences count from 1 and offsets from 0, so the offset that is
/// committed with an event is the event's sequence. They are in the batch when it returns; use ``KafkaLog``.
///
/// **At least once.** Offsets are committed after ``acknowledge()``, every second, and when a partition leaves. Whoever is killed
/// leaves what he did not commit to the next owner of the partition, which delivers it with the same positions. Within a partition
/// events come in order.
///
/// **Values.** One message is one event: JSON as it stands, a text as a message where the descriptor allows that. Newlines in a
/// value become blanks. Messages without value, or with blanks alone, are no events; ``status`` counts them.
///
/// One thread polls and serves the group, whatever the reader does: it never holds more than
/// ``KafkaSourceSettings/readyBytes``, and pauses the partitions when the reader is behind for long.
public struct KafkaSource: EventSource, Sendable {
    /// The partitions it owns, and their changes.
    public let partitions: KafkaPartitions
    private let gate: Gate<KafkaExchange>
    private let owner: Owner
    private var framer: LineFramer
    private let hasMembers: Bool

    /// Closes the consumer when nobody reads any more.
    private final class Owner: Sendable {
        private let gate: Gate<KafkaExchange>
        init(_ gate: Gate<KafkaExchange>) { self.gate = gate }
        deinit { gate.ring { $0.isClosing = true } }
    }

    /// Joins the group. Connects by itself, on a thread of its own.
    ///
    /// - Parameters:
    ///   - stream: How values are read; `csv` is refused, since a message has no header.
    ///   - limits: The longest value and the like; a longer one is a bad event.
    ///   - notify: Told on the consumer's thread of what happens and does not stop the source. It must not wait.
    /// - Throws: ``ForetailError`` (`badSetting`) naming the setting.
    public init(
        _ settings: KafkaSourceSettings, stream: StreamDescriptor, limits: ScanLimits = ScanLimits(),
        notify: @escaping @Sendable (KafkaNotice) -> Void = { _ in }
    ) throws(ForetailError) {
        guard stream.input != .csv else {
            throw ForetailError(
                .badSetting, "\(KafkaClient.place(settings.address)): a message holds no CSV header; send JSON or text")
        }
        let gate = Gate(KafkaExchange())
        framer = LineFramer(stream, limits: limits)
        hasMembers = settings.members != KafkaSourceSettings.Members()
        self.gate = gate
        partitions = KafkaPartitions(gate: gate)
        owner = Owner(gate)
        try Self.prime(&framer)
        nonisolated(unsafe) let consumer = try KafkaConsumer(settings, gate: gate, notify: notify)
        Task(executorPreference: ThreadExecutor()) { consumer.run() }
    }

    /// A first line of JSON settles that values are lines, and no header is looked for.
    private static func prime(_ framer: inout LineFramer) throws(ForetailError) {
        var batch = EventBatch(stream: "")
        batch.bytes = Array("{}\n".utf8)
        _ = try framer.frame(filled: batch.bytes.count, isEnd: false, batch: &batch)
    }

    /// How the source stands.
    public var status: KafkaSourceStatus {
        gate.withLock { exchange in
            var status = exchange.status
            status.readyBytes = exchange.bytes
            return status
        }
    }

    /// Gives the next events, with their positions.
    ///
    /// The batch of a `ready` read may be empty, where messages were no events; acknowledge it all the same. `idle` also means that
    /// ``KafkaPartitions/takeChanges()`` has something new.
    ///
    /// - Throws: ``ForetailError`` (`source`) when reading cannot go on: the topic is not there, the brokers refuse, the topic was
    ///   cut off behind what was read. What was given before may still be acknowledged.
    public mutating func read(
        into batch: inout EventBatch, waitingAtMost microseconds: Int64?
    ) async throws(ForetailError) -> SourceState {
        var mayWait = true
        while true {
            switch gate.ring({ $0.next() }) {
            case .block(let block):
                try fill(&batch, block)
                return .ready
            case .changes: return .idle
            case .failure(let failure): throw failure
            case .closed: return .end
            case .nothing:
                guard mayWait else { return .idle }
                await wait(microseconds)
                mayWait = microseconds == nil
                if Task.isCancelled { return .idle }
            }
        }
    }

    /// Says that what was read is delivered; its offsets are committed within a second.
    public mutating func acknowledge() async throws(ForetailError) {
        gate.ring { $0.acknowledge() }
    }

    /// Commits what was acknowledged and leaves the group, so that others get the partitions at once.
    public func close() async {
        await withCheckedContinuation { continuation in
            gate.ring { $0.close(continuation) }?.resume()
        }
    }

    /// Waits until there is something to look at, or time is over.
    private func wait(_ microseconds: Int64?) async {
        let gate = gate
        let number = gate.withLock { $0.newWaiter() }
        let timer = microseconds.map { microseconds in
            Task {
                try? await Task.sleep(for: .microseconds(microseconds))
                gate.withLock { $0.takeWaiter(number) }?.resume()
            }
        }
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isOver = Task.isCancelled
                gate.withLock { isOver ? continuation : $0.wait(continuation, number: number) }?.resume()
            }
        } onCancel: {
            gate.withLock { $0.takeWaiter(number) }?.resume()
        }
        timer?.cancel()
    }

    // MARK: Values to events

    private mutating func fill(_ batch: inout EventBatch, _ block: consuming KafkaBlock) throws(ForetailError) {
        batch.gaps = block.gaps
        guard !block.records.isEmpty else { return }
        batch.bytes = block.bytes
        _ = try framer.frame(filled: block.bytes.count, isEnd: false, batch: &batch)
        // Frames stand in the order of the values; a value that leaves the group's partitions behind has none.
        var kept = 0
        var place = 0
        for record in block.records {
            while place < batch.frames.count, batch.frames[place].raw.lowerBound < record.start { place += 1 }
            guard place < batch.frames.count, batch.frames[place].raw.lowerBound == record.start else { continue }
            var frame = batch.frames[place]
            frame.line = 0
            frame.position = Position(partition: record.partition, offset: record.offset)
            if hasMembers { add(block.members[record.members], to: &frame, of: &batch) }
            batch.frames[kept] = frame
            kept += 1
            place += 1
        }
        batch.frames.removeLast(batch.frames.count - kept)
    }

    /// Puts members behind the brace of an event; what is no object stays as it is.
    private func add(_ members: ArraySlice<UInt8>, to frame: inout EventBatch.Frame, of batch: inout EventBatch) {
        var open = frame.body.lowerBound
        while open < frame.body.upperBound, batch.bytes[open] == 0x20 || batch.bytes[open] == 0x09 { open += 1 }
        guard open < frame.body.upperBound, batch.bytes[open] == UInt8(ascii: "{"), !members.isEmpty else { return }
        var next = open + 1
        while next < frame.body.upperBound, batch.bytes[next] <= 0x20 { next += 1 }
        let isEmpty = next < frame.body.upperBound && batch.bytes[next] == UInt8(ascii: "}")
        let start = batch.bytes.count
        batch.bytes.reserveCapacity(start + members.count + frame.body.count)
        batch.bytes.append(UInt8(ascii: "{"))
        batch.bytes.append(contentsOf: isEmpty ? members.dropLast() : members)
        batch.bytes.append(contentsOf: batch.bytes[open + 1..<frame.body.upperBound])
        frame.body = start..<batch.bytes.count
    }
}
#endif
