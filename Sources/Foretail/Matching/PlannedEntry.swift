internal import FilterLanguage

/// One way to find a filter: where the access predicate holds, and the rest is true, the filter matches.
struct PlannedEntry {
    var access: Access
    /// The tests that remain; nil: the whole program.
    var remaining: [FieldPredicate]?

    /// The remaining tests as one that stands beside the posting, the one that fewest events pass, and the others.
    func divided(_ selectivity: Selectivity) -> (first: InlineTest, others: [FieldPredicate]?) {
        guard let remaining else { return (.nothing, nil) }
        var best: (test: InlineTest, place: Int, share: Double)?
        for (place, predicate) in remaining.enumerated() {
            guard let test = InlineTest(predicate) else { continue }
            let share = predicate.lookup.map { selectivity.share($0, slot: predicate.slot) } ?? 0.9
            if share < best?.share ?? .infinity { best = (test, place, share) }
        }
        guard let best else { return (.nothing, remaining) }
        var others = remaining
        others.remove(at: best.place)
        return (best.test, others)
    }
}
