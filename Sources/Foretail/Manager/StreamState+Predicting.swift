import FieldExtraction
import Forecasting

/// Predicting: what the models say of a series' next events, and what each request makes of it.
extension StreamState {
    /// Forecasts every asked step of a series once, passes samples through the index, and lets each request announce.
    mutating func predict(
        _ series: Series, number: Int32, isHistory: Bool, core: inout ManagerCore, actions: inout Actions
    ) {
        guard let made = series.lastTime else { return }
        forecasts.resize(steps: steps.count, fields: fields.count)
        for step in steps.indices {
            if series.arrival.count >= Self.ownArrivals {
                forecasts.arrivals[step] = series.arrival.forecast(stepIndex: step)
            } else {
                let isKnown = series.arrival.count > 0 || arrivalPrior.count > 0
                forecasts.arrivals[step] = isKnown ? series.arrival.forecast(stepIndex: step, prior: arrivalPrior) : nil
            }
        }
        for field in fields.indices { forecast(field, series: series) }
        matchSamples(series, made: made, limits: core.limits)
        for (place, request) in series.requests.enumerated() where request.rule.isAhead {
            announce(
                request, samplePlace: series.samplePlaces[place], series: series, number: number, made: made,
                isHistory: isHistory, core: &core,
                actions: &actions)
        }
    }

    /// Gaps after which a key needs no other keys' gaps any more.
    static let ownArrivals = 4

    private mutating func forecast(_ field: Int, series: Series) {
        for step in steps.indices {
            let place = step * fields.count + field
            forecasts.numeric[place] = nil
            forecasts.categories[place] = nil
            switch fields[field].kind {
            case .numeric:
                forecasts.numeric[place] =
                    series.forecasters[field]?.forecast(stepIndex: step) ?? series.naiveForecast(field: field)
                if step == 0 { series.expected[field] = forecasts.numeric[place]?.value ?? .nan }
            case .categorical:
                guard fields[field].hasModels, series.symbols[field].count > 0 else { continue }
                var forecast = CategoryForecast()
                fields[field].predict(&series.symbols[field], stepIndex: step, steps: steps, into: &forecast)
                forecasts.categories[place] = forecast
            case .undetermined, .opaque: break
            }
        }
    }

    /// Draws joint samples of every step's event and counts, per group of the series' requests, those that the filter matches.
    ///
    /// The k-th sample of all fields stems from the same past origin, so that what went together goes together.
    private mutating func matchSamples(_ series: Series, made: Timestamp, limits: Limits) {
        let groups = series.sampledGroups
        guard !groups.isEmpty else { return }
        sampleCounts.removeAll(keepingCapacity: true)
        sampleCounts.append(contentsOf: repeatElement(0, count: groups.count * steps.count))
        index.beginSamples(of: groups)
        defer { index.endSamples(of: groups) }
        sampleRow.clear()
        // The fields of the key stay what they are in the event at hand, which is of this key.
        for slot in keySlots { sampleRow[slot] = row[slot] }
        if let slot = metaSlots.key { sampleRow[slot] = sampleText.keep(series.key, at: 0) }
        if let slot = metaSlots.stream { sampleRow[slot] = sampleText.keep(nameBytes, at: 1) }
        for step in steps.indices {
            if let slot = metaSlots.time {
                sampleRow[slot] =
                    Timestamp(
                        microseconds: made.microseconds &+ (forecasts.arrivals[step]?.expected ?? 0)
                    ).slot
            }
            for sample in 0..<limits.samples {
                for field in fields.indices {
                    sampleRow[fields[field].slot] = draw(
                        sample, field: field, step: step, series: series, limits: limits)
                }
                unsafe index.matchSample(sampleRow.slots, of: groups, into: &sampleCounts, at: step * groups.count)
            }
        }
    }

    private func draw(_ sample: Int, field: Int, step: Int, series: Series, limits: Limits) -> FieldSlot {
        let place = step * fields.count + field
        if let numeric = forecasts.numeric[place], let forecaster = series.forecasters[field] {
            return .double(numeric.value + forecaster.residualSample(stepIndex: step, sample))
        }
        if let category = forecasts.categories[place] {
            // Equally spaced quantiles, shifted by field so that two fields are not drawn in step.
            let shift = Double(field) * 0.618_033_988_749_895
            let position = (Double(sample) + 0.5) / Double(limits.samples) + shift
            guard let symbol = category.symbol(at: position - position.rounded(.down)) else { return .missing }
            return fields[field].slot(of: symbol, texts: sampleText, place: 2 + field)
        }
        return empirical.value(field: field, sample)
    }

    /// The share of a step's samples that the filter at a place among the series' sampled groups matches, counting half a
    /// sample either way.
    func matchProbability(samplePlace: Int, series: Series, step: Int, limits: Limits) -> Double {
        let matched = sampleCounts[step * series.sampledGroups.count + samplePlace]
        return (Double(matched) + 0.5) / Double(limits.samples + 1)
    }
}
