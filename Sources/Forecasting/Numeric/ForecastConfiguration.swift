/// How much a ``NumericForecaster`` may remember.
public struct ForecastConfiguration: Sendable, Equatable {
    /// The most values kept of a series; rounded up to a power of two. Two weeks of five-minute values are 4,032.
    public var historyLimit: Int

    /// Creates a configuration.
    public init(historyLimit: Int = 4096) { self.historyLimit = historyLimit }

    /// The limit as the ring needs it.
    var ringLimit: Int {
        var limit = 64
        while limit < min(max(historyLimit, 64), 1 << 20) { limit *= 2 }
        return limit
    }

    /// The ring that a season needs: two weeks, or eight seasons, within the limit.
    func ringLimit(season: Int) -> Int {
        var limit = 256
        while limit < 14 * season + 64, limit < ringLimit { limit *= 2 }
        return min(max(limit, 512), ringLimit)
    }
}
