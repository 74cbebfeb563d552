import FieldExtraction
import Forecasting

/// Joint predictions: what comes decides when it comes, which numbers come with it, and what a filter will say of it.
extension StreamState {
    /// The symbols of the pivot that cover this much of its probability give a number's interval.
    private static var coverage: Double { 0.9 }
    /// The probability from which the most probable symbol speaks for the time and the numbers.
    private static var certainty: Double { 0.5 }

    // MARK: Observing

    /// Judges what was told of the event at hand, and learns what came with its symbol, before anything else learns of it.
    ///
    /// - Parameter gap: The time since the key's event before, in microseconds; nil where there is none or it teaches nothing.
    mutating func observeJointly(_ series: Series, gap: Int64?) {
        followPivot()
        guard let pivot = joint.pivot, !actual[pivot].isNaN, actual[pivot] >= 0 else { return series.told.clear() }
        let symbol = Int32(actual[pivot])
        if let gap {
            if let statement = series.told.arrival, series.arrival.count > 0 {
                joint.arrivals.judge(
                    statement, other: series.arrival.quantiles(of: 0), symbol: symbol, gapMicroseconds: gap)
            }
            if series.told.latest >= 0 {
                joint.arrivals.learn(from: series.told.latest, to: symbol, gapMicroseconds: gap)
            }
        }
        joint.numbers.note(symbol: symbol)
        for field in fields.indices where fields[field].kind == .numeric && !actual[field].isNaN {
            if field < series.told.numbers.count {
                joint.numbers.judge(
                    actual[field], field: field, own: series.expected[field], conditional: series.told.numbers[field])
            }
            joint.numbers.learn(actual[field], symbol: symbol, field: field)
        }
        keepRow(of: symbol, series: series)
        series.told.clear()
        series.told.latest = symbol
    }

    private mutating func keepRow(of symbol: Int32, series: Series) {
        guard !series.sampledGroups.isEmpty, fields.count > 1 else { return }
        if joint.rows == nil { joint.rows = ConditionalRows(fieldCount: fields.count) }
        joint.rows?.keep(
            symbol,
            categories: { field in
                fields[field].kind == .categorical && !actual[field].isNaN ? Int32(actual[field]) : nil
            },
            opaque: { field in fields[field].kind == .opaque && fields[field].isNamed ? row[fields[field].slot] : nil })
    }

    /// Chooses the pivot at powers of two of the events read, and starts anew where the stream's fields have changed.
    private mutating func followPivot() {
        if joint.fieldCount != fields.count { joint.reset(pivot: nil, fieldCount: fields.count) }
        if let pivot = joint.pivot, !fields[pivot].hasModels { joint.reset(pivot: nil, fieldCount: fields.count) }
        guard joint.pivot == nil || (eventsRead >= 32 && eventsRead & (eventsRead - 1) == 0) else { return }
        let chosen = bestPivot
        if chosen != joint.pivot { joint.reset(pivot: chosen, fieldCount: fields.count) }
    }

    private var bestPivot: Int? {
        var best: Int?
        var most = -Double.infinity
        for field in fields.indices where fields[field].hasModels {
            if fields[field].path.keys == ["template"] { return field }
            // What is chosen stays, unless another is much better.
            let saved = fields[field].savedBits * (field == joint.pivot ? 1.5 : 1)
            if saved > most {
                most = saved
                best = field
            }
        }
        return best
    }

    // MARK: Predicting

    /// Lets what is expected to come speak for its time and its numbers, where that was better of late.
    mutating func tellJointly(_ series: Series) {
        for field in fields.indices { forecasts.speakers[field] = series.forecasters[field] }
        guard let pivot = joint.pivot, steps.first == 1, series.told.latest >= 0,
            let categories = forecasts.categories[pivot], let best = categories.entries.first,
            best.probability >= Self.certainty
        else { return }
        // A beat is kept whatever comes.
        if series.arrival.gridMicroseconds == nil {
            series.told.arrival = joint.arrivals.statement(from: series.told.latest, to: best.symbol)
            if joint.arrivals.speaks, let told = series.told.arrival {
                forecasts.arrivals[0] = told.forecast
                forecasts.arrivals[0]?.probability = joint.arrivals.probability
            }
        }
        for field in fields.indices where fields[field].kind == .numeric {
            if joint.numbers.lacks(symbol: best.symbol, field: field) {
                // What is expected to come does not have the field.
                forecasts.numeric[field] = nil
                continue
            }
            guard let forecaster = joint.numbers.forecaster(symbol: best.symbol, field: field) else { continue }
            while series.told.numbers.count < fields.count { series.told.numbers.append(.nan) }
            let forecast = forecaster.forecast(stepIndex: 0)
            series.told.numbers[field] = forecast.value
            guard joint.numbers.speaks(field: field) || series.forecasters[field] == nil else { continue }
            forecasts.speakers[field] = forecaster
            forecasts.numeric[field] = widened(forecast, field: field, own: forecasts.numeric[field], by: categories)
        }
    }

    /// When the next event comes that a filter matches: with the symbol of most of the samples that it matched.
    func arrival(ofGroup samplePlace: Int, series: Series) -> ArrivalForecast? {
        guard joint.arrivals.speaks, series.arrival.gridMicroseconds == nil, samplePlace < likeliest.count,
            let symbol = likeliest[samplePlace].symbol
        else { return forecasts.arrivals[0] }
        return joint.arrivals.statement(from: series.told.latest, to: symbol)?.forecast ?? forecasts.arrivals[0]
    }

    /// Takes note of the symbol that most of a filter's matching samples of the first step have.
    ///
    /// - Parameter before: What was counted before the samples of `symbol`.
    mutating func noteLikeliest(_ symbol: Int32?, before: inout [Int]) {
        for place in likeliest.indices {
            let matched = sampleCounts[place] - before[place]
            before[place] = sampleCounts[place]
            if matched > likeliest[place].count { likeliest[place] = (symbol, matched) }
        }
    }

    /// A symbol's forecast with an interval over all symbols that are likely, measured by the key's own naive error.
    private func widened(
        _ forecast: NumericForecast, field: Int, own: NumericForecast?, by categories: CategoryForecast
    ) -> NumericForecast {
        var wide = forecast
        var covered = categories.entries[0].probability
        for entry in categories.entries.dropFirst() {
            if covered >= Self.coverage { break }
            covered += entry.probability
            guard let other = joint.numbers.forecaster(symbol: entry.symbol, field: field) else { continue }
            let forecast = other.forecast(stepIndex: 0)
            wide.low = min(wide.low, forecast.low)
            wide.high = max(wide.high, forecast.high)
        }
        guard let own, own.naiveError > 0 else { return wide }
        wide.naiveError = own.naiveError
        wide.skill = 1 - (1 - own.skill) * joint.numbers.relativeLoss(field: field)
        return wide
    }

    // MARK: Sampling

    /// Fills the sample row with the k-th joint sample of a step's event.
    ///
    /// The pivot's symbol is drawn by equally spaced quantiles; numbers come from the forecast that speaks, each with the residual of
    /// the same past moment, so that what went together goes together; other fields from an event that had the symbol.
    ///
    /// - Returns: The pivot's symbol.
    mutating func drawSample(_ sample: Int, step: Int, series: Series, limits: Limits) -> Int32? {
        let position = (Double(sample) + 0.5) / Double(limits.samples)
        let place = step * fields.count
        var symbol: Int32?
        var past: (place: Int, row: Int)?
        if let pivot = joint.pivot, let categories = forecasts.categories[place + pivot] {
            symbol = categories.symbol(at: position)
            if let symbol, let rows = joint.rows, let found = rows.place(of: symbol) {
                past = (found, pastRow(sample, at: found, rows: rows, pivot: pivot, step: step))
            }
        }
        for field in fields.indices {
            let slot = fields[field].slot
            switch fields[field].kind {
            case .numeric:
                sampleRow[slot] = number(sample, field: field, symbol: symbol, step: step, series: series)
            case .categorical where field == joint.pivot:
                sampleRow[slot] =
                    symbol.map { fields[field].slot(of: $0, texts: sampleText, place: 2 + field) } ?? .missing
            case .categorical:
                let drawn: Int32?
                if let past, let rows = joint.rows {
                    drawn = rows.category(past.row, field: field, at: past.place)
                } else {
                    // Shifted by field, so that two fields are not drawn in step.
                    let shifted = position + Double(field) * Self.goldenRatio
                    drawn = forecasts.categories[place + field]?.symbol(at: shifted - shifted.rounded(.down))
                }
                sampleRow[slot] =
                    drawn.map { fields[field].slot(of: $0, texts: sampleText, place: 2 + field) } ?? .missing
            case .opaque, .undetermined:
                if let past, let rows = joint.rows, fields[field].kind == .opaque, fields[field].isNamed {
                    sampleRow[slot] = rows.opaque(past.row, field: field, at: past.place)
                } else {
                    sampleRow[slot] = empirical.value(field: field, sample)
                }
            }
        }
        return symbol
    }

    private static var goldenRatio: Double { 0.618_033_988_749_895 }

    private func number(_ sample: Int, field: Int, symbol: Int32?, step: Int, series: Series) -> FieldSlot {
        if step == 0, steps.first == 1, let symbol, joint.numbers.lacks(symbol: symbol, field: field) {
            return .missing
        }
        if step == 0, steps.first == 1, let symbol, joint.numbers.speaks(field: field),
            let forecaster = joint.numbers.forecaster(symbol: symbol, field: field)
        {
            return .double(
                forecaster.forecast(stepIndex: 0).value + forecaster.residualSample(stepIndex: 0, sample))
        }
        guard let forecast = forecasts.numeric[step * fields.count + field] else { return .missing }
        guard let forecaster = step == 0 ? forecasts.speakers[field] : series.forecasters[field] else {
            return empirical.value(field: field, sample)
        }
        return .double(forecast.value + forecaster.residualSample(stepIndex: step, sample))
    }

    /// The event among those kept of a symbol that the k-th sample takes, by what is predicted of its other categories.
    private func pastRow(_ sample: Int, at place: Int, rows: ConditionalRows, pivot: Int, step: Int) -> Int {
        let count = rows.count(at: place)
        var weights = SIMD8<Double>(repeating: 0)
        for row in 0..<count {
            var weight = 1.0
            for field in fields.indices where field != pivot && fields[field].kind == .categorical {
                guard let categories = forecasts.categories[step * fields.count + field],
                    let symbol = rows.category(row, field: field, at: place)
                else { continue }
                let share = Double(rows.count(of: symbol, field: field, at: place)) / Double(count)
                weight *= max(categories.probability(of: symbol) ?? 0, 1e-3) / share
            }
            weights[row] = weight
        }
        let spread = (Double(sample) + 0.5) * Self.goldenRatio
        var left = (spread - spread.rounded(.down)) * weights.sum()
        for row in 0..<count {
            left -= weights[row]
            if left < 0 { return row }
        }
        return count - 1
    }
}
