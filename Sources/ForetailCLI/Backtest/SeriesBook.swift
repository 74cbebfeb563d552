import Foretail

/// The accounts of a file's keys, as many as ``BacktestLimits`` allow.
struct SeriesBook {
    /// Keys seen; beyond many times the limit no longer told apart.
    private(set) var keys = 0
    private let scoring: SeriesAccount.Scoring
    private var series: [SeriesAccount] = []
    private var places: [[UInt8]: Int] = [:]
    private var scoringBytes = 0
    /// Keys remembered only to be counted, for each that has an account.
    private static let counted = 64

    /// Creates an empty book.
    init(scoring: SeriesAccount.Scoring) { self.scoring = scoring }

    /// Scores what was said of a key's latest event, while there is room.
    mutating func observe(_ outlook: SeriesOutlook, account: SeriesAccount, isWarm: Bool) {
        let before = account.bytes
        account.observe(outlook, isWarm: isWarm)
        scoringBytes += account.bytes - before
        guard scoringBytes > BacktestLimits.scoringBytes, account.isScored else { return }
        scoringBytes -= account.bytes
        account.stopScoring()
    }

    /// The account of a key; nil where there are too many.
    mutating func account(of key: [UInt8]) -> SeriesAccount? {
        if let place = places[key] { return place < 0 ? nil : series[place] }
        keys += 1
        guard series.count < BacktestLimits.series else {
            if places.count < Self.counted * BacktestLimits.series { places[key] = -1 }
            return nil
        }
        let new = SeriesAccount(
            key: key, scoring: scoring, isScored: scoringBytes < BacktestLimits.scoringBytes * 15 / 16)
        scoringBytes += new.bytes
        places[key] = series.count
        series.append(new)
        return new
    }

    /// The accounts, most events first.
    var byEvents: [SeriesAccount] {
        series.enumerated().sorted {
            ($0.element.tally.events, $1.offset) > ($1.element.tally.events, $0.offset)
        }.map(\.element)
    }
}
