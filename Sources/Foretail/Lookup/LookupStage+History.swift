/// The stream's own past: the last events of a key are rows as those of a store are, and always there.
///
///     for past in stage.unfilledHistories(of: "orders") { … }      // read the log up to where the lookup began
///     stage.remember(event, of: actions)                            // every event of the stream, in order
///     stage.fill(past.statement, with: histories, isComplete: true, now: moment)
///
/// What an event gets are the events before it, whenever it leaves: such rows do not grow stale.
extension LookupStage {
    /// A lookup of a stream's past that lacks what came before it began.
    public struct UnfilledHistory: Sendable {
        /// Its statement.
        public var statement: Int32
        /// The lookup.
        public var lookup: LookupSettings
        /// The first event that came by; nil: none has yet.
        public var firstNoted: Position?
    }

    /// Whether a stream's events have to come by.
    public func follows(_ stream: String) -> Bool { followers[stream] != nil }

    /// The lookups of a stream's past that lack what came before they began.
    public func unfilledHistories(of stream: String) -> [UnfilledHistory] {
        var unfilled: [UnfilledHistory] = []
        for request in requests.values where request.streamName == stream {
            for lookup in request.lookups where lookup.settings.isHistory && !histories.isFilled(lookup.statement) {
                guard !unfilled.contains(where: { $0.statement == lookup.statement }) else { continue }
                unfilled.append(
                    UnfilledHistory(
                        statement: lookup.statement, lookup: lookup.settings,
                        firstNoted: histories.firstNoted(lookup.statement)))
            }
        }
        return unfilled
    }

    /// Notes an event of a stream that is followed, whether anybody gets it or not.
    public mutating func remember(_ event: Int, of actions: borrowing Actions) {
        followers[actions.events[event].stream]?.note(event, of: actions, in: &histories)
    }

    /// Puts what came before a lookup began to what came since; events that waited for it leave.
    ///
    /// - Parameters:
    ///   - past: Events up to where the lookup began; nil: there are none, or they cannot be read.
    ///   - isComplete: Whether they go back to the stream's first event.
    public mutating func fill(
        _ statement: Int32, with past: KeyHistories?, isComplete: Bool, now: LookupMoment
    ) {
        histories.fill(statement, from: past ?? KeyHistories(limit: 0), isComplete: isComplete)
        for key in flights.keys.filter({ $0.statement == statement }) {
            guard let flight = flights.removeValue(forKey: key) else { continue }
            for waiter in flight.waiters {
                guard let waiting = places[waiter.place], waiting.serial == waiter.serial,
                    let position = waiting.position
                else { continue }
                let rows = histories.rows(statement, key: key.key, before: position)
                resolve(waiter, .fetched(rows, readAt: now.monotonic))
                drain(waiting.request, waiting.orderKey, now: now)
            }
        }
        histories.settle(statement)
    }

    /// What an event gets of its key's past at the moment it comes.
    mutating func joinHistory(_ key: StagedRows.Key, before position: Position, now: LookupMoment) -> Part {
        if histories.isFilled(key.statement) {
            let rows = histories.rows(key.statement, key: key.key, before: position)
            return Part(key: key, joined: .staged(rows, readAt: now.monotonic))
        }
        if flights[key] == nil { flights[key] = Flight(issuedAt: now.monotonic, isPrefetch: false) }
        return Part(key: key, joined: .waiting)
    }

    /// Follows the streams of a request's lookups.
    mutating func follow(_ request: LookupRequest, of stream: StreamDescriptor) throws(ForetailError) {
        for lookup in request.lookups where lookup.settings.isHistory {
            histories.begin(lookup.statement, rows: lookup.settings.query.rowLimit)
            try followers[stream.name, default: HistoryFollower()].begin(
                lookup.statement, lookup.settings, of: stream)
        }
    }

    /// Ends what nobody asks for any more.
    mutating func unfollow(_ statement: Int32, of stream: String) {
        histories.end(statement)
        followers[stream]?.end(statement)
        if followers[stream]?.isEmpty == true { followers[stream] = nil }
        flights = flights.filter { $0.key.statement != statement }
    }
}
