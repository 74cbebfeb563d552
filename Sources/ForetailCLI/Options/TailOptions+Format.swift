#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

extension TailOptions {
    /// How records look: as stated; else pretty on a terminal, and elsewhere raw, or NDJSON with predictions.
    var shownFormat: Format {
        if let format { return format }
        if to == nil, isatty(1) == 1, lookups.lookup.isEmpty { return .pretty }
        return isToKafka || ahead || watches.isAsked || !lookups.lookup.isEmpty ? .ndjson : .raw
    }
}
