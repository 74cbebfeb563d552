import ArgumentParser
import Foretail

extension BenchCommand {
    /// `foretail bench prefetch`: what fetching ahead would make of a trace of keys.
    struct Prefetch: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "prefetch",
            abstract: "Replay a trace of keys through a buffer that fetches ahead.",
            discussion: """
                The trace is CSV with the columns ts,entity,event; the event is the key, a number or any text. Demanded and \
                prefetched keys share the buffer. precision is the part of prefetches used before they were evicted; \
                traffic_factor is all fetches for each one of a plain LRU buffer of the same size; pollution is the part of \
                requests that plain LRU would have answered and this buffer did not. --decisions writes CSV with the columns \
                request,action,key,result: access (hit, late, miss), prefetch, arrive, evict (used, unused).
                """
        )

        /// Where the keys are replayed.
        enum Path: String, ExpressibleByArgument {
            case prefetcher
            case cache
        }

        @Option(help: "A file of keys.") var trace: String
        @Option(
            help: ArgumentHelp("The buffer's size in percent of the distinct keys, or in keys.", valueName: "n%|n"),
            transform: PrefetchBench.Size.init(text:)) var buffer = PrefetchBench.Size.percent(1)
        @Option(help: "After how many requests a prefetch arrives.") var latency = 0
        @Option(help: ArgumentHelp("The least precision of a kind of prefetch.", valueName: "0…1")) var target = 0.4
        @Option(help: ArgumentHelp("Write each access, prefetch and eviction to a file.", valueName: "file"))
        var decisions: String?
        @Option(help: ArgumentHelp("Replay through an AnticipatingCache instead.", valueName: "prefetcher|cache"))
        var through = Path.prefetcher
        @Flag(help: "Print one JSON object.") var json = false

        func validate() throws {
            if latency < 0 { throw ValidationError("--latency \(latency): expected a number from 0") }
            if !(0...1 ~= target) { throw ValidationError("--target \(target): expected a number from 0 to 1") }
            if through == .cache, latency > 0 || decisions != nil {
                throw ValidationError("--through cache: has no --latency and no --decisions")
            }
        }

        func run() async throws {
            let bench = try PrefetchBench(trace: trace, size: buffer, latency: latency, target: target)
            let result =
                try await through == .cache ? bench.runThroughCache() : bench.run(decisions: decisions)
            print(json ? result.json : result.text)
        }
    }
}
