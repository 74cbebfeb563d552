import ArgumentParser
import Foretail

extension BenchCommand {
    /// `foretail bench match`: how many events per second one thread matches against many filters.
    struct Match: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "match",
            abstract: "Match events against many filters on one thread.",
            discussion: """
                Rules are lines {"id": 1, "cel": "event.level == 'error'"}, events are JSON lines. Times are CPU time of the \
                matching thread, from raw bytes, reading and checking the JSON included.
                """
        )

        @Option(help: "A file of rules.") var rules: String
        @Option(help: "A file of events.") var events: String
        @Flag(help: "Compare every event with a linear scan of all filters; exit with 1 if they differ.") var check =
            false
        @Flag(help: "Print one JSON object.") var json = false

        func run() async throws {
            var bench = try MatchBench.make(rules: rules, events: events)
            try bench.run()
            print(json ? bench.result.json : bench.result.text)
            guard check else { return }
            let differences = try bench.check()
            StandardError.write("foretail: \(differences) differences from a linear scan\n")
            if differences > 0 { throw ExitCode(1) }
        }
    }
}
