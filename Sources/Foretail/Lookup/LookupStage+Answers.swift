/// Answers: what stores said, and what they say has changed.
extension LookupStage {
    /// Takes what stores said.
    public mutating func receive(_ answers: [ReferenceAnswer], now: LookupMoment) {
        for answer in answers { receive(answer, now: now) }
        settleEvicted()
    }

    private mutating func receive(_ answer: ReferenceAnswer, now: LookupMoment) {
        let key = StagedRows.Key(statement: answer.statement, key: answer.key)
        guard let flight = flights.removeValue(forKey: key) else { return }
        let waiters = flight.waiters.filter { places[$0.place]?.serial == $0.serial }
        switch answer.result {
        case .success(let rows):
            statements[answer.statement]?.statistics.noteFetch(microseconds: now.monotonic - flight.issuedAt)
            keep(rows, of: key, flight: flight, readAt: answer.readAt, now: now)
            for waiter in waiters {
                resolve(waiter, .fetched(rows, readAt: answer.readAt))
            }
        case .failure(let failure):
            statements[answer.statement]?.anticipation?.failed(answer.key, now: now.monotonic)
            if flight.isPrefetch {
                statements[answer.statement]?.statistics.prefetchFailed(failure)
            } else {
                statements[answer.statement]?.statistics.failures += 1
            }
            for waiter in waiters {
                resolve(waiter, .none(reason: failure.message))
            }
        }
        for waiter in waiters {
            if let waiting = places[waiter.place], waiting.serial == waiter.serial {
                drain(waiting.request, waiting.orderKey, now: now)
            }
        }
    }

    private mutating func keep(
        _ rows: ReferenceRows, of key: StagedRows.Key, flight: Flight, readAt: Int64, now: LookupMoment
    ) {
        guard let kept = statements[key.statement]?.keptMicroseconds else { return }
        let isUnused = flight.isPrefetch
        if flight.isTainted || readAt + kept <= now.monotonic {
            if isUnused { statements[key.statement]?.statistics.wasted += 1 }
            statements[key.statement]?.anticipation?.failed(key.key, now: now.monotonic)
        } else {
            let entry = StagedRows.Entry(
                rows: rows, readAt: readAt, isUnused: isUnused, expectedUntil: flight.expectedUntil)
            staged.insert(key, entry, evicted: &evicted)
            let advice = statements[key.statement]?.anticipation?.arrived(
                key.key, weight: StagedRows.cost(key, entry), now: now.monotonic)
            evict(advice?.evictions ?? [], of: key.statement)
        }
        guard let until = flight.expectedUntil else { return }
        let due = refreshTime(of: key, readAt: readAt)
        if due < until, due > now.monotonic {
            plan(FetchPlan(time: due, until: until, key: key, refreshes: flight.refreshes))
        }
    }

    /// Drops what a store says has changed, and reads again what is expected to be needed.
    public mutating func note(_ notice: ReferenceNotice, from store: String, now: LookupMoment) {
        for number in statements.numbers(of: store) {
            switch notice {
            case .key(let text): drop(StagedRows.Key(statement: number, key: text), now: now)
            case .everything:
                for key in flights.keys where key.statement == number { flights[key]?.isTainted = true }
                for left in staged.remove(where: { $0 == number }) {
                    statements[number]?.anticipation?.remove(left.key.key)
                    dropped(left.key, left.entry, now: now)
                }
            }
        }
        settleEvicted()
    }

    private mutating func drop(_ key: StagedRows.Key, now: LookupMoment) {
        flights[key]?.isTainted = true
        if let entry = takeOut(key) { dropped(key, entry, now: now) }
    }

    private mutating func dropped(_ key: StagedRows.Key, _ entry: StagedRows.Entry, now: LookupMoment) {
        statements[key.statement]?.statistics.invalidated += 1
        if entry.isUnused { statements[key.statement]?.statistics.wasted += 1 }
        if let until = entry.expectedUntil, until > now.monotonic {
            plan(FetchPlan(time: now.monotonic, until: until, key: key, refreshes: 0))
        }
    }
}
