import FieldExtraction
import Foretail

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// One run of `foretail backtest`, from options to report.
struct BacktestRun {
    private let options: BacktestOptions

    init(_ options: BacktestOptions) { self.options = options }

    /// Walks all files and writes the report.
    func run() throws {
        let report = try report()
        var bytes: [UInt8]
        switch options.report {
        case .text: bytes = Array(TextReport(report).text(style: style).utf8)
        case .json: bytes = JSONReport(report).bytes
        case .html: bytes = Array(HTMLReport(report).text.utf8)
        }
        if bytes.last != UInt8(ascii: "\n") { bytes.append(UInt8(ascii: "\n")) }
        guard let out = options.out else {
            var output = DescriptorDestination()
            do throws(ForetailError) {
                try output.deliver(bytes, to: DestinationID(0))
            } catch {
                // Whoever read our output has seen enough.
                guard DescriptorDestination.isClosedPipe(error) else { throw error }
            }
            return
        }
        guard let file = OpenDescriptor(path: out, flags: O_WRONLY | O_CREAT | O_TRUNC, mode: 0o644) else {
            let error = ErrorNumber.current
            throw ForetailError(.destination, "--out \(out): \(error.text); \(error.writingRemedy)")
        }
        try DescriptorWriter(file, name: out).write(bytes)
    }

    /// Walks all files.
    func report() throws -> BacktestReport {
        var files: [FileResult] = []
        for (number, path) in options.files.enumerated() {
            files.append(try FileWalk(path, number: number, options: options).run())
        }
        return BacktestReport(files: files, filter: options.filter ?? options.pattern)
    }

    private var style: TerminalStyle { options.out == nil ? TerminalStyle(descriptor: 1) : .plain }
}
