import Forecasting
import Glibc

/// The figures of the numeric models.
///
///     swift run -c release forecast-benchmarks [errors|ablation|cost|states|robustness] [--tier TIER] [--without MODEL]... [--data FOLDER]
///
/// `errors` prints error and coverage per series, `ablation` the error without each model, `cost` nanoseconds and bytes by
/// tier, `states` those of 100,000 series of 50 values at once, `robustness` the errors on made-up series.
@main
struct ForecastBenchmarks {
    static func main() {
        var data = "../../shared/data/forecast"
        var command = "errors"
        var configuration = ForecastConfiguration()
        var arguments = CommandLine.arguments.dropFirst()
        while let argument = arguments.popFirst() {
            switch argument {
            case "--data": data = arguments.popFirst() ?? data
            case "--tier": configuration.tier = ForecastConfiguration.Tier(rawValue: arguments.popFirst() ?? "")!
            case "--without":
                let name = arguments.popFirst() ?? ""
                for (known, model) in ForecastModels.named where known == name { configuration.disabled.insert(model) }
            case "--dense": break
            case "--only":
                let name = arguments.popFirst() ?? ""
                configuration.disabled = .all
                for (known, model) in ForecastModels.named where known == name { configuration.disabled.remove(model) }
            default: if command == "errors" { command = argument }
            }
        }
        switch command {
        case "cost": return CostTable.print(only: nil)
        case "states": return StateTable.print(configuration)
        case "instructions": return CostTable.runOnce(configuration, steps: Int(CommandLine.arguments.last!) ?? 1)
        case "robustness": return ErrorTable.print(MadeSeries.all(), configuration: configuration)
        default: break
        }
        let all = RegularSeries.all(in: data)
        guard !all.isEmpty else {
            print("forecast-benchmarks: there are no series in \(data); name the folder with --data")
            exit(1)
        }
        if command == "ablation" {
            Ablation.print(all, configuration: configuration)
        } else {
            ErrorTable.print(all, configuration: configuration)
        }
    }
}
