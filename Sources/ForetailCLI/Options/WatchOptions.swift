import ArgumentParser
import Foretail

/// What a tail is to be warned and alarmed of.
struct WatchOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp("Warn when the filter will match within so long, per key.", valueName: "duration"))
    var within: DurationOption?
    @Flag(help: "Tell when an event (that matches) should have come and did not, per key.") var overdue = false
    @Option(
        help: ArgumentHelp(
            "From which probability on: of a match within the time (by default 0.8), of an arrival by now (0.95).",
            valueName: "p"))
    var probability: Double?

    /// Whether anything is watched for.
    var isAsked: Bool { within != nil || overdue }

    /// What the manager is told; nil where nothing is watched for.
    var settings: WatchSettings? {
        guard isAsked else { return nil }
        var settings = WatchSettings()
        if let within {
            settings.within = .init(microseconds: within.microseconds, probability: probability ?? 0.8)
        }
        if overdue { settings.overdue = .init(probability: probability ?? 0.95) }
        return settings
    }

    /// Refuses what makes no sense.
    func validate(hasFilter: Bool) throws {
        if let probability {
            guard isAsked else { throw ValidationError("--probability is about watches; add --within or --overdue") }
            guard probability > 0, probability < 1 else {
                throw ValidationError("--probability \(probability): expected a number between 0 and 1")
            }
            if overdue, probability < 0.5 {
                throw ValidationError("--probability \(probability): an alarm needs at least 0.5")
            }
        }
        if within != nil, !hasFilter {
            throw ValidationError("--within warns before a filter matches; add --filter or --pattern")
        }
    }
}
