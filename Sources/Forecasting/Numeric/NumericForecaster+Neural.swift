/// The global network's part in a series' forecasts of the next value.
///
/// The other models do not know of it: their mix is as it would be without. What both say together takes the place of
/// the mix's forecast afterwards, before its interval is judged, so nothing of this is on the path where it is off.
extension NumericForecaster {
    /// Takes in the next value, shows it to the network where that is computed, and blends its forecast with the mix's.
    ///
    /// Does what ``learn(_:)`` does where step 1 is not forecast or the network rests.
    ///
    /// - Parameters:
    ///   - value: The value; one that is not finite counts as a repeat of the last.
    ///   - global: The network of the stream.
    ///   - isMiss: Whether an announced prediction of the value failed. The network sees such values more often.
    public mutating func learn(_ value: Double, global: inout GlobalLSTM, isMiss: Bool = false) {
        guard steps.first == 1, global.isComputed else {
            learn(value)
            state?.neural = nil
            global.skip()
            return
        }
        makeUnique()
        var before = state?.neural
        if before?.hidden != global.configuration.hidden { before = nil }
        if let before, let state, let errors = before.judge(state.scale.standardised(value.isFinite ? value : last)) {
            global.judge(errors)
        }
        learn(value)
        guard let state else { return }
        if let before, state.neural === before {
            before.learn(state.history, network: global.network)
        } else {
            // The models began anew, or the network did.
            renewNeural(keeping: before?.series.blend, global: global)
        }
        blend(isUsed: global.isUsed)
        if let series = state.neural?.series { global.learned(series, history: state.history, isMiss: isMiss) }
    }

    /// Installs a job's result as ``apply(_:)`` does, and shows the network what the new models remember.
    public mutating func apply(_ result: TrainingResult, global: GlobalLSTM) {
        let before = state?.neural
        apply(result)
        follow(before, global: global)
    }

    /// Asks for other steps as ``setSteps(_:)`` does, and shows the network what the new models remember.
    public mutating func setSteps(_ steps: [Int], global: GlobalLSTM) {
        let before = state?.neural
        setSteps(steps)
        follow(before, global: global)
    }

    /// Goes on with the network after the models have begun anew, where it took part before.
    private mutating func follow(_ before: NeuralSeries?, global: GlobalLSTM) {
        guard let before, let state, state.neural !== before, steps.first == 1 else { return }
        renewNeural(keeping: before.series.blend, global: global)
        blend(isUsed: before.isUsed)
    }

    /// Shows the present network what is remembered, on the present scale and with the present season.
    private func renewNeural(keeping blend: LSTMBlend?, global: GlobalLSTM) {
        guard let state else { return }
        let neural = NeuralSeries(
            season: state.season, phaseShift: count - state.count, hidden: global.configuration.hidden)
        neural.replay(state.history, network: global.network)
        if let blend { neural.adopt(blend) }
        state.neural = neural
    }

    private func blend(isUsed: Bool) {
        guard let state, let neural = state.neural else { return }
        let both = neural.blend(state[0].value, isUsed: isUsed)
        if isUsed { state.replaceForecast(both) }
    }
}
