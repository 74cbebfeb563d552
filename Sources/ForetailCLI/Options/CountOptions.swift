import ArgumentParser
import Foretail

/// What `foretail tail` can be told about counting events instead of forwarding them.
struct CountOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Count the events that satisfy --filter: one {\"time\",\"count\"} per key and window of so long, zeros included.",
            valueName: "duration"))
    var count: DurationOption?
    @Option(help: ArgumentHelp("Fields to count by; else those of --key.", valueName: "field,…"))
    var by: FieldListOption?
    @Option(
        help: ArgumentHelp(
            "Forward only counts that satisfy this CEL expression, e.g. 'event.count > 100'.", valueName: "cel"))
    var having: String?
    @Option(
        help: ArgumentHelp(
            "How many windows of silence get zeros (1,440; 100,000 without a key).", valueName: "windows"))
    var zeros: Int?

    func validate() throws {
        if let zeros, zeros < 0 { throw ValidationError("--zeros \(zeros): expected a number of at least 0") }
        guard count == nil else { return }
        for (option, isGiven) in [("--by", by != nil), ("--having", having != nil), ("--zeros", zeros != nil)] {
            if isGiven { throw ValidationError("\(option) is about counts; add --count, as in --count 1m") }
        }
    }

    /// How to count; nil where nothing is counted.
    func settings(key: FieldListOption?) -> CountSettings? {
        guard let count else { return nil }
        var settings = CountSettings(windowMicroseconds: count.microseconds)
        settings.by = (by ?? key)?.paths ?? []
        settings.silentWindows = zeros
        return settings
    }
}
