/// Anticipating: from the keys that events needed to fetches ahead.
extension LookupStage {
    /// Lets the keys' predictors learn that a key is needed, and does what they advise.
    mutating func anticipate(_ key: StagedRows.Key, staged entry: StagedRows.Entry?, now: LookupMoment) {
        let weight = entry.map { StagedRows.cost(key, $0) }
        guard
            let advice = statements[key.statement]?.anticipation?.need(key.key, weight: weight, now: now.monotonic)
        else { return }
        evict(advice.evictions, of: key.statement)
        for text in advice.fetches {
            let ahead = StagedRows.Key(statement: key.statement, key: text)
            // What the prediction of an event has fetched already is there.
            if let known = staged.peek(ahead) {
                let cost = StagedRows.cost(ahead, known)
                let advice = statements[key.statement]?.anticipation?.arrived(text, weight: cost, now: now.monotonic)
                evict(advice?.evictions ?? [], of: key.statement)
            } else if flights[ahead] == nil {
                prefetch(ahead, until: nil, now: now)
            }
        }
    }

    /// Lets rows go that make room.
    mutating func evict(_ keys: [String], of statement: Int32) {
        for text in keys {
            let key = StagedRows.Key(statement: statement, key: text)
            if let left = staged.remove(key) { evicted.append(.init(key: key, isUnused: left.isUnused)) }
        }
    }

    /// Takes rows out that are not to be used any more.
    @discardableResult
    mutating func takeOut(_ key: StagedRows.Key) -> StagedRows.Entry? {
        guard let entry = staged.remove(key) else { return nil }
        statements[key.statement]?.anticipation?.remove(key.key)
        return entry
    }
}
