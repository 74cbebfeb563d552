/// What a backtest keeps at most, whatever the length of the file.
enum BacktestLimits {
    /// Keys with figures of their own, the first seen; the others count in the figures of the file.
    static let series = 2_000
    /// Keys shown in a text, on a page, in JSON: those with most events.
    static let seriesInText = 12
    static let seriesOnPage = 40
    static let seriesInJSON = 200
    /// Bytes of forecasts that wait to be scored, and of the past they are compared with; keys beyond it are scored no more.
    static let scoringBytes = 64 << 20
    /// Keys whose categories are scored, the first seen: some 200 bytes each and field.
    static let categoryKeys = 32_768
    /// Distinct values of a categorical field whose frequencies are counted.
    static let values = 65_536
    /// Steps that are scored, spread evenly over those asked for.
    static let steps = 24
    /// Values kept per field and key for the seasonal naive forecast; a longer season is not compared with.
    static let history = 4_096
    /// Points of what is told over time: beyond it two become one.
    static let points = 480
    /// Events of one key that the chart of its history shows.
    static let moments = 160
    /// Leads kept for their median: of a file, of a key; beyond it every second is.
    static let leads = 65_536
    static let leadsOfSeries = 1_024
    /// Events of a file before forecasts and gaps are scored, unless `--warm-up` says otherwise: 30 % of them, within these
    /// bounds, as the peers' figures are counted; the lower bound where nobody knows how many there are.
    static let warmUp = 100...900

    /// The warm-up of a file that has so many events, as far as its first block tells.
    static func warmUp(events: Int, ofBytes read: Int, size: Int?) -> Int {
        guard let size, read > 0 else { return warmUp.lowerBound }
        let expected = Double(events) * Double(size) / Double(read)
        return Int(min(max(0.3 * expected, Double(warmUp.lowerBound)), Double(warmUp.upperBound)))
    }
}
