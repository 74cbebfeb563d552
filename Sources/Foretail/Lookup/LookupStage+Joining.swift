/// Joining: what an event gets at the moment it comes, and what is asked for it.
extension LookupStage {
    /// What an event gets of one lookup at the moment it comes.
    mutating func join(
        _ request: LookupRequest, _ place: Int, key text: String?, before position: Position, now: LookupMoment
    ) -> Part {
        let lookup = request.lookups[place]
        guard let text else {
            return Part(key: nil, joined: .none(reason: "the event has no key for this lookup"))
        }
        let key = StagedRows.Key(statement: lookup.statement, key: text)
        if lookup.settings.isHistory { return joinHistory(key, before: position, now: now) }
        request.remember(place, key: text)
        if let entry = staged.peek(key) {
            if now.monotonic - entry.readAt < lookup.settings.keptMicroseconds {
                _ = staged.use(key)
                statements[key.statement]?.statistics.use(
                    entry, maxWaitMicroseconds: lookup.settings.maxWaitMicroseconds)
                anticipate(key, staged: entry, now: now)
                return Part(key: key, joined: .staged(entry.rows, readAt: entry.readAt))
            }
            takeOut(key)
            if entry.isUnused { statements[key.statement]?.statistics.wasted += 1 }
        }
        demand(key, now: now)
        anticipate(key, staged: nil, now: now)
        if lookup.settings.onNotStaged == .forward {
            return Part(key: key, joined: .none(reason: "not staged"))
        }
        return Part(key: key, joined: .waiting)
    }

    /// Asks for rows that an event needs now.
    mutating func demand(_ key: StagedRows.Key, now: LookupMoment) {
        guard let statement = statements[key.statement] else { return }
        let flight = flights[key]
        if let flight, !flight.isPrefetch { return }
        if flight != nil {
            flights[key]?.isPrefetch = false
            statements[key.statement]?.statistics.late += 1
        } else {
            flights[key] = Flight(issuedAt: now.monotonic, isPrefetch: false)
            statements[key.statement]?.statistics.demandFetches += 1
        }
        fetches.append(
            ReferenceFetch(
                statement: key.statement, store: statement.store, query: statement.query, key: key.key,
                isPrefetch: false))
    }

    /// Asks for rows that no event needs yet.
    mutating func prefetch(_ key: StagedRows.Key, until: Int64?, refreshes: Int = 0, now: LookupMoment) {
        guard let statement = statements[key.statement] else { return }
        flights[key] = Flight(issuedAt: now.monotonic, isPrefetch: true, expectedUntil: until, refreshes: refreshes)
        statements[key.statement]?.statistics.prefetches += 1
        fetches.append(
            ReferenceFetch(
                statement: key.statement, store: statement.store, query: statement.query, key: key.key,
                isPrefetch: true))
    }
}
