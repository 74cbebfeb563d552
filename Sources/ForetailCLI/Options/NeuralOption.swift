import ArgumentParser
import Foretail

/// Whether a recurrent network takes part: `--neural always`.
enum NeuralOption: String, ExpressibleByArgument, CaseIterable {
    case off, auto, always

    static let help = "Let a recurrent network take part in what is said of the next event: where it pays, or always."

    /// As the library calls it.
    var setting: PredictionSettings.Neural {
        switch self {
        case .off: .off
        case .auto: .automatic
        case .always: .always
        }
    }

    /// Refuses steps that the network has nothing to say of.
    func validate(steps: StepsOption?) throws {
        guard self != .off, let steps, steps.steps.first != 1 else { return }
        throw ValidationError("--neural: the network forecasts the next event only; add 1 to --steps")
    }
}
