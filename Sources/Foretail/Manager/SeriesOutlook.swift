public import FieldExtraction
public import Forecasting

/// All that the models say of a key right after its latest event, announced or not; for whoever measures them.
///
/// ```swift
/// manager.process(.events(oneEvent), now: now, into: &actions)
/// if let outlook = manager.outlook(of: request) { outlook.forecast(field: 0, stepIndex: 0)?.value }
/// ```
///
/// Reading it costs nothing the manager had not computed; drop it before the next input, or its scratch is copied.
public struct SeriesOutlook {
    /// The number of the series; may serve another key once the series has left.
    public let number: Int32
    /// The steps that are forecast, ascending: those of all requests that the stream had at the event.
    public let steps: [Int]
    /// The numeric fields among those the request prints, by number in the stream's catalogue.
    public let numericFields: [Int]
    /// The categorical fields among those the request prints, by number in the stream's catalogue.
    public let categoryFields: [Int]
    let series: Series
    let forecasts: StepForecasts
    let readings: [Double]
    let fields: [LearnedField]

    init(number: Int32, series: Series, stream: StreamState, request: RequestState) {
        self.number = number
        self.series = series
        steps = series.steps
        forecasts = stream.forecasts
        readings = stream.readings
        fields = stream.fields
        let printed = stream.printedFields(of: request)
        numericFields = printed.filter { stream.fields[$0].kind == .numeric }
        categoryFields = printed.filter { stream.fields[$0].kind == .categorical }
    }

    /// The key's bytes; empty for a stream without a key.
    public var key: [UInt8] { series.key }
    /// Events of the key so far.
    public var ordinal: Int { series.ordinal }
    /// The key's largest event time.
    public var lastTime: Timestamp? { series.lastTime }
    /// Times between events that were learned: one less than the events that came in order.
    public var gapCount: Int { series.arrival.count }
    /// The distance of the key's beats; nil where it has none.
    public var gridMicroseconds: Int64? { series.arrival.gridMicroseconds }

    /// The event's number in a field; not a number where it has none.
    public func value(field: Int) -> Double { readings[field * 2] }

    /// What is expected of a field so many steps ahead; nil before anything is known.
    public func forecast(field: Int, stepIndex: Int) -> NumericForecast? {
        let place = stepIndex * forecasts.fieldCount + field
        return place < forecasts.numeric.count && field < forecasts.fieldCount ? forecasts.numeric[place] : nil
    }

    /// When an event so many steps ahead is expected; nil before any gap is known.
    public func arrival(stepIndex: Int) -> ArrivalForecast? { forecasts.arrivals[stepIndex] }

    /// The quantiles of the time to the event so many steps ahead; nil before any gap is known.
    public func gapQuantiles(stepIndex: Int) -> GapQuantiles? {
        series.arrival.count > 0 ? series.arrival.quantiles(of: stepIndex) : nil
    }

    /// The season of a field, in events; nil while none was found.
    public func season(field: Int) -> Int? { series.forecasters[field]?.season }

    /// The probability that a field will lie within `tolerance` of its forecast; nil without a forecaster.
    public func probability(field: Int, within tolerance: Double, stepIndex: Int) -> Double? {
        series.forecasters[field]?.probability(within: tolerance, stepIndex: stepIndex)
    }

    /// The models behind a forecast with their parts in it.
    public func weights(field: Int, stepIndex: Int) -> [(name: String, weight: Double)] {
        series.forecasters[field]?.weights(stepIndex: stepIndex) ?? []
    }
}

extension StreamState {
    /// What the models say of the key of the event read last.
    func outlook(of request: RequestState) -> SeriesOutlook? {
        guard eventsRead > 0, let number = unsafe keyBytes.withUnsafeBufferPointer({ unsafe table.find($0) }),
            let series = table.series[Int(number)], series.requests.contains(where: { $0 === request })
        else { return nil }
        return SeriesOutlook(number: number, series: series, stream: self, request: request)
    }
}
