import BenchmarkSupport
import Forecasting
import ForetailTesting
import Glibc

/// Time and memory of many forecasters at once, each of few values: none of them stays in a cache.
enum StateTable {
    private static let series = 100_000
    private static let values = 50

    /// One tier a process, so that none finds the memory of another.
    static func print(_ configuration: ForecastConfiguration) {
        let before = residentBytes()
        var forecasters = Array(
            repeating: NumericForecaster(steps: [1], configuration: configuration), count: series)
        var random = SeededGenerator(seed: 2)
        var nanoseconds = 0.0
        var sum = 0.0
        var next = [Double](repeating: 0, count: series)
        for value in 0..<values {
            for number in next.indices {
                next[number] = 50 + 30 * sin(Double(value) / 24 * 2 * .pi + Double(number)) + 4 * random.normal()
            }
            var start = timespec()
            var end = timespec()
            clock_gettime(CLOCK_THREAD_CPUTIME_ID, &start)
            for number in next.indices {
                forecasters[number].learn(next[number])
                sum += forecasters[number].forecast(stepIndex: 0).value
            }
            clock_gettime(CLOCK_THREAD_CPUTIME_ID, &end)
            nanoseconds += Double(end.tv_sec - start.tv_sec) * 1e9 + Double(end.tv_nsec - start.tv_nsec)
        }
        if sum == 0.123 { Swift.print(sum) }
        let counted = forecasters.reduce(0) { $0 + $1.bytes } / series
        let resident = (residentBytes() - before) / series
        Swift.print(
            ErrorTable.padded(configuration.tier.rawValue, 10), "\(series) series of \(values) values:",
            "\(Int(nanoseconds / Double(series * values))) ns a value, \(counted) bytes a series counted,",
            "\(resident) resident")
    }

    /// What the process has resident now.
    private static func residentBytes() -> Int {
        guard let file = fopen("/proc/self/statm", "r") else { return 0 }
        defer { fclose(file) }
        var text = [UInt8](repeating: 0, count: 128)
        let count = fread(&text, 1, text.count, file)
        let fields = String(decoding: text[..<count], as: UTF8.self).split(separator: " ")
        return (fields.count > 1 ? Int(fields[1]) ?? 0 : 0) * sysconf(Int32(_SC_PAGESIZE))
    }
}
