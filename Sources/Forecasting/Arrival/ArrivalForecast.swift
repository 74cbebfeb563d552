/// When an event is expected, in microseconds after the last arrival of its series.
public struct ArrivalForecast: Sendable, Equatable {
    /// The most likely time.
    public var expected: Int64
    /// The begin of the 90 % window, included.
    public var low: Int64
    /// The end of the 90 % window, included.
    public var high: Int64
    /// The share of late arrivals that fell into such windows.
    public var probability: Double

    /// Creates a forecast from its parts.
    public init(expected: Int64, low: Int64, high: Int64, probability: Double) {
        self.expected = expected
        self.low = low
        self.high = high
        self.probability = probability
    }
}
