#if Server
import Foretail

/// What a shard has done since it started.
struct ShardCounters: Sendable {
    /// Events processed.
    var events = 0
    /// Matches forwarded, by request and event.
    var forwards = 0
    /// Predictions announced.
    var announcements = 0
    /// Changes of state of watches.
    var watches = 0
    /// Outcomes, by result.
    var hits = 0
    var wrong = 0
    var expired = 0
    var withdrawn = 0

    mutating func note(_ action: Actions.Action) {
        switch action {
        case .forward: forwards += 1
        case .announce: announcements += 1
        case .outcome(let outcome, _):
            switch outcome.result {
            case .hit: hits += 1
            case .wrong: wrong += 1
            case .expired: expired += 1
            case .withdrawn: withdrawn += 1
            }
        case .watch: watches += 1
        case .gap, .train, .expect, .follow: break
        }
    }
}
#endif
