#if NATS
import ArgumentParser
import ForetailNATS

extension BenchCommand {
    /// `foretail bench nats`: how many events per second go through JetStream.
    struct NATS: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "nats",
            abstract: "Write events to a NATS server, and read them back.",
            discussion: """
                Streams of the name 'bench' are made and removed. Compare with `foretail bench log` in the same hour on the same disk: a \
                server syncs its files every two minutes unless told otherwise (sync_interval), the embedded log before it \
                answers.
                """
        )

        @Argument(help: "The server.") var server = "nats://127.0.0.1:4222"
        @Option(help: "How many events.") var events = 200_000
        @Option(help: "The bytes of an event.") var size = 300
        @Option(help: "Events in a batch.") var batch = 1_000
        @Option(help: "Servers that hold a copy.") var replicas = 1
        @OptionGroup var nats: NATSOptions

        func run() async throws {
            let bench = NATSBench(
                address: try NATSAddress(server + "/bench"), options: nats, events: events, eventBytes: size,
                batchEvents: batch,
                replicas: replicas)
            for figure in try await bench.run() {
                let name = figure.name.padding(to: 34)
                print("\(name)\(figure.perSecond)/s (\(figure.count) of \(size) B)")
            }
        }
    }
}

extension String {
    fileprivate func padding(to width: Int) -> String { self + String(repeating: " ", count: max(1, width - count)) }
}
#endif
