/// When a request's predictions are announced and how much they say: its settings without the parts that live elsewhere on
/// the heap, so that reading them costs nothing on the path of an event.
struct AnnouncementRule {
    /// The confidence a prediction must reach.
    let minConfidence: Double
    /// Whether trivial predictions are announced.
    let trivial: Bool
    /// Whether a slot is announced again after every event of its key.
    let announcesEvery: Bool
    /// How many other values of a category are listed.
    let alternatives: Int
    /// How long a prediction stays, in microseconds; nil: its window and a grace.
    let timeToLiveMicroseconds: Int64?
    /// Whether the shell is told of what is not announced.
    let stages: Bool
    /// Whether predictions are made at all.
    let isAhead: Bool
    /// The surprise below which a matching event is held back; 0 holds nothing back.
    let leastSurprise: Double

    init(_ settings: PredictionSettings) {
        minConfidence = settings.minConfidence
        trivial = settings.trivial
        announcesEvery = settings.announce == .every
        alternatives = settings.alternatives
        timeToLiveMicroseconds = settings.timeToLiveMicroseconds
        stages = settings.stages
        isAhead = settings.isAhead
        leastSurprise = settings.leastSurprise ?? 0
    }
}
