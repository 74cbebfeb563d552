package import FieldExtraction
package import FilterLanguage

/// Registering and removing filters.
extension FilterIndex {
    /// Adds a filter, or one more use of it if it is known, and returns its group's number; nil matches every event.
    ///
    /// `plan` must hold the filter's fields; rows are of it or of what it grows to. A number is used again after its last use
    /// was removed. Cost: some microseconds.
    package mutating func insert(_ filter: Filter?, plan: FieldPlan) -> Int {
        let source = FilterIndex.key(of: filter)
        let tag = KeyHash.tag(KeyConstant.text(source).hash(hash), salt: 0)
        if let known = find(source, tag) {
            groups[known].uses += 1
            return known
        }
        let number = makeGroup(source, tag)
        guard let filter else {
            append(number, to: .always)
            return number
        }
        let slots = filter.fields.map { slot(of: $0, plan) }
        let formula = filter.formula(slots: slots)
        let choice = planner.plan(formula)
        var needsProgram = false
        if case .scan = choice { needsProgram = true }
        if case .entries(let entries, _) = choice { needsProgram = entries.contains { !isPortable($0) } }
        if needsProgram { keep(filter.bound(to: plan), of: number) }
        enter(choice, number)
        return number
    }

    /// Takes back one use of a group's filter; with the last one the filter leaves.
    package mutating func remove(_ number: Int) {
        precondition(groups[number].kind != .free, "a group is removed as often as it was inserted")
        groups[number].uses -= 1
        guard groups[number].uses == 0 else { return }
        leave(number)
        let group = groups[number]
        if group.program >= 0 {
            let program = Int(group.program)
            programBytes -= programs[program]?.programBytes ?? 0
            programs[program] = nil
            freeProgram.append(program)
        }
        sources.remove(group.sourceTag, UInt32(number))
        sourceBytes -= (Int(group.sourceLength) + 7) & ~7
        slab.free(group.source, Int(group.sourceLength))
        groups[number].kind = .free
        groups[number].first = freeGroup
        freeGroup = UInt32(number)
    }

    /// Whether a filter has no access predicate. `plan` holds its fields.
    package func needsScan(_ filter: Filter, plan: FieldPlan) -> Bool {
        let formula = filter.formula(slots: filter.fields.map { plan.slot(of: $0) ?? 0 })
        if case .scan = planner.plan(formula) { return true }
        return false
    }

    /// How a filter is found, one sentence per alternative, for people. `plan` holds its fields.
    package func explain(_ filter: Filter, plan: FieldPlan) -> [String] {
        let slots = filter.fields.map { plan.slot(of: $0) ?? 0 }
        switch planner.plan(filter.formula(slots: slots)) {
        case .never: return ["never matches"]
        case .always: return ["matches every event"]
        case .scan: return ["no access predicate: evaluated for every event"]
        case .entries(let entries, _):
            return entries.map { entry in
                let rest =
                    switch entry.remaining?.count {
                    case nil: "then the whole program"
                    case 0: "nothing left to test"
                    case let count?: "then \(count) test\(count == 1 ? "" : "s")"
                    }
                return entry.access.description { "\(plan.paths[$0])" } + "; " + rest
            }
        }
    }

    var planner: AccessPlanner {
        AccessPlanner(
            selectivity: selectivity, shapes: shapes, mayAddPair: pairCount < FilterIndex.pairs, prefixes: prefixes)
    }

    /// What tells filters apart: the dialect, then the source; empty for the filter that matches everything.
    private static func key(of filter: Filter?) -> [UInt8] {
        filter.map { [$0.dialect.rawValue] + Array($0.source.utf8) } ?? []
    }

    private mutating func slot(of path: FieldPath, _ plan: FieldPlan) -> Int {
        if let slot = slots[path] { return slot }
        guard let slot = plan.slot(of: path) else {
            preconditionFailure("the plan must hold every field of the filter; add \(path)")
        }
        slots[path] = slot
        return slot
    }

    private func find(_ source: [UInt8], _ tag: UInt32) -> Int? {
        var place = Int(tag) & sources.mask
        while true {
            let entry = unsafe sources.entries[place]
            if entry.number == TagTable.free { return nil }
            let group = groups[Int(entry.number)]
            if entry.tag == tag, Int(group.sourceLength) == source.count,
                unsafe KeyBytes.equal(slab[group.source], source)
            {
                return Int(entry.number)
            }
            place = (place + 1) & sources.mask
        }
    }

    private mutating func makeGroup(_ source: [UInt8], _ tag: UInt32) -> Int {
        let group = FilterGroup(
            kind: .never, uses: 1, first: Entry.none, program: -1, source: slab.copy(source),
            sourceLength: UInt32(source.count), sourceTag: tag)
        sourceBytes += (source.count + 7) & ~7
        let number: Int
        if freeGroup != Entry.none {
            number = Int(freeGroup)
            freeGroup = groups[number].first
            groups[number] = group
        } else {
            number = groups.count
            groups.append(group)
            stamps.append(0)
        }
        stamps[number] = 0
        sources.insert(tag, UInt32(number))
        return number
    }

    private mutating func keep(_ program: BoundFilter, of number: Int) {
        programBytes += program.programBytes
        if let place = freeProgram.popLast() {
            programs[place] = program
            groups[number].program = Int32(place)
        } else {
            groups[number].program = Int32(programs.count)
            programs.append(program)
        }
    }

    private func isPortable(_ entry: PlannedEntry) -> Bool {
        guard let remaining = entry.remaining else { return false }
        return ResidualCode.encode(remaining) != nil
    }

    /// Files a group under what was chosen.
    mutating func enter(_ choice: AccessPlan, _ number: Int) {
        switch choice {
        case .never:
            groups[number].kind = .never
            groups[number].first = Entry.none
        case .always: append(number, to: .always)
        case .scan: append(number, to: .scanned)
        case .entries(let entries, _):
            groups[number].kind = .indexed
            groups[number].first = Entry.none
            for entry in entries { enter(entry, number, isShared: entries.count > 1) }
        }
    }

    private mutating func append(_ number: Int, to kind: FilterGroup.Kind) {
        groups[number].kind = kind
        if kind == .always {
            groups[number].first = UInt32(always.count)
            always.append(UInt32(number))
        } else {
            groups[number].first = UInt32(scanned.count)
            scanned.append(UInt32(number))
        }
    }

    /// Takes a group out of wherever it is found.
    mutating func leave(_ number: Int) {
        let group = groups[number]
        switch group.kind {
        case .free, .never: break
        case .always: FilterIndex.drop(Int(group.first), from: &always, groups)
        case .scanned: FilterIndex.drop(Int(group.first), from: &scanned, groups)
        case .indexed:
            var entry = group.first
            while entry != Entry.none {
                let next = entries[Int(entry)].next
                removeEntry(entry)
                entry = next
            }
        }
    }

    private static func drop(_ place: Int, from list: inout Pile<UInt32>, _ groups: Pile<FilterGroup>) {
        let last = list.removeLast()
        if place < list.count {
            list[place] = last
            unsafe groups.base[Int(last)].first = UInt32(place)
        }
    }
}
