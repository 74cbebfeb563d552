import ArgumentParser
import Foretail

extension BenchCommand {
    /// `foretail bench pipeline`: how many events per second pass a pipeline with many tail requests, some of them predicting.
    struct Pipeline: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "pipeline",
            abstract: "Pass events through a pipeline with many tail requests on one thread.",
            discussion: """
                Rules and events as for bench match. The first rules that name the key ask for predictions; their keys are \
                learned, all others cost a match. Times are CPU time of the thread, from raw bytes to rendered records.
                """
        )

        @Option(help: "A file of rules.") var rules: String
        @Option(help: "A file of events.") var events: String
        @Option(help: ArgumentHelp("The fields an event belongs to.", valueName: "field,…")) var key: FieldListOption?
        @Option(help: "How many of the requests ask for predictions.") var predicting = 100
        @Option(help: ArgumentHelp("They are to be warned of a match within so long, too.", valueName: "duration"))
        var within: DurationOption?
        @Flag(help: "Print one JSON object.") var json = false

        func run() async throws {
            let bench = try PipelineBench(
                rules: rules, events: events, key: key?.paths ?? [], predicting: predicting,
                watch: within.map { WatchSettings(within: .init(microseconds: $0.microseconds)) })
            var best: PipelineBench.Result?
            for _ in 0..<3 {
                let result = try await bench.run()
                if result.eventsPerSecond > best?.eventsPerSecond ?? 0 { best = result }
            }
            if let best { print(json ? best.json : best.text) }
        }
    }
}
