#if Server
import ArgumentParser
import ForetailSQLite

extension BenchCommand {
    /// `foretail bench log`: how many events per second a log makes durable, and reads.
    struct Log: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "log",
            abstract: "Append events to a new log on this disk, and read them back.",
            discussion: "The best of three runs. The log is written to a folder and removed from it."
        )

        @Option(help: "The folder to write to.") var folder = "."
        @Option(
            help: ArgumentHelp("When an append counts as durable.", valueName: "fsync|os"),
            transform: Self.durability(named:)) var durability = Durability.fsync
        @Option(help: "How many events.") var events = 2_000_000
        @Option(help: "The bytes of an event.") var size = 300
        @Option(help: "Events in a batch.") var batch = 1_000
        @Flag(help: "Print one JSON object.") var json = false

        private static func durability(named name: String) throws -> Durability {
            guard let durability = Durability(rawValue: name) else {
                throw ValidationError("--durability \(name): expected fsync or os")
            }
            return durability
        }

        func run() async throws {
            let bench = LogBench(
                folder: folder, durability: durability, events: events, eventBytes: size, batchEvents: batch)
            var best: LogBench.Result?
            for _ in 0..<3 {
                let result = try bench.run()
                if result.appendedPerSecond > best?.appendedPerSecond ?? 0 { best = result }
            }
            if let best { print(json ? best.json : best.text) }
        }
    }
}
#endif
