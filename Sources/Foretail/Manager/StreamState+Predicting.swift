import FieldExtraction
import Forecasting

/// Predicting: what the models say of a series' next events, and what each request makes of it.
extension StreamState {
    /// Forecasts every asked step of a series once, passes samples through the index, and lets each request announce.
    mutating func predict(
        _ series: Series, number: Int32, isHistory: Bool, core: inout ManagerCore, actions: inout Actions
    ) {
        guard let made = series.lastTime else { return }
        forecast(series, isAsked: false)
        matchSamples(series, made: made, limits: core.limits)
        for (place, request) in series.requests.enumerated() where request.rule.isAhead {
            announce(
                request, samplePlace: series.samplePlaces[place], series: series, number: number, made: made,
                isHistory: isHistory, core: &core,
                actions: &actions)
        }
    }

    /// Forecasts every step of a series into ``forecasts``.
    ///
    /// - Parameter isAsked: Whether somebody only asks: then nothing is kept that is learned from later.
    mutating func forecast(_ series: Series, isAsked: Bool) {
        forecasts.resize(steps: steps.count, fields: fields.count)
        for step in steps.indices {
            if series.arrival.count >= Self.ownArrivals {
                forecasts.arrivals[step] = series.arrival.forecast(stepIndex: step)
            } else {
                let isKnown = series.arrival.count > 0 || arrivalPrior.count > 0
                forecasts.arrivals[step] = isKnown ? series.arrival.forecast(stepIndex: step, prior: arrivalPrior) : nil
            }
        }
        let expected = isAsked ? series.expected : []
        let told = isAsked ? series.told : JointStatement()
        for field in fields.indices { forecast(field, series: series, isAsked: isAsked) }
        tellJointly(series)
        guard isAsked else { return }
        series.expected = expected
        series.told = told
    }

    /// Gaps after which a key needs no other keys' gaps any more.
    static let ownArrivals = 4

    private mutating func forecast(_ field: Int, series: Series, isAsked: Bool) {
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
                if isAsked {
                    fields[field].outlook(series.symbols[field], stepIndex: step, steps: steps, into: &forecast)
                } else {
                    fields[field].predict(&series.symbols[field], stepIndex: step, steps: steps, into: &forecast)
                }
                forecasts.categories[place] = forecast
            case .undetermined, .opaque: break
            }
        }
    }

    /// Draws joint samples of every step's event and counts, per group of the series' requests, those that the filter matches.
    mutating func matchSamples(_ series: Series, made: Timestamp, limits: Limits) {
        let groups = series.sampledGroups
        guard !groups.isEmpty else { return }
        sampleCounts.removeAll(keepingCapacity: true)
        sampleCounts.append(contentsOf: repeatElement(0, count: groups.count * steps.count))
        likeliest.removeAll(keepingCapacity: true)
        likeliest.append(contentsOf: repeatElement((symbol: nil, count: 0), count: groups.count))
        index.beginSamples(of: groups)
        defer { index.endSamples(of: groups) }
        fillSampleMeta(series)
        for step in steps.indices {
            if let slot = metaSlots.time {
                sampleRow[slot] =
                    Timestamp(
                        microseconds: made.microseconds &+ (forecasts.arrivals[step]?.expected ?? 0)
                    ).slot
            }
            var symbol: Int32?
            var counted = [Int](repeating: 0, count: step == 0 ? groups.count : 0)
            for sample in 0..<limits.samples {
                let drawn = drawSample(sample, step: step, series: series, limits: limits)
                if step == 0, drawn != symbol {
                    noteLikeliest(symbol, before: &counted)
                    symbol = drawn
                }
                unsafe index.matchSample(sampleRow.slots, of: groups, into: &sampleCounts, at: step * groups.count)
            }
            if step == 0 { noteLikeliest(symbol, before: &counted) }
        }
    }

    /// Clears the sample row, but for what is the same in all samples of a series.
    mutating func fillSampleMeta(_ series: Series) {
        sampleRow.clear()
        // The fields of the key stay what they are in the event at hand, which is of this key.
        for slot in keySlots { sampleRow[slot] = row[slot] }
        if let slot = metaSlots.key { sampleRow[slot] = sampleText.keep(series.key, at: 0) }
        if let slot = metaSlots.stream { sampleRow[slot] = sampleText.keep(nameBytes, at: 1) }
    }

    /// The share of a step's samples that the filter at a place among the series' sampled groups matches, counting half a
    /// sample either way.
    func matchProbability(samplePlace: Int, series: Series, step: Int, limits: Limits) -> Double {
        let matched = sampleCounts[step * series.sampledGroups.count + samplePlace]
        return (Double(matched) + 0.5) / Double(limits.samples + 1)
    }
}
