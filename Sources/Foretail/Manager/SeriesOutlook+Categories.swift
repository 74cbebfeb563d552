import Forecasting

extension SeriesOutlook {
    /// The tag of the event's value in a field; not a number where it has none.
    public func tag(field: Int) -> Double { readings[field * 2 + 1] }

    /// What is expected of a categorical field so many steps ahead, with at most `limit` values listed; nil while nothing can be
    /// announced: before any value or any gap is known.
    public func category(field: Int, stepIndex: Int, limit: Int) -> CategoryOutlook? {
        let place = stepIndex * forecasts.fieldCount + field
        guard place < forecasts.categories.count, field < forecasts.fieldCount, forecasts.arrivals[stepIndex] != nil,
            let forecast = forecasts.categories[place], !forecast.entries.isEmpty
        else { return nil }
        let listed = forecast.entries.prefix(limit)
        let rest = max(0, 1 - listed.reduce(0) { $0 + $1.probability })
        return CategoryOutlook(
            choices: listed.map {
                .init(
                    tag: fields[field].symbols.tag(of: $0.symbol),
                    probability: RecordWriter.printed(share: $0.probability))
            }, rest: RecordWriter.printed(share: rest))
    }
}
