#if Postgres
import Foretail

/// What the server is asked in one go: one key of a fetch, or a batch of them.
struct Ask {
    let fetch: Fetch
    /// The keys, by their place in the fetch.
    var indices: [Int]
    /// Whether each key stands alone: an error of one must not take others with it.
    var isAlone = false
    /// How often it was broken off.
    var breaks = 0

    var keys: [String] { indices.map { fetch.keys[$0] } }

    /// Fails all keys.
    func fail(_ failure: ReferenceFailure) {
        for index in indices { fetch.answer(index, .failure(failure)) }
    }

    /// The asks that a plan makes of it.
    func divided(_ plan: QueryPlan, batchKeys: Int) -> [Ask] {
        var asks: [Ask] = []
        var batch = self
        batch.indices = []
        var seen: Set<RowKey> = []
        for index in indices {
            let key = fetch.keys[index]
            // No text of PostgreSQL holds a zero byte; libpq would cut the key there and read another's rows.
            if key.utf8.contains(0) {
                fetch.answer(index, .success(.none))
            } else if case .keys(let form) = plan.parameter, !isAlone, form.isPrinted(key),
                seen.insert(RowKey(key)).inserted
            {
                batch.indices.append(index)
                if batch.indices.count >= batchKeys {
                    asks.append(batch)
                    batch.indices = []
                }
            } else {
                var single = self
                single.indices = [index]
                asks.append(single)
            }
        }
        if !batch.indices.isEmpty { asks.append(batch) }
        return asks
    }
}
#endif
