package import FieldExtraction
internal import FilterLanguage

/// Matching: the path of an event, without allocation, reference counts or closures.
extension FilterIndex {
    /// Events between two samples for the selectivity.
    private static let sampling: UInt32 = 32

    /// The groups whose filter a row satisfies, ascending; valid until the next call.
    ///
    /// - Parameter isSample: Whether the row is no event of the stream, so that nothing shall be measured by it.
    package mutating func match(_ row: UnsafePointer<FieldSlot>, isSample: Bool = false) -> UnsafeBufferPointer<UInt32>
    {
        matches.removeAll()
        event &+= 1
        if event == 0 {
            for group in 0..<stamps.count { stamps[group] = 0 }
            event = 1
        }
        unsafe keys.fill(row)
        unsafe probeAll(row)
        for place in 0..<always.count { matches.append(always[place]) }
        for place in 0..<scanned.count {
            let group = scanned[place]
            if unsafe runs(Int(group), row) { matches.append(group) }
        }
        sort()
        if !isSample {
            if event % FilterIndex.sampling == 0 { selectivity.observe(keys) }
            untilReplan &-= 1
            if untilReplan <= 0 { replan() }
        }
        return unsafe UnsafeBufferPointer(start: matches.base, count: matches.count)
    }

    /// Makes all look-ups: those by key are gathered first, see ``findGathered(_:)``.
    private mutating func probeAll(_ row: UnsafePointer<FieldSlot>) {
        gathered.removeAll()
        gathered.makeRoom(for: probes.count)
        for number in 0..<probes.count {
            let probe = unsafe probes.base + number
            if unsafe probe.pointee.uses == 0 { continue }
            let key = unsafe keys.keys.base + Int(probe.pointee.first)
            let form = unsafe key.pointee.form
            switch unsafe probe.pointee.kind {
            case .equality:
                if form &- 1 < 4 {
                    unsafe gather(number, KeyHash.tag(key.pointee.hash, salt: probe.pointee.salt))
                }
            case .pair:
                let other = unsafe keys.keys.base + Int(probe.pointee.second)
                if form &- 1 < 4, unsafe other.pointee.form &- 1 < 4 {
                    unsafe gather(
                        number, KeyHash.tag(key.pointee.hash, other.pointee.hash, salt: probe.pointee.salt))
                }
            case .prefix:
                let length = unsafe probe.pointee.length
                if form == ValueForm.text, unsafe key.pointee.length >= length {
                    let hash = unsafe self.hash.bytes(key.pointee.start, Int(length))
                    unsafe gather(number, KeyHash.tag(hash, salt: probe.pointee.salt))
                }
            case .range:
                if form == ValueForm.number {
                    hits.removeAll()
                    let value = unsafe Double(bitPattern: key.pointee.bits)
                    unsafe forest.stab(probe.pointee.target, value, slab, into: &hits)
                    unsafe fire(hits.base, hits.count, row)
                }
            case .element:
                let slot = unsafe Int(keys.tracked[Int(probe.pointee.first)].slot)
                if form == ValueForm.array || form == ValueForm.object { unsafe probeElements(row[slot], number, row) }
            case .array: if form == ValueForm.array { unsafe fire(bucket: Int(probe.pointee.target), row) }
            case .present: if form != ValueForm.missing { unsafe fire(bucket: Int(probe.pointee.target), row) }
            case .absent: if form == ValueForm.missing { unsafe fire(bucket: Int(probe.pointee.target), row) }
            }
        }
        unsafe findGathered(row)
    }

    /// Puts a look-up down for ``findGathered(_:)``, if the sieve lets it pass.
    @inline(__always)
    private mutating func gather(_ probe: Int, _ tag: UInt32) {
        if sieve.mayHold(tag) {
            gathered.appendUnchecked(
                GatheredLookup(tag: tag, probe: UInt32(truncatingIfNeeded: probe), number: 0, place: 0, word: 0))
        }
    }

    /// Looks up all gathered tags, step by step for all at once: table, buckets, keys. Each step's loads do not depend on one
    /// another, so that the processor waits for memory once a step and not once a key.
    private mutating func findGathered(_ row: UnsafePointer<FieldSlot>) {
        let entries = unsafe table.entries
        let mask = table.mask
        let lookups = unsafe gathered.base
        let count = gathered.count
        for number in 0..<count {
            let tag = unsafe lookups[number].tag
            var place = Int(tag) & mask
            var entry = unsafe entries[place]
            while entry.number != TagTable.free, entry.tag != tag {
                place = (place &+ 1) & mask
                entry = unsafe entries[place]
            }
            unsafe lookups[number].number = entry.number
            unsafe lookups[number].place = UInt32(truncatingIfNeeded: place)
        }
        for number in 0..<count {
            let bucket = unsafe lookups[number].number
            if bucket != TagTable.free { unsafe lookups[number].word = UInt64(buckets.base[Int(bucket)].block) }
        }
        for number in 0..<count {
            if unsafe lookups[number].number == TagTable.free { continue }
            unsafe lookups[number].word = slab[UInt32(truncatingIfNeeded: lookups[number].word)].load(as: UInt64.self)
        }
        for number in 0..<count {
            let lookup = unsafe lookups[number]
            if lookup.number == TagTable.free { continue }
            let probe = Int(lookup.probe)
            let known = unsafe probes.base + probe
            let first = unsafe keys.keys.base + Int(known.pointee.first)
            switch unsafe known.pointee.kind {
            case .pair:
                let second = unsafe keys.keys.base + Int(known.pointee.second)
                unsafe find(lookup.tag, from: Int(lookup.place), probe, first, second, row)
            case .prefix:
                var prefix = unsafe first.pointee
                prefix.length = unsafe known.pointee.length
                unsafe find(lookup.tag, from: Int(lookup.place), probe, &prefix, nil, row)
            default: unsafe find(lookup.tag, from: Int(lookup.place), probe, first, nil, row)
            }
        }
    }

    /// Looks a key up from a place in the table on, and fires its bucket.
    @inline(__always)
    mutating func find(
        _ tag: UInt32, from start: Int, _ probe: Int, _ first: UnsafePointer<EventKey>,
        _ second: UnsafePointer<EventKey>?, _ row: UnsafePointer<FieldSlot>
    ) {
        let entries = unsafe table.entries
        let mask = table.mask
        var place = start
        while true {
            let entry = unsafe entries[place]
            if entry.number == TagTable.free { return }
            if entry.tag == tag, unsafe holds(Int(entry.number), probe, first, second) {
                return unsafe fire(bucket: Int(entry.number), row)
            }
            place = (place &+ 1) & mask
        }
    }

    /// Whether a bucket's key is that of the event, byte by byte.
    @inline(__always)
    private func holds(
        _ number: Int, _ probe: Int, _ first: UnsafePointer<EventKey>, _ second: UnsafePointer<EventKey>?
    ) -> Bool {
        let bucket = unsafe buckets.base + number
        guard unsafe Int(bucket.pointee.probe) == probe else { return false }
        let key = unsafe UnsafeRawPointer(slab[bucket.pointee.block])
        guard
            unsafe FilterIndex.equal(first, key, bucket.pointee.firstLength, bucket.pointee.firstForm)
        else { return false }
        guard let second = unsafe second else { return true }
        return unsafe FilterIndex.equal(
            second, key + Int(bucket.pointee.firstLength), bucket.pointee.secondLength, bucket.pointee.secondForm)
    }

    @inline(__always)
    private static func equal(
        _ value: UnsafePointer<EventKey>, _ key: UnsafeRawPointer, _ length: UInt32, _ form: UInt8
    ) -> Bool {
        guard unsafe value.pointee.form == form else { return false }
        if form != ValueForm.text { return unsafe key.loadUnaligned(as: UInt64.self) == value.pointee.bits }
        guard unsafe value.pointee.length == length else { return false }
        return unsafe KeyBytes.equal(key, UnsafeRawPointer(value.pointee.start), Int(length))
    }

    @inline(__always)
    mutating func fire(bucket: Int, _ row: UnsafePointer<FieldSlot>) {
        let list = unsafe buckets.base + bucket
        unsafe fire(list.pointee.postings(slab), Int(list.pointee.count), row)
    }

    /// Reports those of a list of postings whose rest holds.
    private mutating func fire(_ postings: UnsafePointer<Posting>, _ count: Int, _ row: UnsafePointer<FieldSlot>) {
        matches.makeRoom(for: count)
        for place in 0..<count {
            let posting = unsafe postings + place
            if unsafe !posting.pointee.test.holds(row) {
                unsafe wasted = posting.pointee.group
                continue
            }
            let residual = unsafe posting.pointee.residual
            if residual.isNothing {
                matches.appendUnchecked(unsafe posting.pointee.group)
                continue
            }
            unsafe fire(posting.pointee, row)
        }
    }

    /// Reports a posting if what remains beside its own test holds, and it has not been reported.
    @inline(never)
    private mutating func fire(_ posting: Posting, _ row: UnsafePointer<FieldSlot>) {
        let residual = posting.residual
        let group = Int(posting.group)
        if residual.isShared, stamps[group] == event { return }
        let holds: Bool
        if let block = residual.block {
            holds = unsafe evaluator.holds(slab[block], row: row)
        } else if residual.isWhole {
            holds = unsafe runs(group, row)
        } else {
            holds = true
        }
        // A program that ran says the same the next time; a block speaks for its own alternative only.
        if residual.isShared, holds || residual.isWhole { stamps[group] = event }
        if holds { matches.append(posting.group) } else { wasted = posting.group }
    }

    /// Runs a group's program.
    private mutating func runs(_ group: Int, _ row: UnsafePointer<FieldSlot>) -> Bool {
        guard let program = programs[Int(groups[group].program)] else { return false }
        return unsafe evaluator.evaluate(program, row: row).isMatch
    }

    /// Puts the matches in order: few by insertion, many by sorting.
    @inline(__always)
    private func sort() {
        let count = matches.count
        if count < 2 { return }
        let base = unsafe matches.base
        if count > 48 {
            var list = unsafe UnsafeMutableBufferPointer(start: base, count: count)
            return unsafe list.sort()
        }
        for place in 1..<count {
            let group = unsafe base[place]
            var gap = place
            while gap > 0, unsafe base[gap &- 1] > group {
                unsafe base[gap] = base[gap &- 1]
                gap &-= 1
            }
            unsafe base[gap] = group
        }
    }
}
