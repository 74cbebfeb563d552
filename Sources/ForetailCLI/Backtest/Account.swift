import Foretail

/// The sums behind all figures of a key, of a file, or of all files.
struct Account: Sendable {
    /// The scores of one field in one file.
    struct Field: Sendable {
        /// The number of the file, so that fields of two files are not added up: their units may differ.
        var file: Int
        var name: String
        /// The season used last, of the key with most events.
        var season: Int?
        var scores: [StepScore]
    }

    /// The scores of one categorical field in one file.
    struct Categories: Sendable {
        /// The number of the file.
        var file: Int
        var name: String
        var score: CategoryScore
    }

    var tally: Tally
    /// Predictions by asked step; empty for a key.
    var steps: [(step: Int, counts: Tally.Counts)] = []
    var fields: [Field] = []
    /// The scores of categorical fields; none of a key.
    var categories: [Categories] = []
    var windows: [WindowScorer.Score] = []
    var gaps = GapAccount.Loss()
    /// Keys seen.
    var keys = 0
    /// Keys whose forecasts were scored.
    var scoredKeys = 0
    /// CPU time of reading, matching, judging, learning and predicting.
    var seconds = 0.0
    /// The most counted bytes of models, and of predictions.
    var modelBytes = 0
    var bufferBytes = 0
    /// The share of bits saved next to the frequencies of the values, where only categories were forecast; a trailing mean.
    var categorySkill: Double?
    /// What became of rehearsed lookups; nil: none were asked for.
    var lookups: LookupStatistics?
    /// Whether events carry their times.
    var hasTimes = true
    /// The distance of the beats of most events; nil where there is none.
    var gridMicroseconds: Int64?

    /// Creates an empty account.
    init(leadLimit: Int = BacktestLimits.leads) { tally = Tally(leadLimit: leadLimit) }

    /// Creates the account of a key.
    init(_ series: SeriesAccount, file: Int, fieldNames: [Int: String]) {
        tally = series.tally
        keys = 1
        scoredKeys = series.isScored ? 1 : 0
        // A beat that comes and goes is none.
        if 2 * series.eventsOnBeat >= series.tally.events { gridMicroseconds = series.gridMicroseconds }
        gaps = series.gapLoss
        windows = series.windows?.scores ?? []
        fields = series.fields.sorted { $0.key < $1.key }.map { number, scorer in
            Field(file: file, name: fieldNames[number] ?? "", season: scorer.season, scores: scorer.scores)
        }
    }

    /// Adds the scores of a key: its forecasts, windows and gaps, not its tally, which the file has already.
    mutating func addScores(_ other: Account) {
        scoredKeys += other.scoredKeys
        gaps.add(other.gaps)
        if windows.isEmpty {
            windows = other.windows
        } else {
            for (mine, score) in zip(windows.indices, other.windows) where windows[mine].step == score.step {
                windows[mine].events += score.events
                windows[mine].inside += score.inside
            }
        }
        for field in other.fields {
            if let mine = fields.firstIndex(where: { $0.file == field.file && $0.name == field.name }) {
                for place in fields[mine].scores.indices { fields[mine].scores[place].add(field.scores[place]) }
            } else {
                fields.append(field)
            }
        }
    }

    /// Adds another file's account.
    mutating func add(_ other: Account) {
        addScores(other)
        categories += other.categories
        tally.add(other.tally)
        if steps.isEmpty {
            steps = other.steps
        } else {
            for place in steps.indices { steps[place].counts.add(other.steps[place].counts) }
        }
        keys += other.keys
        hasTimes = hasTimes && other.hasTimes
        seconds += other.seconds
        let rehearsed = [lookups, other.lookups].compactMap(\.self)
        if !rehearsed.isEmpty { lookups = LookupStatistics(sumOf: rehearsed) }
        modelBytes = max(modelBytes, other.modelBytes)
        bufferBytes = max(bufferBytes, other.bufferBytes)
    }
}
