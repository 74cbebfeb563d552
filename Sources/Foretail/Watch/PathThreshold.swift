import FilterLanguage

/// A filter that asks one number to lie between two others, beside what the key decides: the usual one of a warning, told of a whole
/// path by its extremes instead of event by event.
struct PathThreshold {
    /// The slot of the number.
    let slot: Int
    /// The least number that matches.
    let low: Double
    /// The greatest.
    let high: Double

    /// The threshold that a filter is; nil for any other filter.
    ///
    /// - Parameters:
    ///   - slots: The slot of each of the filter's fields.
    ///   - keySlots: The slots that are the same in all events of a key.
    init?(_ filter: Filter?, slots: [Int], keySlots: [Int]) {
        guard let filter else { return nil }
        var parts = [filter.formula(slots: slots)]
        if case .all(let all) = parts[0] { parts = all }
        var found: (slot: Int, low: Double, high: Double)?
        for part in parts {
            guard case .test(let predicate) = part else { return nil }
            // Only keys that satisfy it are reached.
            if keySlots.contains(predicate.slot), case .equality = predicate.lookup { continue }
            guard case .range(let low, let high)? = predicate.lookup else { return nil }
            if let known = found {
                guard known.slot == predicate.slot else { return nil }
                found = (known.slot, max(known.low, low), min(known.high, high))
            } else {
                found = (predicate.slot, low, high)
            }
        }
        guard let found else { return nil }
        (slot, low, high) = found
    }
}
