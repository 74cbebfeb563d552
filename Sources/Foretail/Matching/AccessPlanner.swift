internal import FilterLanguage

/// Chooses how the index finds a filter: one access predicate per alternative, the one expected to fire least often.
///
/// An alternative is an operand of the outermost `||`. In an `&&` any operand will do as the access predicate, since all must
/// hold: a test, two equalities together, or an inner `||` all of whose operands have one. Ranges of one slot are joined.
/// Source: Fabret et al., "Filtering Algorithms and Implementation for Very Fast Publish/Subscribe Systems" (2001).
struct AccessPlanner {
    /// The most keys of two equalities together: `a in [..] && b in [..]`.
    static let pairKeys = 16
    /// The most entries of one filter; a filter that needs more is scanned.
    static let entries = 8_192
    /// Two equalities together are worth a further probe if one alone fires more often than this …
    private static let pairWorth = 1e-4
    /// … and both together this much less often.
    private static let pairGain = 0.25

    let selectivity: Selectivity
    /// The probes there are.
    let shapes: [Probe.Shape: Int]
    /// Whether a further pair of slots may be probed.
    let mayAddPair: Bool
    /// The lengths of prefix that are probed, by slot.
    let prefixes: [Int: [Int]]

    func plan(_ formula: PredicateFormula) -> AccessPlan {
        switch formula {
        case .constant(let value): return value ? .always : .never
        case .any(let alternatives):
            var all: [PlannedEntry] = []
            var cost = 0.0
            for alternative in alternatives {
                guard let (entries, share) = cover(alternative) else { return .scan }
                all += entries
                cost += share
            }
            return finished(all, cost)
        default:
            guard let (entries, cost) = cover(formula) else { return .scan }
            return finished(entries, cost)
        }
    }

    private func finished(_ entries: [PlannedEntry], _ cost: Double) -> AccessPlan {
        if entries.isEmpty { return .never }
        var keys = 0
        for entry in entries {
            switch entry.access {
            case .equality(_, let constants): keys += constants.count
            case .pair(_, let first, _, let second): keys += first.count * second.count
            default: keys += 1
            }
        }
        return keys > AccessPlanner.entries ? .scan : .entries(entries, cost: cost)
    }

    /// The entries that are sure to find the formula's matches, with the expected number of firings; nil if there are none.
    private func cover(_ formula: PredicateFormula) -> ([PlannedEntry], Double)? {
        switch formula {
        case .constant, .opaque: return nil
        case .test(let predicate):
            guard let lookup = predicate.lookup else { return nil }
            let probed = probed(lookup, slot: predicate.slot)
            let entry = PlannedEntry(
                access: Access(probed, slot: predicate.slot), remaining: probed == lookup ? [] : [predicate])
            return ([entry], selectivity.share(probed, slot: predicate.slot))
        case .any(let parts):
            var entries: [PlannedEntry] = []
            var cost = 0.0
            for part in parts {
                guard let (more, share) = cover(part) else { return nil }
                entries += more
                cost += share
            }
            return (entries, cost)
        case .all(let parts): return cover(all: parts)
        }
    }

    private func cover(all parts: [PredicateFormula]) -> ([PlannedEntry], Double)? {
        var tests: [FieldPredicate] = []
        var best: ([PlannedEntry], Double)?
        for part in parts {
            if case .test(let predicate) = part {
                tests.append(predicate)
            } else if let (entries, cost) = cover(part), cost < best?.1 ?? .infinity {
                best = (entries.map { PlannedEntry(access: $0.access, remaining: nil) }, cost)
            }
        }
        let isPlain = tests.count == parts.count
        guard let (access, used, cost) = bestAccess(tests), cost <= best?.1 ?? .infinity else { return best }
        guard let access else { return ([], 0) }
        var rest: [FieldPredicate]?
        if isPlain { rest = tests.indices.filter { !used.contains($0) }.map { tests[$0] } }
        return ([PlannedEntry(access: access, remaining: rest)], cost)
    }

    /// The best access among tests that must all hold, with the tests it takes care of. No access: they cannot all hold.
    private func bestAccess(_ tests: [FieldPredicate]) -> (Access?, [Int], Double)? {
        var best: (access: Access?, used: [Int], cost: Double)?
        var equalities: [(test: Int, keys: [KeyConstant], cost: Double)] = []
        for (place, test) in tests.enumerated() {
            guard let lookup = test.lookup else { continue }
            var joined = probed(lookup, slot: test.slot)
            var used = joined == lookup ? [place] : []
            if case .range(var low, var high) = lookup {
                for (other, candidate) in tests.enumerated() where other != place && candidate.slot == test.slot {
                    guard case .range(let otherLow, let otherHigh)? = candidate.lookup else { continue }
                    (low, high) = (max(low, otherLow), min(high, otherHigh))
                    used.append(other)
                }
                if low > high { return (nil, [], 0) }
                joined = .range(low: low, high: high)
            }
            let cost = selectivity.share(joined, slot: test.slot)
            if case .equality(let keys) = joined { equalities.append((place, keys, cost)) }
            if cost < best?.cost ?? .infinity { best = (Access(joined, slot: test.slot), used, cost) }
        }
        return bestPair(tests, equalities, best?.cost ?? .infinity) ?? best
    }

    private func mayPair(_ slot: Int, _ other: Int) -> Bool {
        mayAddPair || shapes[Probe.Shape(kind: .pair, slot: slot, other: other)] != nil
    }

    /// The look-up that is made instead: a prefix shortened to a length that is probed, where no more lengths may be.
    private func probed(_ lookup: IndexLookup, slot: Int) -> IndexLookup {
        guard case .prefix(let text) = lookup, let lengths = prefixes[slot], !lengths.contains(text.count),
            lengths.count >= FilterIndex.prefixLengths
        else { return lookup }
        // A power of two where all that are probed are longer: there are few of these.
        let power = text.isEmpty ? 0 : 1 << (Int.bitWidth - 1 - text.count.leadingZeroBitCount)
        let length = max(power, lengths.filter { $0 <= text.count }.max() ?? 0)
        return .prefix(Array(text[..<length]))
    }

    private func bestPair(
        _ tests: [FieldPredicate], _ equalities: [(test: Int, keys: [KeyConstant], cost: Double)], _ single: Double
    ) -> (Access?, [Int], Double)? {
        guard equalities.count > 1, single > AccessPlanner.pairWorth else { return nil }
        var best: (Access?, [Int], Double)?
        for first in equalities {
            for second in equalities where tests[first.test].slot < tests[second.test].slot {
                let cost = first.cost * second.cost
                let slots = (tests[first.test].slot, tests[second.test].slot)
                guard cost < single * AccessPlanner.pairGain, cost < best?.2 ?? .infinity,
                    first.keys.count * second.keys.count <= AccessPlanner.pairKeys, mayPair(slots.0, slots.1)
                else { continue }
                best = (.pair(slots.0, first.keys, slots.1, second.keys), [first.test, second.test], cost)
            }
        }
        return best
    }
}
