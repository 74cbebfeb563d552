import Glibc

/// The project's figures, on this machine: `foretail` as a whole process, its CPU time and memory as the system counts them.
///
///     swift run -c release foretail-benchmarks [--runs N] [--events N] [PATH-TO-FORETAIL]
///
/// Each figure is the median of several runs; the two commands take turns, so that a busy machine slows both.
@main
struct Benchmarks {
    static func main() {
        var runs = 5
        var events = 1_000_000
        var foretail = "../.build/release/foretail"
        var arguments = CommandLine.arguments.dropFirst()
        while let argument = arguments.popFirst() {
            switch argument {
            case "--runs": runs = arguments.popFirst().flatMap(Int.init) ?? runs
            case "--events": events = arguments.popFirst().flatMap(Int.init) ?? events
            default: foretail = argument
            }
        }
        guard access(foretail, X_OK) == 0 else {
            print("benchmarks: \(foretail) is not there; run `make build` first, or name the program")
            exit(1)
        }
        let folder = temporaryFolder()
        defer { _ = rmdir(folder) }
        let jobs = [
            filterJob(foretail, folder: folder, events: events), aheadJob(foretail, folder: folder, events: events),
        ]
        defer { for job in jobs { unlink(job.input) } }
        var samples = jobs.map { _ in [Usage]() }
        for _ in 0..<runs {
            for index in jobs.indices { samples[index].append(run(jobs[index])) }
        }
        print("\(events) events a run, median of \(runs) runs; CPU seconds of the whole process\n")
        for (job, usages) in zip(jobs, samples) { report(job, usages, events: events) }
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
        let options = "--ahead --announce every --min-confidence 0 --steps 1 --predict cpu --key host --time time"
        return Job(
            name: "foretail tail \(options), 1,000 keys",
            arguments: [foretail, "tail", path] + options.split(separator: " ").map(String.init) + [
                "--format", "ndjson",
            ],
            input: path, bytes: bytes)
    }

    private static func report(_ job: Job, _ usages: [Usage], events: Int) {
        let seconds = usages.map(\.seconds).sorted()
        let memory = usages.map(\.memory).sorted()
        let median = seconds[seconds.count / 2]
        print(job.name)
        print("  \(job.bytes / events) bytes an event")
        print(
            "  \(Int(Double(events) / median)) events per CPU-second (\(fixed(median)) s;"
                + " \(fixed(seconds.first!)) to \(fixed(seconds.last!)))")
        print("  \(memory[memory.count / 2] / 1_024) MiB at most\n")
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
