import ArgumentParser

#if Server
import Foretail
import ForetailServer
#endif

/// A tail whose source is a server's.
extension TailOptions {
    /// Whether the source is a URL.
    var isRemote: Bool {
        let lowercased = source.lowercased()
        return lowercased.hasPrefix("http://") || lowercased.hasPrefix("https://")
    }

    /// Refuses what a server decides, or what only files have.
    func validateRemote() throws {
        #if Server
        let reference = try ServerOptions.reference(source)
        try validateNATS()
        try validateKafka()
        for (option, isGiven, remedy) in settledElsewhere where isGiven {
            throw ValidationError("\(option): \(remedy)")
        }
        if case .request(let id) = reference.target, filter != nil {
            throw ValidationError(
                "--filter: \(id) has a filter of its own; change it with `foretail request update \(id) --filter …`")
        }
        if let from, from != "oldest", from != "now", Position(from) == nil {
            throw ValidationError("--from \(from): expected oldest, now, or a position such as 0:1-42")
        }
        #else
        throw ValidationError(
            "\(source): this build knows no servers; it reads files, '-' and 'host'. The package trait 'Server' adds them"
        )
        #endif
    }

    /// The options that do nothing here, whether each is given, and where it belongs.
    private var settledElsewhere: [(String, Bool, String)] {
        let stream = "the stream's own settings on the server decide it (PUT /v1/streams/NAME)"
        let request =
            "a registered request decides it: `foretail request add STREAM …`, then tail …/v1/tail-requests/ID"
        let local = "only a tail of a file or of this machine has it"
        return [
            ("--pattern", pattern != nil, request), ("--steps", steps != nil, request),
            ("--predict", predict != nil, request), ("--assert", assert != nil, request),
            ("--tolerance", !tolerance.isEmpty, request), ("--min-confidence", minConfidence != 0.5, request),
            ("--trivial", trivial, request), ("--announce", announce != .changed, request),
            ("--alternatives", alternatives != 3, request), ("--ttl", ttl != nil, request),
            (
                "--key", key != nil,
                "the stream's key is the server's; for one key's events, use --filter 'meta.key == \"…\"'"
            ),
            ("--time", time != nil, stream), ("--lateness", lateness != nil, stream),
            ("--clock", clock != .auto, stream), ("--schema", schema != nil, local),
            ("--input", input != .auto, local), ("--unwrap", unwrap != nil, local),
            ("--within", watches.within != nil, request), ("--overdue", watches.overdue, request),
            ("--surprise", surprise != nil, local), ("--lookup", !lookups.lookup.isEmpty, request),
            ("--history", history != nil, "the server learns from the stream's own history"),
            ("-n", lines != nil, "use --from oldest or a position"),
            ("--count", counting.count != nil, local),
            ("--every", every != nil, local), ("--models", models != nil, "the server's configuration decides it"),
            ("--neural", neural != .off, local), ("--strict", strict, local),
            ("--summary", summary, "the server counts: `foretail confidence ID`, `foretail buffer ID`"),
        ]
    }
}
