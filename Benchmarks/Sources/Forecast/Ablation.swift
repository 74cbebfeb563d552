import Forecasting

/// What each model is worth: the error of all the others, relative to that of all.
enum Ablation {
    static func print(_ all: [RegularSeries], configuration: ForecastConfiguration) {
        let base = errors(all, configuration)
        Swift.print(ErrorTable.padded("all", 28), base.map(ErrorTable.fixed).joined(separator: "  "))
        for (name, model) in ForecastModels.named where !configuration.disabled.contains(model) {
            var without = configuration
            without.disabled.insert(model)
            let errors = errors(all, without)
            let change = zip(errors, base).map { ErrorTable.fixed(100 * ($0 / $1 - 1)) + " %" }
            Swift.print(
                ErrorTable.padded("without " + name, 36), errors.map(ErrorTable.fixed).joined(separator: "  "), "  ",
                change.joined(separator: "  "))
        }
    }

    private static func errors(_ all: [RegularSeries], _ configuration: ForecastConfiguration) -> [Double] {
        let scores = all.map { Protocol.run($0, steps: [1, 12, $0.season], configuration: configuration) }
        return (0..<3).map { step in Protocol.geometricMean(scores.map { $0[step].error }) }
    }
}
