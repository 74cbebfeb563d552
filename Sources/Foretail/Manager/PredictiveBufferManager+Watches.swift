/// Watches over a restart. What is under way is no part of a snapshot: who delivers records keeps what they began and ended, so
/// that what was told and what is gone on with never disagree.
extension PredictiveBufferManager {
    /// What is under way on a stream, by request and key; without ``OpenWatch/position``. Cost: a look at every watched key.
    public func openWatches(stream name: String) -> [OpenWatch] {
        number(of: name).map { streams[$0].openWatches } ?? []
    }

    /// Goes on with watches that were under way when the program ended; each ends exactly once, under its id.
    ///
    /// Where a match came since (``OpenWatch/match``) or the filter has changed, the watch ends at once. Otherwise it ends as it
    /// would have. Those of requests that are not there, or not on this stream, are passed over.
    public mutating func resumeWatches(_ open: [OpenWatch], stream name: String, into actions: inout Actions) {
        guard let number = number(of: name) else { return }
        for watch in open {
            guard let request = streams[number].predicting.first(where: { $0.id == watch.request }) else { continue }
            streams[number].carry(watch, of: request, core: &core, actions: &actions)
        }
    }

    /// Gives the next watch at least this number: smaller ones were given before a restart.
    public mutating func beginWatchIDs(at id: UInt64) { core.nextWatch = max(core.nextWatch, id) }

    private func number(of name: String) -> Int? { streamNumbers[name] }
}
