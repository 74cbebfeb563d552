#if Server
import Forecasting
import Foretail

extension Actions {
    /// The trainings asked for.
    var trainings: [Training] {
        items.compactMap { action in
            if case .train(let training) = action { training } else { nil }
        }
    }
}

extension PredictiveBufferManager {
    /// Runs trainings on this thread and takes up what they gave: a job takes milliseconds at most.
    mutating func run(_ trainings: [Actions.Training], into actions: inout Actions) {
        for training in trainings {
            process(.trained(id: training.id, training.job.run()), now: ServerClock().now(), into: &actions)
        }
    }
}
#endif
