import Forecasting

/// The recurrent network that takes part in a stream's forecasts where a request asks for it.
extension StreamState {
    /// Begins to use a network, or uses it more than before. A stream that has one keeps it, as it keeps its steps.
    mutating func useNetwork(_ use: LSTMUse, core: ManagerCore) {
        guard use > network?.configuration.use ?? .off else { return }
        if network == nil {
            network = GlobalLSTM(configuration: LSTMConfiguration(use: use), seed: core.seed)
        } else {
            network?.use(use)
        }
    }

    /// The bytes of the model budget that the network takes: the most it ever holds.
    var networkBytes: Int { network?.byteLimit ?? 0 }

    /// Teaches a forecaster a value, and the network where there is one.
    mutating func teach(_ value: Double, field: Int, series: Series) {
        if network == nil {
            series.forecasters[field]!.learn(value)
        } else {
            let isMiss = field < missed.count && missed[field]
            series.forecasters[field]!.learn(value, global: &network!, isMiss: isMiss)
        }
    }

    /// Lets the network end an event that was learned, and asks for its training where that is due.
    mutating func endNetworkEvent(core: inout ManagerCore, actions: inout Actions) {
        guard network != nil else { return }
        if network!.endEvent() { networkTraining = nil }
        if let job = network!.trainingJob() { ask(for: job, core: &core, actions: &actions) }
    }

    /// Gives a training job of the network away, under a new number.
    mutating func ask(for job: LSTMTrainingJob, core: inout ManagerCore, actions: inout Actions) {
        let id = core.makeTrainingID()
        networkTraining = id
        actions.items.append(.train(Actions.Training(id: id, job: .network(job))))
        actions.trainingCount += 1
    }

    /// Takes the result of the network's training job; late ones were computed already and are dropped.
    mutating func accept(_ result: LSTMTrainingResult, id: Int) -> Bool {
        guard networkTraining == id else { return false }
        network?.accept(result)
        return true
    }

    // MARK: Misses

    /// Begins anew with an event.
    mutating func forgetMisses() {
        missed.removeAll(keepingCapacity: true)
        missed.append(contentsOf: repeatElement(false, count: fields.count))
    }

    /// Marks the numeric fields in which an announced prediction of the next event failed at the event at hand. Those of
    /// further steps are not the network's.
    mutating func noteMisses() {
        for index in ended.indices where ended[index].result == .wrong && ended[index].prediction.step == 1 {
            let prediction = ended[index].prediction
            if let first = prediction.assertion { noteMiss(first) }
            for assertion in prediction.furtherAssertions { noteMiss(assertion) }
        }
    }

    private mutating func noteMiss(_ assertion: Assertion) {
        guard !assertion.isCategory else { return }
        let field = Int(assertion.field)
        if !assertion.agrees(with: readings[assertion.reading]) { missed[field] = true }
    }
}
