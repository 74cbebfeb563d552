import BenchmarkSupport
import ForetailTesting
import Glibc

/// Deterministic inputs: the same on every machine and every run.
enum Workload {
    /// Writes log events of about 150 bytes: levels, services, latencies with a long tail.
    ///
    /// - Returns: The bytes written.
    static func writeLog(to path: String, events: Int) -> Int {
        var random = SeededGenerator(seed: 1)
        let levels = ["debug", "info", "info", "info", "warn", "error"]
        let statuses = [200, 200, 200, 404, 500]
        return write(to: path, events: events) { index in
            let latency = exp(3.5 + 1.2 * random.normal())
            return
                #"{"ts":\#(1_767_225_600 + index / 1_000).\#(digits(index % 1_000, 3)),"level":"\#(levels[random.below(6)])","#
                + #""service":"svc-\#(digits(random.below(40), 2))","host":"web-\#(digits(random.below(200), 3))","#
                + #""latency_ms":\#(Double(Int(latency * 100)) / 100),"status":\#(statuses[random.below(5)]),"#
                + #""msg":"request handled upstream in pool \#(random.below(1_000))"}"# + "\n"
        }
    }

    /// Writes one measurement a minute of each of `keys` hosts: a wave of 24 minutes with noise.
    ///
    /// - Returns: The bytes written.
    static func writeMetrics(to path: String, events: Int, keys: Int) -> Int {
        var random = SeededGenerator(seed: 2)
        return write(to: path, events: events) { index in
            let key = index % keys
            let minute = index / keys
            let cpu = 50 + 30 * sin(Double(minute) / 24 * 2 * .pi + Double(key)) + 4 * random.normal()
            return #"{"time":\#(1_767_225_600 + minute * 60),"host":"web-\#(digits(key, 3))","#
                + #""cpu":\#(Double(Int(cpu * 100)) / 100),"#
                + #""note":"measured by the agent of the host, nothing special to say about it this time"}"# + "\n"
        }
    }

    private static func write(to path: String, events: Int, line: (Int) -> String) -> Int {
        guard let file = fopen(path, "w") else {
            print("benchmarks: \(path) cannot be written")
            exit(1)
        }
        defer { fclose(file) }
        var bytes = 0
        for index in 0..<events {
            let text = line(index)
            fputs(text, file)
            bytes += text.utf8.count
        }
        return bytes
    }

    private static func digits(_ number: Int, _ count: Int) -> String {
        let text = String(number)
        return String(repeating: "0", count: max(0, count - text.count)) + text
    }
}
