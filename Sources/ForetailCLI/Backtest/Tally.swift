import Foretail

/// What became of events and predictions, counted from the manager's actions.
struct Tally: Sendable {
    /// Predictions, by how they ended; those that the past alone makes likely apart.
    struct Counts: Hashable, Sendable {
        var announced = 0
        var hits = 0
        var wrong = 0
        var expired = 0
        var withdrawn = 0
        var trivial = 0

        /// Those that were judged and are not trivial.
        var judged: Int { hits + wrong + expired }
        /// Hits among the judged; nil where there are none.
        var precision: Double? { judged > 0 ? Double(hits) / Double(judged) : nil }

        /// Counts how a prediction ended.
        mutating func note(_ outcome: Outcome) {
            if outcome.result == .withdrawn {
                withdrawn += 1
            } else if outcome.prediction.isTrivial {
                trivial += 1
            } else {
                switch outcome.result {
                case .hit: hits += 1
                case .wrong: wrong += 1
                case .expired, .withdrawn: expired += 1
                }
            }
        }

        /// Adds the counts of another.
        mutating func add(_ other: Counts) {
            announced += other.announced
            hits += other.hits
            wrong += other.wrong
            expired += other.expired
            withdrawn += other.withdrawn
            trivial += other.trivial
        }
    }

    /// Events read.
    var events = 0
    /// Those that the filter matched.
    var matched = 0
    /// Those of them that a prediction had announced.
    var hitEvents = 0
    /// Predictions.
    var counts = Counts()
    /// The confidence of the judged ones.
    var calibration = CalibrationBins()
    /// How far ahead hits were announced.
    var leads: LeadAccount

    /// Creates an empty tally that keeps so many leads.
    init(leadLimit: Int) { leads = LeadAccount(limit: leadLimit) }

    /// Matched events that were hits ÷ matched events; nil where none matched.
    var hitRatio: Double? { matched > 0 ? Double(hitEvents) / Double(matched) : nil }

    /// Counts a matched event.
    mutating func note(_ forward: Actions.Forward) {
        matched += 1
        guard forward.prediction != nil else { return }
        hitEvents += 1
        leads.add(forward.leadMicroseconds)
    }

    /// Counts how a prediction ended.
    mutating func note(_ outcome: Outcome) {
        counts.note(outcome)
        guard outcome.result != .withdrawn, !outcome.prediction.isTrivial else { return }
        calibration.add(confidence: outcome.prediction.confidence, hit: outcome.result == .hit)
    }

    /// Adds another tally.
    mutating func add(_ other: Tally) {
        events += other.events
        matched += other.matched
        hitEvents += other.hitEvents
        counts.add(other.counts)
        calibration.add(other.calibration)
        leads.add(other.leads)
    }
}
