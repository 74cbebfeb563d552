/// A model of one series that learns one value at a time.
///
/// Every simple model has this shape: two methods, no batch fit, fixed state. Models are used through their concrete
/// types only; the protocol is a promise to the reader, not a point of dispatch.
///
/// ```swift
/// var model = Naive()
/// for value in [1.0, 2.0, 3.0] { model.learn(value) }
/// model.forecast(step: 2)  // 3.0
/// ```
///
/// Shape: a value per call. Cost: constant per call. Errors: none; values are finite.
public protocol Forecaster {
    /// Takes in the next value of the series.
    mutating func learn(_ value: Float)

    /// Forecasts the value `step` values after the last one learned; `step` is at least 1.
    func forecast(step: Int) -> Float
}
