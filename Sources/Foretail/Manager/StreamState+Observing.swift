import FieldExtraction
import Forecasting

/// Observing: every event of a covered series updates its models, hit or miss, matching or not.
extension StreamState {
    /// The number of the series whose key is in `keyBytes`, nil if no predicting request reaches it. A new key gets a series,
    /// and the least recently seen of a few others leaves if there is no room.
    mutating func coveredSeries(core: inout ManagerCore, actions: inout Actions) -> Int32? {
        if predicting.isEmpty { return nil }
        if let known = unsafe keyBytes.withUnsafeBufferPointer({ unsafe table.find($0) }),
            let series = table.series[Int(known)]
        {
            if series.coverageVersion != coverage.version {
                series.serve(coverage.requests(of: series.key), coverageVersion: coverage.version)
            }
            if series.requests.isEmpty { return nil }
            series.lastSeen = eventsRead
            if series.steps != steps { follow(series, core: &core) }
            while core.models.isExceeded, table.count > 1 {
                evictSeries(sparing: known, core: &core, actions: &actions)
            }
            return known
        }
        let requests = coverage.requests(of: keyBytes)
        if requests.isEmpty { return nil }
        while table.count >= core.limits.series || (core.models.isExceeded && table.count > 0) {
            evictSeries(sparing: -1, core: &core, actions: &actions)
        }
        let series = Series(key: keyBytes, steps: steps, fieldCount: fields.count, limits: core.limits)
        series.serve(requests, coverageVersion: coverage.version)
        series.lastSeen = eventsRead
        recount(series, core: &core)
        return table.insert(series)
    }

    /// Lets a series predict the steps that the stream is asked for by now. At its next event rather than at once: models of
    /// thousands of keys take their time, and those of keys that are gone need not follow.
    private func follow(_ series: Series, core: inout ManagerCore) {
        series.adopt(steps: steps, network: network)
        recount(series, core: &core)
    }

    /// Removes the series seen longest ago among a sample of them: near enough to the least recently seen of all, without a
    /// list to keep in order on every event.
    private mutating func evictSeries(sparing spared: Int32, core: inout ManagerCore, actions: inout Actions) {
        let total = table.series.count
        let stride = max(1, total / 64)
        var victim: Int32 = -1
        var oldest = Int.max
        for number in Swift.stride(from: evictionHand % stride, to: total, by: stride) {
            guard number != spared, let series = table.series[number], series.lastSeen < oldest else { continue }
            victim = Int32(number)
            oldest = series.lastSeen
        }
        evictionHand += 1
        if victim < 0 {
            victim = Int32(table.series.indices.first { $0 != spared && table.series[$0] != nil } ?? 0)
        }
        for request in predicting {
            core.evict(series: victim, of: request, reason: .seriesEvicted, actions: &actions)
            closeWatches(of: request, series: victim, reason: .series, core: &core, actions: &actions)
            core.models.book(-request.forget(series: victim), to: account)
        }
        core.models.book(-(table.series[Int(victim)]?.countedBytes ?? 0), to: account)
        core.seriesEvictions += 1
        for pending in table.series[Int(victim)]?.trainings ?? [] { trainingSeries[pending.id] = nil }
        table.remove(victim)
    }

    /// Reads the learned fields of the event at hand into `actual`, and settles what kind of fields they are.
    mutating func look(at series: Series, core: ManagerCore) {
        var mustRefill = false
        for field in fields.indices {
            let slot = row[fields[field].slot]
            if fields[field].isSettledNumeric, let number = slot.number, number.isFinite {
                // The usual case, without a look at the field's symbols.
                actual[field] = number
                readings[field * 2] = number
                readings[field * 2 + 1] = .nan
                continue
            }
            let wasOpaque = fields[field].kind == .opaque
            switch fields[field].observe(slot) {
            case .number(let number):
                actual[field] = number
                readings[field * 2 + 1] = fields[field].tag(slot)
            case .category(let seen):
                actual[field] = seen.symbol.map(Double.init) ?? .nan
                readings[field * 2 + 1] = seen.tag
            case .none:
                actual[field] = fields[field].kind == .numeric ? fields[field].number(slot) : .nan
                readings[field * 2 + 1] = fields[field].tag(slot)
            case .reset:
                actual[field] = .nan
                readings[field * 2 + 1] = fields[field].tag(slot)
                counters.kindChanges += 1
                forget(field: field)
                mustRefill = true
            }
            readings[field * 2] = fields[field].number(slot)
            if fields[field].kind == .opaque {
                if fields[field].isNamed { empirical.keep(slot, field: field) }
                if !wasOpaque { mustRefill = true }
            } else if fields[field].kind == .categorical, !fields[field].hasModels {
                fields[field].setSteps(steps, memory: sequenceMemory(core), limits: core.limits)
            }
        }
        if mustRefill {
            refillDiscovered(core: core)
            followPlan(core.limits.scan)
        }
    }

    private mutating func forget(field: Int) {
        fields[field].forget()
        for series in table.series { series?.reset(field: field) }
    }

    /// Teaches the models the event at hand.
    mutating func observe(_ series: Series, reading: Reading, core: inout ManagerCore, actions: inout Actions) {
        series.ordinal += 1
        let isInOrder = reading.movesClock && reading.time >= series.lastTime ?? reading.time
        let gap = isInOrder ? series.lastTime.map { reading.time.microseconds - $0.microseconds } : nil
        observeJointly(series, gap: gap)
        if isInOrder {
            if let gap {
                series.arrival.learn(gapMicroseconds: gap)
                // What is new to the stream is soon known; from then on a sample of the gaps is enough.
                if arrivalPrior.count < 256 || eventsRead % 16 == 0 { arrivalPrior.learn(gapMicroseconds: gap) }
            }
            series.lastTime = reading.time
            series.times.append(reading.time)
        }
        for field in fields.indices {
            fields[field].presence.learn(isPresent(field))
            let value = actual[field]
            switch fields[field].kind {
            case .numeric:
                if value.isFinite { numberShares[field].learn(value) }
                learn(value, field: field, series: series, core: &core, actions: &actions)
            case .categorical:
                if !value.isNaN { learn(symbol: Int32(value), field: field, series: series, reading: reading) }
            case .undetermined, .opaque: break
            }
        }
        endNetworkEvent(core: &core, actions: &actions)
        if isInOrder { remember(series) }
        if applyTraining(to: series) || series.isCountDue { recount(series, core: &core) }
        if sequences != nil, eventsRead & 255 == 1 { recountSequences(&core) }
    }

    /// Takes the event at hand into the sample of its key's past, if it is one of those that are kept.
    private mutating func remember(_ series: Series) {
        guard series.past.admit(ordinal: series.ordinal) else { return }
        for (place, step) in steps.enumerated() {
            if let gap = series.times.gap(step: step) { series.past.setGap(step: place, microseconds: gap) }
        }
        for field in fields.indices {
            let isCategory = fields[field].kind == .categorical
            series.past.setValue(field: field, isCategory ? readings[field * 2 + 1] : actual[field])
        }
    }

    private mutating func learn(
        _ value: Double, field: Int, series: Series, core: inout ManagerCore, actions: inout Actions
    ) {
        guard series.forecasters[field] != nil else {
            guard !value.isNaN else { return }
            series.waiting[field].append(value)
            guard series.waiting[field].count >= Series.admissionEvents else { return }
            var forecaster = series.makeForecaster(steps: steps)
            for early in series.waiting[field] { forecaster.learn(early) }
            series.waiting[field] = []
            series.forecasters[field] = forecaster
            recount(series, core: &core)
            return
        }
        teach(value, field: field, series: series)
        guard series.forecasters[field]!.isTrainingDue,
            let job = series.forecasters[field]!.trainingJob(stepMicroseconds: series.arrival.gridMicroseconds)
        else { return }
        let id = core.makeTrainingID()
        series.trainings.append(
            Series.PendingTraining(id: id, field: field, dueOrdinal: series.ordinal + job.delay, job: job))
        actions.items.append(.train(Actions.Training(id: id, job: .series(job))))
        actions.trainingCount += 1
        trainingSeries[id] = series
        recount(series, core: &core)
    }

    /// Counts a series anew in the model budget.
    private func recount(_ series: Series, core: inout ManagerCore) {
        let before = series.countedBytes
        series.countedBytes = series.byteCount
        core.models.book(series.countedBytes - before, to: account)
    }

    private mutating func learn(symbol: Int32, field: Int, series: Series, reading: Reading) {
        // Skill is a trailing mean; every fourth event of a key is enough to know it.
        let ownShare =
            series.ordinal % 4 == 0 ? series.past.share(of: readings[field * 2 + 1], field: field) : nil
        _ = fields[field].learn(symbol, after: series.symbols[field], steps: steps, ownShare: ownShare)
        series.symbols[field].append(symbol, at: Double(reading.time.microseconds) / 1e6)
    }

    /// The memory that the stream's sequence models share; made when the first of them needs it, and counted in the model budget.
    mutating func sequenceMemory(_ core: ManagerCore) -> SequenceMemory {
        if let sequences { return sequences }
        let memory = SequenceMemory(bytes: core.limits.sequenceBytes)
        sequences = memory
        return memory
    }

    /// Counts anew in the model budget what the keys of the stream share to predict sequences.
    mutating func recountSequences(_ core: inout ManagerCore) {
        var bytes = (sequences?.bytes ?? 0) + joint.byteCount
        for field in fields.indices { bytes += fields[field].sequenceBytes }
        core.models.book(bytes - sequenceBytes, to: account)
        sequenceBytes = bytes
    }

    /// Installs the results that are due. One that has not come yet is computed here: the job is a pure function, so the
    /// outcome is the same, and only the time of this event suffers.
    ///
    /// - Returns: Whether there were any.
    private mutating func applyTraining(to series: Series) -> Bool {
        let before = series.trainings.count
        // Jobs of two fields need not fall due in the order they began.
        while let place = series.trainings.firstIndex(where: { $0.dueOrdinal <= series.ordinal }) {
            let pending = series.trainings.remove(at: place)
            trainingSeries[pending.id] = nil
            let result = pending.result ?? pending.job.run()
            if let network {
                series.forecasters[pending.field]?.apply(result, global: network)
            } else {
                series.forecasters[pending.field]?.apply(result)
            }
        }
        return series.trainings.count < before
    }

    /// Takes the result of a training job; a job whose series has left is none of ours any more.
    mutating func accept(_ result: ModelResult, id: Int) -> Bool {
        switch result {
        case .series(let result): accept(result, id: id)
        case .network(let result): accept(result, id: id)
        }
    }

    private mutating func accept(_ result: TrainingResult, id: Int) -> Bool {
        guard let series = trainingSeries[id] else { return false }
        if let place = series.trainings.firstIndex(where: { $0.id == id }) {
            series.trainings[place].result = result
        } else {
            // The field changed its kind, or the steps changed, while the job ran.
            trainingSeries[id] = nil
        }
        return true
    }
}
