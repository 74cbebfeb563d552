import ArgumentParser
import FieldExtraction
import Foretail
import Glibc

/// `foretail tail`: tails a stream, and with `--ahead` says what comes next.
struct TailCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "tail", abstract: "Tail a stream; with --ahead, see what will match before it comes.")

    @OptionGroup var options: TailOptions

    func run() async throws {
        let fd = options.source == "-" ? 0 : open(options.source, O_RDONLY)
        if fd < 0 { throw ForetailError(.source, "\(options.source): cannot open") }
        let descriptor = options.descriptor(name: "stdin", isLive: false)
        var manager = PredictiveBufferManager()
        try manager.describeStream(descriptor)
        _ = try manager.registerTailRequest(
            streamName: descriptor.name, filter: options.filter, destination: DestinationID(0),
            prediction: options.predictionSettings)
        let source = TemporarySource(descriptor: fd, framer: LineFramer(descriptor, limits: Limits().scan))
        if options.ahead || options.format == .ndjson {
            var pipeline = Pipeline(
                stream: descriptor.name, manager: manager, source: source, log: PassingLog(),
                destination: TemporaryDestination(fd: 1), renderer: NDJSONRenderer(), clock: SystemClock())
            var observer = Quiet()
            try await pipeline.run(observer: &observer)
        } else {
            var pipeline = Pipeline(
                stream: descriptor.name, manager: manager, source: source, log: PassingLog(),
                destination: TemporaryDestination(fd: 1), renderer: RawRenderer(), clock: SystemClock())
            var observer = Quiet()
            try await pipeline.run(observer: &observer)
        }
    }
}

struct Quiet: PipelineObserver {
    mutating func completed(
        _ batch: borrowing EventBatch, problems: [BadEvent], manager: borrowing PredictiveBufferManager, now: Timestamp
    ) {
        for p in problems { StandardError.write(p.message + "\n") }
    }
}
