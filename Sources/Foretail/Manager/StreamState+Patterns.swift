import FieldExtraction
import Forecasting

/// Patterns: what the models' histories show to whoever asks.
extension StreamState {
    /// The patterns of the series with the most events, busiest first.
    ///
    /// Times are not kept for long: those of a series on a grid are counted back from its last event; else places have none.
    func patterns(most: Int) -> [SeriesPatterns] {
        let busiest = table.series.compactMap(\.self).sorted { left, right in
            left.ordinal != right.ordinal
                ? left.ordinal > right.ordinal : left.key.lexicographicallyPrecedes(right.key)
        }
        return busiest.prefix(max(0, most)).map(patterns)
    }

    private func patterns(of series: Series) -> SeriesPatterns {
        let grid = series.arrival.gridMicroseconds
        var found: [FieldPatterns] = []
        var longest: [Int64]?
        for number in fields.indices {
            let values = history(of: number, in: series)
            let stamps = times(of: values.count, in: series, step: grid)
            if (stamps?.count ?? 0) > (longest?.count ?? 0) { longest = stamps }
            found.append(patterns(of: number, in: series, values, times: stamps))
        }
        return SeriesPatterns(
            key: String(decoding: series.key, as: UTF8.self), eventCount: series.ordinal,
            firstMicroseconds: longest?.first,
            lastMicroseconds: series.lastTime?.microseconds, arrival: longest.flatMap { ArrivalPattern(times: $0) },
            fields: found)
    }

    /// The values of a numeric field that are kept.
    private func history(of field: Int, in series: Series) -> [Double] {
        guard fields[field].kind == .numeric else { return [] }
        guard let kept = series.forecasters[field]?.history(last: PatternDetector.historyLimit) else {
            return series.waiting[field]
        }
        // Kept within a float's precision: whole numbers are no longer quite whole.
        let isWhole = kept.allSatisfy { abs($0) < 1e6 && abs($0 - $0.rounded()) < 1e-3 }
        return isWhole ? kept.map { $0.rounded() } : kept
    }

    private func times(of count: Int, in series: Series, step: Int64?) -> [Int64]? {
        guard let step, count > 0, let last = series.lastTime else { return nil }
        return (0..<count).map { last.microseconds - Int64(count - 1 - $0) * step }
    }

    private func patterns(
        of field: Int, in series: Series, _ values: [Double], times: [Int64]?
    ) -> FieldPatterns {
        let name = fields[field].name
        guard fields[field].kind == .numeric else {
            var summary = FieldSummary(kind: .unseen, eventCount: series.ordinal, missingCount: 0)
            switch fields[field].kind {
            case .categorical:
                summary.kind = fields[field].symbols.count == 1 && series.ordinal > 1 ? .constant : .categorical
                summary.valueCount = fields[field].symbols.count
            case .opaque: summary.kind = .opaque
            case .numeric, .undetermined: break
            }
            return FieldPatterns(name: name, summary: summary, numeric: nil)
        }
        var profile = FieldProfile()
        for value in values { profile.note(number: value) }
        let numeric = PatternDetector().detect(
            values, times: times, firstEvent: max(0, series.ordinal - values.count))
        return FieldPatterns(name: name, summary: profile.summary, numeric: numeric)
    }
}
