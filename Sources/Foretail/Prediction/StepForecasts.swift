import Forecasting

/// What a series' models say of its next events, for every step the stream is asked for. Scratch, overwritten per event.
struct StepForecasts {
    /// When: by step index; nil before any gap is known.
    var arrivals: [ArrivalForecast?] = []
    /// Numbers: `numeric[step * fieldCount + field]`; nil where there is no forecast.
    var numeric: [NumericForecast?] = []
    /// Categories, in the same order.
    var categories: [CategoryForecast?] = []
    /// The forecasters behind the numbers of the first step, by field: the key's own, or that of what is expected to come.
    var speakers: [NumericForecaster?] = []
    /// The number of learned fields.
    var fieldCount = 0

    mutating func resize(steps: Int, fields: Int) {
        guard arrivals.count != steps || fieldCount != fields else { return }
        fieldCount = fields
        arrivals = [ArrivalForecast?](repeating: nil, count: steps)
        numeric = [NumericForecast?](repeating: nil, count: steps * fields)
        categories = [CategoryForecast?](repeating: nil, count: steps * fields)
        speakers = [NumericForecaster?](repeating: nil, count: fields)
    }
}
