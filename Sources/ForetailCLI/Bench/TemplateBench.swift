import FieldExtraction
import Foretail

/// One run of `foretail bench templates`.
struct TemplateBench {
    /// What was measured.
    struct Result {
        var lines = 0
        var bytes = 0
        /// CPU time without the making of lines.
        var seconds = 0.0
        var templates = 0
        /// The bytes that all tables hold after a tenth of the lines, and after all.
        var earlyBytes = 0
        var finalBytes = 0

        var text: String {
            let cost = Readable.fixed(1e6 * seconds / Double(lines), decimals: 2)
            return """
                lines      \(Readable.count(lines)) of \(bytes / max(1, lines)) B
                cost       \(cost) µs a line
                templates  \(Readable.count(templates))
                memory     \(Readable.count(finalBytes)) B, after a tenth of the lines \(Readable.count(earlyBytes)) B
                """
        }

        var json: String {
            """
            {"lines":\(lines),"bytes":\(bytes),"microsecondsPerLine":\(1e6 * seconds / Double(lines)),\
            "templates":\(templates),"earlyBytes":\(earlyBytes),"finalBytes":\(finalBytes)}
            """
        }
    }

    private let file: BenchFile?
    private let reader = LogLineReader()
    /// The state of the generator of words (SplitMix64).
    private var state: UInt64 = 1

    /// Reads the lines of a file, or makes up its own.
    init(path: String?) throws {
        file = try path.map { try BenchFile(path: $0) }
        if let file, file.lines.isEmpty { throw ForetailError(.source, "\(path ?? ""): no lines; name another file") }
    }

    /// Reads so many lines, those of the file over and over.
    mutating func run(count: Int) -> Result {
        var result = Result()
        var output: [UInt8] = []
        var made: [[UInt8]] = []
        while result.lines < count {
            let block = min(10_000, count - result.lines)
            if file == nil { made = (0..<block).map { _ in words() } }
            let started = BenchClock.now
            for place in 0..<block {
                output.removeAll(keepingCapacity: true)
                if let file {
                    let line = file.lines[(result.lines + place) % file.lines.count]
                    reader.append(line, to: &output)
                    result.bytes += line.count
                } else {
                    made[place].withUnsafeBufferPointer { reader.append($0, to: &output) }
                    result.bytes += made[place].count
                }
            }
            result.seconds += BenchClock.now - started
            result.lines += block
            if result.earlyBytes == 0, result.lines * 10 >= count { result.earlyBytes = reader.byteCount }
        }
        result.finalBytes = reader.byteCount
        result.templates = reader.withTree { $0.count }
        return result
    }

    /// A line of 4 to 19 random words and a number.
    private mutating func words() -> [UInt8] {
        var line: [UInt8] = []
        for _ in 0..<4 + next() % 16 {
            var letters = next()
            for _ in 0..<3 + next() % 7 {
                line.append(97 + UInt8(letters % 26))
                letters /= 26
            }
            line.append(0x20)
        }
        NumberText.appendInteger(Int64(next() % 1_000), to: &line)
        return line
    }

    private mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
