import ArgumentParser
import Foretail

/// What `foretail backtest` can be told of lookups.
struct LookupRehearsalOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Rehearse lookups: the key of an event's rows, in CEL, e.g. 'event.customer'.", valueName: "cel"))
    var lookupKey: String?
    @Option(help: ArgumentHelp("How long the rehearsed store takes for a fetch; 5ms.", valueName: "duration"))
    var lookupLatency: DurationOption?
    @Option(help: ArgumentHelp("How old rehearsed rows may be; 60s.", valueName: "duration"))
    var lookupStaleness: DurationOption?
    @Option(help: ArgumentHelp("How long an event waits for rehearsed rows; 250ms.", valueName: "duration"))
    var lookupWait: DurationOption?
    @Option(help: ArgumentHelp("Bytes of rehearsed rows that may be staged; 64 MiB.", valueName: "bytes"))
    var lookupBuffer: Int?

    func validate() throws {
        if lookupKey == nil, lookupLatency != nil || lookupStaleness != nil || lookupWait != nil || lookupBuffer != nil
        {
            throw ValidationError("--lookup-latency, -staleness, -wait and -buffer need --lookup-key")
        }
        if let lookupBuffer, lookupBuffer < 1 {
            throw ValidationError("--lookup-buffer \(lookupBuffer): expected a number of bytes")
        }
        if let lookupStaleness, lookupStaleness.microseconds < 1 {
            throw ValidationError("--lookup-staleness: expected a duration above zero")
        }
    }

    /// What is rehearsed; nil: nothing is.
    var settings: LookupRehearsal.Settings? {
        guard let lookupKey else { return nil }
        var settings = LookupRehearsal.Settings(key: lookupKey)
        if let lookupLatency { settings.latencyMicroseconds = lookupLatency.microseconds }
        if let lookupStaleness { settings.stalenessMicroseconds = lookupStaleness.microseconds }
        if let lookupWait { settings.waitMicroseconds = lookupWait.microseconds }
        if let lookupBuffer { settings.bytes = lookupBuffer }
        return settings
    }
}
