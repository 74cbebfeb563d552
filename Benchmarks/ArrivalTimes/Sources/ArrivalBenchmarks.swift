import Forecasting
import Foundation

/// Prints how well arrival times are told: of the public series, and of processes made from a seed.
///
///     swift run -c release arrival-benchmarks [folder of CSV files with a `timestamp`]
///
/// A row: the mean log-pinball of the next gap's quantiles, that of the running empirical ones, their ratio, the coverage
/// of 90 % windows at steps 1 to 12, the share of forecasts each model made, and the time per event of step 1 alone and of
/// all twelve.
@main
enum ArrivalBenchmarks {
    static func main() {
        let folder = CommandLine.arguments.dropFirst().first ?? "../../../shared/data/forecast"
        print("series                pinball empirical ratio | coverage at steps 1...12 | share of models | ns")
        let files = ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []).sorted()
        var irregular = 0.0
        for file in files where file.hasSuffix(".csv") {
            guard let stamps = Stamps(path: folder + "/" + file) else { continue }
            let report = Report(gaps: stamps.gaps, resolution: stamps.resolution)
            print(report.line(named: String(file.dropLast(4))))
            if file.hasPrefix("azure") || file.hasPrefix("travel") { irregular += log(report.ratio) / 2 }
        }
        if !files.isEmpty { print("geometric mean of the irregular two: \(digits(exp(irregular)))") }
        for process in Process.allCases {
            print(Report(gaps: process.gaps(count: 6000, seed: 1), resolution: 1000).line(named: "\(process)"))
        }
    }
}

/// Three digits behind the point.
func digits(_ number: Double) -> String { String(format: "%.3f", number) }
