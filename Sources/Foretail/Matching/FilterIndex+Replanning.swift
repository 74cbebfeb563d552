internal import FilterLanguage

/// Giving filters a better access predicate once values have been measured.
extension FilterIndex {
    /// Events between two looks, at least and at most: more often while looks bear fruit.
    private static let intervals = 256...65_536
    /// How much better another access predicate must be.
    private static let gain = 0.5

    /// Looks at the filter that fired last in vain, and moves it if another access predicate is expected to fire less often.
    ///
    /// Filters come up in proportion to what they waste. Cost: a compilation, some 5 µs, once in many events.
    @inline(never)
    mutating func replan() {
        untilReplan = replanInterval
        guard wasted != Entry.none, selectivity.samples >= Selectivity.least else { return }
        let number = Int(wasted)
        wasted = Entry.none
        let hasMoved = move(number)
        if hasMoved { replanned += 1 }
        let next = hasMoved ? replanInterval / 2 : replanInterval * 2
        replanInterval = min(max(next, FilterIndex.intervals.lowerBound), FilterIndex.intervals.upperBound)
    }

    private mutating func move(_ number: Int) -> Bool {
        let group = groups[number]
        guard group.kind == .indexed else { return false }
        let source = unsafe UnsafeRawBufferPointer(start: slab[group.source], count: Int(group.sourceLength))
        // A filter that needs other limits or zones than the usual ones stays where it is.
        guard let dialect = unsafe source.first.flatMap(Filter.Dialect.init),
            let filter = try? Filter(unsafe String(decoding: source.dropFirst(), as: UTF8.self), dialect: dialect)
        else { return false }
        var slots: [Int] = []
        for field in filter.fields {
            guard let slot = self.slots[field] else { return false }
            slots.append(slot)
        }
        let formula = filter.formula(slots: slots)
        guard case .entries(let entries, let cost) = planner.plan(formula),
            cost < currentCost(group) * FilterIndex.gain
        else { return false }
        let needsProgram = entries.contains { $0.remaining.map { ResidualCode.encode($0) == nil } ?? true }
        guard !needsProgram || group.program >= 0 else { return false }
        leave(number)
        enter(.entries(entries, cost: cost), number)
        return true
    }

    /// The expected firings of a group's present entries.
    private func currentCost(_ group: FilterGroup) -> Double {
        var cost = 0.0
        var entry = group.first
        while entry != Entry.none {
            let known = entries[Int(entry)]
            cost += known.position == Entry.isRange ? rangeCost(known) : keyCost(buckets[Int(known.place)])
            entry = known.next
        }
        return cost
    }

    private func rangeCost(_ entry: Entry) -> Double {
        let (low, high) = forest.ends(of: entry.place, slab)
        let probe = probes[Int(forest.records[Int(entry.place)].probe)]
        return selectivity.share(.range(low: low, high: high), slot: Int(keys.tracked[Int(probe.first)].slot))
    }

    private func keyCost(_ bucket: Bucket) -> Double {
        let probe = probes[Int(bucket.probe)]
        let slot = Int(keys.tracked[Int(probe.first)].slot)
        let first = constant(bucket.block, 0, bucket.firstLength, bucket.firstForm)
        switch probe.kind {
        case .equality: return selectivity.share(.equality([first]), slot: slot)
        case .pair:
            let second = constant(bucket.block, bucket.firstLength, bucket.secondLength, bucket.secondForm)
            let other = Int(keys.tracked[Int(probe.second)].slot)
            return selectivity.share(.equality([first]), slot: slot)
                * selectivity.share(.equality([second]), slot: other)
        case .prefix, .element:
            guard case .text(let text) = first else { return 1 }
            return selectivity.share(probe.kind == .prefix ? .prefix(text) : .element(text), slot: slot)
        case .array: return selectivity.share(.array, slot: slot)
        case .present: return selectivity.share(.present, slot: slot)
        case .absent: return selectivity.share(.absent, slot: slot)
        case .range: return 1
        }
    }

    private func constant(_ key: UInt32, _ offset: UInt32, _ length: UInt32, _ form: UInt8) -> KeyConstant {
        let start = unsafe slab[key] + Int(offset)
        let bytes = unsafe Array(UnsafeRawBufferPointer(start: start, count: Int(length)))
        if form == ValueForm.text { return .text(bytes) }
        let bits = unsafe start.loadUnaligned(as: UInt64.self)
        if form == ValueForm.number { return .number(Double(bitPattern: bits)) }
        return form == ValueForm.bool ? .bool(bits == 1) : .null
    }
}
