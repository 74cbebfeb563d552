/// How many requests come while a fetch is under way: the lead that a prefetch must have to be in time is one more.
///
/// Measured as the requests that came while prefetches were under way, smoothed over the last ten; before eight of them came, as the mean time
/// of a fetch over the mean time between requests. Both are measured of the store as it is, so a slower store is met by looking
/// further ahead.
struct FetchLead: Sendable {
    private static let smoothing = 0.1
    private static let enough = 8

    private var counted = 0.0
    private var measured = 0
    private var gap = 0.0
    private var last: Int64?
    /// The mean time of a fetch, in microseconds.
    private(set) var fetchMicroseconds = 0.0

    /// The requests that a fetch takes.
    var requests: Double {
        if measured >= Self.enough { return counted }
        return gap > 0 ? fetchMicroseconds / gap : 0
    }

    /// Takes in that a key was asked for.
    mutating func requested(at now: Int64) {
        if let last, now > last {
            let step = Double(now - last)
            gap = gap == 0 ? step : gap + Self.smoothing * (step - gap)
        }
        last = max(last ?? now, now)
    }

    /// Takes in that a fetch ended.
    mutating func ended(_ fetch: FetchTable.Fetch, at now: Int64, request: Int) {
        let time = Double(max(0, now - fetch.microseconds))
        fetchMicroseconds += (fetchMicroseconds == 0 ? 1 : Self.smoothing) * (time - fetchMicroseconds)
        // Of a fetch that somebody waits for the requests say nothing: they wait, too.
        guard fetch.cell >= 0, !fetch.isWanted else { return }
        measured += 1
        counted += (measured == 1 ? 1 : Self.smoothing) * (Double(request - fetch.request) - counted)
    }
}
