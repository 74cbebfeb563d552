/// How much is computed for one step, so that many steps together stay within the time of one value.
///
/// Up to three steps each gets everything its tier has. Of more steps, unless the tier is full, all but step 1 learn
/// their regressions from every second value only (from every fourth beyond six steps; targets of neighbouring origins
/// overlap, so little is lost) and mix one memory instead of three, and no step has analogs of long memory. On the nine
/// series of `data/forecast` that costs 1 % at step 12.
///
/// ```swift
/// StepBudget(ForecastConfiguration(), season: 24, step: 12, stepCount: 12).stride   // 4
/// ```
struct StepBudget {
    /// The most steps of which each gets everything.
    static let fewSteps = 3

    let models: ForecastModels
    /// Inputs of the large regression, on a series with a season: fewer where a long season leaves little room.
    let inputs: Int
    /// The regressions learn from every `stride`-th value.
    let stride: Int
    /// The memories that the final mix mixes.
    let memories: Int

    init(_ configuration: ForecastConfiguration, season: Int, step: Int, stepCount: Int) {
        models = configuration.models(stepCount: stepCount)
        inputs = configuration.tier == .lite && season > 48 ? LagFeatures.short : LagFeatures.seasonal
        let isAmple = configuration.tier == .full || stepCount <= StepBudget.fewSteps || step == 1
        stride = isAmple ? 1 : stepCount <= 6 ? 2 : 4
        memories = isAmple ? 3 : 1
    }
}
