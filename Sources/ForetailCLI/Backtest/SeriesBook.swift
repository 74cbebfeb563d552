/// The accounts of a file's keys, as many as ``BacktestLimits`` allow.
struct SeriesBook {
    /// Keys seen; beyond many times the limit no longer told apart.
    private(set) var keys = 0
    private let scoring: SeriesAccount.Scoring
    /// What scoring one key holds at most.
    private let bytes: Int
    private var series: [SeriesAccount] = []
    private var places: [[UInt8]: Int] = [:]
    private var scoringBytes = 0
    /// Keys remembered only to be counted, for each that has an account.
    private static let counted = 64

    /// Creates an empty book for keys with so many numeric fields.
    init(scoring: SeriesAccount.Scoring, fields: Int) {
        self.scoring = scoring
        bytes = scoring.bytes(fields: fields)
    }

    /// The account of a key; nil where there are too many.
    mutating func account(of key: [UInt8]) -> SeriesAccount? {
        if let place = places[key] { return place < 0 ? nil : series[place] }
        keys += 1
        guard series.count < BacktestLimits.series else {
            if places.count < Self.counted * BacktestLimits.series { places[key] = -1 }
            return nil
        }
        // The first key is scored whatever it takes.
        let isScored = series.isEmpty || scoringBytes + bytes <= BacktestLimits.scoringBytes
        if isScored { scoringBytes += bytes }
        let new = SeriesAccount(key: key, scoring: scoring, isScored: isScored)
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
