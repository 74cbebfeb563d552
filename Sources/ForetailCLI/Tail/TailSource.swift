import FieldExtraction
import Foretail

#if Kafka
import ForetailKafka
#endif

/// The sources `foretail tail` knows.
///
/// One of them is there. They are optionals rather than cases, so that a read changes them in place, without a copy of
/// their buffers.
struct TailSource: EventSource {
    /// A file or standard input, to its end.
    private var descriptor: DescriptorSource?
    /// A file as it grows.
    private var followed: FollowedFileSource?
    /// This machine's own metrics.
    private var host: HostSource?
    /// A stream of NATS JetStream.
    private var nats: NATSTailSource?
    #if Kafka
    /// A topic of Kafka.
    private var kafka: KafkaSource?
    #endif
    /// How far the source has come.
    let progress: SourceProgress

    /// Opens what the options name.
    ///
    /// - Throws: ``ForetailError`` (`source`) naming it and the remedy.
    init(_ options: TailOptions, stream: StreamDescriptor, limits: ScanLimits, wake: Int32?) throws(ForetailError) {
        if options.source == "host" {
            let source = try HostSource(everyMicroseconds: options.every?.microseconds ?? 1_000_000, wake: wake)
            progress = source.progress
            host = source
        } else if NATSTail.isAddress(options.source) {
            let source = try NATSTailSource(options.source, options.nats, descriptor: stream, limits: limits)
            progress = source.progress
            nats = source
        } else if options.isKafka {
            let progress = SourceProgress()
            self.progress = progress
            #if Kafka
            kafka = try options.kafkaSource(stream, limits: limits, progress: progress)
            #endif
        } else if options.follow {
            let start: FollowedFileSource.Start =
                options.lines == "all" ? .all : .last(options.lines.flatMap(Int.init) ?? 10)
            let source = try FollowedFileSource(
                path: options.source, descriptor: stream, start: start, limits: limits, wake: wake)
            progress = source.progress
            followed = source
        } else {
            let source = try DescriptorSource.open(options.source, descriptor: stream, limits: limits, wake: wake)
            progress = source.progress
            descriptor = source
        }
    }

    mutating func read(
        into batch: inout EventBatch, waitingAtMost microseconds: Int64?
    ) async throws(ForetailError) -> SourceState {
        if descriptor != nil { return try descriptor!.read(into: &batch, waitingAtMost: microseconds) }
        if followed != nil { return try followed!.read(into: &batch, waitingAtMost: microseconds) }
        if nats != nil { return try await nats!.read(into: &batch, waitingAtMost: microseconds) }
        #if Kafka
        if kafka != nil {
            let state = try await kafka!.read(into: &batch, waitingAtMost: microseconds)
            progress.add(bytes: batch.bytes.count)
            return state
        }
        #endif
        return try host?.read(into: &batch, waitingAtMost: microseconds) ?? .end
    }

    mutating func acknowledge() async throws(ForetailError) {
        #if Kafka
        try await kafka?.acknowledge()
        #endif
    }

    /// Lets go of what others could use.
    func close() async {
        #if Kafka
        await kafka?.close()
        #endif
    }
}
