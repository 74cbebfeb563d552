import ArgumentParser
import Foretail

/// `foretail backtest`: what foretail would have known about data of the past.
struct BacktestCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "backtest",
        abstract: "Would foretail have helped on this data? Walk files of the past and report.",
        discussion: """
            Examples:
              foretail backtest metrics.csv --steps 12
              foretail backtest app.ndjson --key host --filter 'event.level == "error"'
              foretail backtest monday.csv tuesday.csv --report html --out report.html
            """)

    @OptionGroup var options: BacktestOptions

    func run() async throws { try BacktestRun(options).run() }
}
