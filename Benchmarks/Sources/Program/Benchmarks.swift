import Glibc

/// The project's figures, on this machine: `foretail` as a whole process, its CPU time and memory as the system counts them.
///
///     swift run -c release foretail-benchmarks [--runs N] [--events N] [PATH-TO-FORETAIL]
///     swift run -c release foretail-benchmarks --series N [--length EVENTS] [--runs N] [PATH-TO-FORETAIL]
///
/// With `--series`: that many keys of 50 events each, at the tiers lite and standard, in place of the two commands. Each figure is the median of several runs; the commands take turns, so that a busy machine slows all.
@main
struct Benchmarks {
    static func main() {
        var runs = 5
        var events = 1_000_000
        var series: Int?
        var length = 50
        var foretail = "../.build/release/foretail"
        var arguments = CommandLine.arguments.dropFirst()
        while let argument = arguments.popFirst() {
            switch argument {
            case "--runs": runs = arguments.popFirst().flatMap(Int.init) ?? runs
            case "--events": events = arguments.popFirst().flatMap(Int.init) ?? events
            case "--series": series = arguments.popFirst().flatMap(Int.init)
            case "--length": length = arguments.popFirst().flatMap(Int.init) ?? length
            default: foretail = argument
            }
        }
        guard access(foretail, X_OK) == 0 else {
            print("benchmarks: \(foretail) is not there; run `make build` first, or name the program")
            exit(1)
        }
        let folder = temporaryFolder()
        defer { _ = rmdir(folder) }
        if let series { events = series * length }
        let jobs =
            series.map { seriesJobs(foretail, folder: folder, series: $0, length: length) } ?? [
                filterJob(foretail, folder: folder, events: events),
                aheadJob(foretail, folder: folder, events: events),
            ]
        defer { for job in jobs { unlink(job.input) } }
        var samples = jobs.map { _ in [Usage]() }
        for _ in 0..<runs {
            for index in jobs.indices { samples[index].append(run(jobs[index])) }
        }
        print("\(events) events a run, median of \(runs) runs; CPU seconds of the whole process\n")
        for (job, usages) in zip(jobs, samples) { report(job, usages, events: events, series: series) }
    }

    private static func filterJob(_ foretail: String, folder: String, events: Int) -> Job {
        let path = folder + "/log.ndjson"
        let bytes = Workload.writeLog(to: path, events: events)
        let filter = #"event.level == "error" && event.latency_ms > 100"#
        return Job(
            name: "foretail filter '\(filter)'", arguments: [foretail, "filter", filter, path], input: path,
            bytes: bytes)
    }

    private static func aheadJob(_ foretail: String, folder: String, events: Int) -> Job {
        let path = folder + "/metrics.ndjson"
        let bytes = Workload.writeMetrics(to: path, events: events, keys: 1_000)
        return Job(
            name: "foretail tail \(aheadOptions), 1,000 keys",
            arguments: aheadArguments(foretail, path: path), input: path, bytes: bytes)
    }

    /// Many keys of a few events each: what it costs that every key is new.
    private static func seriesJobs(_ foretail: String, folder: String, series: Int, length: Int) -> [Job] {
        let path = folder + "/series.ndjson"
        let bytes = Workload.writeMetrics(to: path, events: series * length, keys: series)
        return ["lite", "standard"].map { tier in
            Job(
                name: "foretail tail \(aheadOptions) --models \(tier), \(series) keys of \(length) events",
                arguments: aheadArguments(foretail, path: path) + ["--models", tier], input: path, bytes: bytes,
                isMute: true)
        }
    }

    private static let aheadOptions =
        "--ahead --announce every --min-confidence 0 --steps 1 --predict cpu --key host --time time"

    private static func aheadArguments(_ foretail: String, path: String) -> [String] {
        [foretail, "tail", path] + aheadOptions.split(separator: " ").map(String.init) + ["--format", "ndjson"]
    }

    private static func report(_ job: Job, _ usages: [Usage], events: Int, series: Int?) {
        let seconds = usages.map(\.seconds).sorted()
        let memory = usages.map(\.memory).sorted()
        let median = seconds[seconds.count / 2]
        print(job.name)
        print("  \(job.bytes / events) bytes an event")
        print(
            "  \(Int(Double(events) / median)) events per CPU-second (\(fixed(median)) s;"
                + " \(fixed(seconds.first!)) to \(fixed(seconds.last!)))")
        let most = memory[memory.count / 2]
        print("  \(most / 1_024) MiB at most\(series.map { ", \(most * 1_024 / $0) bytes a series" } ?? "")\n")
    }

    private static func fixed(_ value: Double) -> String {
        let thousandths = Int((value * 1_000).rounded())
        let rest = String(thousandths % 1_000)
        return "\(thousandths / 1_000)." + String(repeating: "0", count: 3 - rest.count) + rest
    }

    private static func temporaryFolder() -> String {
        var template = Array("/tmp/foretail-benchmarks-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else {
            print("benchmarks: no folder can be made in /tmp")
            exit(1)
        }
        return String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}
