import FieldExtraction
import FilterLanguage

/// Requests: what a stream does when one comes, changes or goes.
extension StreamState {
    /// Begins to learn and predict for a request.
    mutating func startPredicting(_ request: RequestState, core: inout ManagerCore) {
        guard request.settings != nil else { return }
        predicting.append(request)
        if request.watches != nil { watching += 1 }
        askedSteps += request.askedSteps.count
        let before = networkBytes
        learn(for: request, core: core)
        core.models.book(networkBytes - before, to: account)
        cover(request, core: core)
    }

    /// Begins to learn the steps and fields a request asks for, as far as they are not learned already.
    mutating func learn(for request: RequestState, core: ManagerCore) {
        guard let settings = request.settings else { return }
        useNetwork(settings.neural.use, core: core)
        ask(for: settings.steps, core: core)
        request.stepIndices = stepIndices(settings)
        bindFields(request, settings: settings, core: core)
    }

    /// Files a request under the keys that its filter can match.
    private mutating func cover(_ request: RequestState, core: ManagerCore) {
        let slots = (request.filter?.fields ?? []).map { plan.slot(of: $0) ?? 0 }
        request.reach = KeyReach(
            request.filter, slots: slots, keySlots: keySlots, metaKeySlot: metaSlots.key, keyBytes: core.limits.keyBytes
        )
        if request.watches != nil {
            request.threshold = PathThreshold(
                request.filter, slots: slots, keySlots: keySlots + (metaSlots.key.map { [$0] } ?? []))
        }
        coverage.insert(request)
    }

    /// Finds the fields a request learns: those its filter reads and its settings name; without any, those discovered.
    private mutating func bindFields(_ request: RequestState, settings: PredictionSettings, core: ManagerCore) {
        var named: [FieldPath] = []
        for path in (request.filter?.fields ?? []) + settings.predict + settings.assert where isLearnable(path) {
            if !named.contains(path) { named.append(path) }
        }
        request.fields = named.isEmpty ? nil : named.map { learn($0, isNamed: true, core: core) }
        // Which numbers a line has, and how large they are, depends on its template.
        if named.contains(where: { $0.keys.first == "numbers" }) {
            _ = learn(FieldPath("template"), isNamed: true, core: core)
        }
        request.asserted = settings.assert.map { learn($0, isNamed: true, core: core) }
        request.tolerances = fields.map { settings.tolerances[$0.path.name] }
        if request.fields == nil { refillDiscovered(core: core) }
    }

    private func isLearnable(_ path: FieldPath) -> Bool {
        path.root == .event && path != descriptor.time && !descriptor.key.contains(path)
    }

    /// Keeps tolerances in step with fields that are discovered later.
    mutating func bindTolerances() {
        for request in predicting {
            guard let settings = request.settings, !settings.tolerances.isEmpty else { continue }
            request.tolerances = fields.map { settings.tolerances[$0.path.name] }
        }
    }

    /// Takes a request out of the index, before its filter changes or it goes.
    mutating func leave(_ request: RequestState) {
        let predictors = (index.groups[request.group]?.requests.count ?? 0) - (tailing[request.group]?.count ?? 0)
        let others = predictors > (request.settings == nil ? 0 : 1)
        index.remove(request.id, group: request.group, stillPredicted: others)
        if request.settings != nil { coverage.remove(request) }
        tailing[request.group]?.removeAll { $0 === request }
    }

    /// Takes a request up again under its new filter.
    mutating func rejoin(_ request: RequestState, core: inout ManagerCore) {
        guard let settings = request.settings else {
            tailing[request.group, default: []].append(request)
            return
        }
        bindFields(request, settings: settings, core: core)
        cover(request, core: core)
        // What the old filter matched says nothing of the new one.
        for number in request.series.numbers { core.models.book(-request.forget(series: number), to: account) }
        request.watches = settings.watch.map(RequestWatches.init)
    }

    /// Removes a request for good.
    mutating func remove(_ request: RequestState) {
        leave(request)
        guard request.settings != nil else { return }
        predicting.remove(request)
        deadlines.remove(request)
        askedSteps -= request.askedSteps.count
        if request.watches != nil { watching -= 1 }
    }

    /// Lets time pass on a live stream: event time goes on with the wall clock after the last event, so that windows end
    /// while the stream is silent. A grace keeps an event that is on its way from coming too late.
    mutating func tick(now: Timestamp, core: inout ManagerCore, actions: inout Actions) {
        guard descriptor.isLive, descriptor.clock != .event, descriptor.clock != .order, let lastArrival,
            let largestTime
        else { return }
        let silence = now.microseconds - lastArrival.microseconds - core.limits.silenceGraceMicroseconds
        guard silence > 0 else { return }
        let clock = Timestamp(
            microseconds: largestTime.microseconds + silence - descriptor.latenessMicroseconds)
        for request in predicting where request.isHiddenDue(at: clock) { request.tellHidden(into: &actions) }
        if clock > deadlines.next { expireDue(before: clock, core: &core, actions: &actions) }
        expireWatches(before: clock, isHistory: false, core: &core, actions: &actions)
    }
}
