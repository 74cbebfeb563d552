#if NATS
public import FieldExtraction
public import Foretail

/// The events of a JetStream stream, whoever publishes them.
///
///     var settings = ReaderSettings(stream: "ORDERS", subject: "orders.>", start: .new)
///     var source = JetStreamSource(jetStream, settings, descriptor: StreamDescriptor(name: "orders"))
///
/// A message is one event where it is one JSON text, whatever line breaks it holds; else each of its lines is framed as the
/// descriptor says. Frames carry the message's sequence as their position, for logs that keep it. What the stream forgot before it
/// was read is in ``takeGaps()``.
public struct JetStreamSource: EventSource {
    private var reader: MessageReader
    private var messages = MessageBatch()
    private var framer: LineFramer
    private let limits: ScanLimits
    private let partition: UInt32
    private let epochs: StreamEpochs?
    private var gaps: [MessageBatch.Gap] = []
    private let cursor: (bucket: KeyValueBucket, key: String)?
    private var last: UInt64 = 0
    private var kept: UInt64 = 0

    /// Creates a source; nothing is asked before the first read.
    ///
    /// - Parameters:
    ///   - settings: What is read, and from where on.
    ///   - descriptor: How lines become events.
    ///   - epochs: The stream's epochs, where it has some; nil: all is epoch 1.
    ///   - cursor: Where acknowledged sequences are kept, for ``resuming(_:_:from:)``; nil: nowhere.
    public init(
        _ jetStream: JetStream, _ settings: ReaderSettings, descriptor: StreamDescriptor,
        limits: ScanLimits = ScanLimits(),
        partition: Int = 0, epochs: StreamEpochs? = nil, cursor: (bucket: KeyValueBucket, key: String)? = nil
    ) {
        var settings = settings
        settings.header = StoredEvent.header
        settings.created = settings.created ?? epochs?.created
        reader = MessageReader(jetStream, settings)
        framer = LineFramer(descriptor, limits: limits)
        self.limits = limits
        self.partition = UInt32(partition)
        self.epochs = epochs
        self.cursor = cursor
    }

    /// Settings that go on behind what was acknowledged last; as they are where nothing was.
    public static func resuming(
        _ settings: ReaderSettings, from bucket: KeyValueBucket, key: String
    ) async throws(NATSFailure) -> ReaderSettings {
        guard let entry = try await bucket.get(key), let sequence = UInt64(String(decoding: entry.value, as: UTF8.self))
        else { return settings }
        var settings = settings
        settings.start = .sequence(sequence + 1)
        return settings
    }

    /// Sequences that the stream forgot before they were read; forgets them.
    public mutating func takeGaps() -> [MessageBatch.Gap] {
        defer { gaps = [] }
        return gaps
    }

    /// Fills `batch` with the events of the next messages.
    public mutating func read(
        into batch: inout EventBatch, waitingAtMost microseconds: Int64?
    ) async throws(ForetailError) -> SourceState {
        do throws(NATSFailure) {
            try await reader.read(into: &messages, waitingAtMost: microseconds)
        } catch {
            throw error.error(.source)
        }
        gaps += messages.gaps
        for message in messages.messages {
            last = message.sequence
            let position = Position(
                partition: partition, epoch: epochs?.epoch(of: message.sequence) ?? 1, sequence: message.sequence)
            if !message.header.isEmpty {
                _ = StoredEvent.append(message, of: messages, at: position, to: &batch)
            } else {
                try frame(message, at: position, into: &batch)
            }
        }
        return messages.messages.isEmpty ? .idle : .ready
    }

    /// Frames a message of another producer.
    private mutating func frame(
        _ message: MessageBatch.Message, at position: Position, into batch: inout EventBatch
    ) throws(ForetailError) {
        var payload = messages.bytes[message.payload]
        while let end = payload.last, end == 0x0A || end == 0x0D { payload.removeLast() }
        let hasLines = payload.contains(0x0A)
        // One JSON text over several lines is one event: its line breaks stand between tokens.
        let isOne = hasLines && JSONScanner.validate(Array(payload), limits: limits).isValid
        var block = EventBatch(stream: batch.stream)
        block.bytes = payload.map { isOne && ($0 == 0x0A || $0 == 0x0D) ? 0x20 : $0 }
        block.bytes.append(0x0A)
        let filled = block.bytes.count
        let consumed = try framer.frame(filled: filled, isEnd: true, batch: &block)
        _ = consumed
        let start = batch.bytes.count
        batch.bytes.append(contentsOf: block.bytes)
        batch.acceptsText = block.acceptsText
        for var frame in block.frames {
            frame.body = frame.body.lowerBound + start..<frame.body.upperBound + start
            frame.raw = frame.raw.lowerBound + start..<frame.raw.upperBound + start
            frame.position = position
            batch.frames.append(frame)
        }
        batch.problems += block.problems
    }

    /// Keeps the last sequence read in the cursor, where the source has one.
    public mutating func acknowledge() async throws(ForetailError) {
        guard let cursor, last > kept else { return }
        do throws(NATSFailure) {
            try await cursor.bucket.put(cursor.key, Array(String(last).utf8))
            kept = last
        } catch {
            throw error.error(.source)
        }
    }

    /// Gives back what it holds at the server.
    public mutating func close() async { await reader.close() }
}
#endif
