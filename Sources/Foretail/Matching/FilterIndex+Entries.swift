internal import FilterLanguage

/// Entries: postings under keys and in trees.
extension FilterIndex {
    /// Files a group under one access predicate.
    mutating func enter(_ entry: PlannedEntry, _ number: Int, isShared: Bool) {
        switch entry.access {
        case .equality(let slot, let constants):
            let probe = probe(Probe.Shape(kind: .equality, slot: slot))
            for constant in constants { enter(probe, constant, nil, entry, number, isShared) }
        case .pair(let slot, let constants, let other, let others):
            let probe = probe(Probe.Shape(kind: .pair, slot: slot, other: other))
            for first in constants {
                for second in others { enter(probe, first, second, entry, number, isShared) }
            }
        case .prefix(let slot, let text):
            let probe = probe(Probe.Shape(kind: .prefix, slot: slot, length: text.count))
            enter(probe, .text(text), nil, entry, number, isShared)
        case .element(let slot, let text):
            // An array may hold an element twice.
            enter(probe(Probe.Shape(kind: .element, slot: slot)), .text(text), nil, entry, number, true)
        case .array(let slot):
            enter(probe(Probe.Shape(kind: .array, slot: slot)), .null, nil, entry, number, isShared)
        case .present(let slot):
            enter(probe(Probe.Shape(kind: .present, slot: slot)), .null, nil, entry, number, isShared)
        case .absent(let slot):
            enter(probe(Probe.Shape(kind: .absent, slot: slot)), .null, nil, entry, number, isShared)
        case .range(let slot, let low, let high):
            let probe = probe(Probe.Shape(kind: .range, slot: slot))
            let fresh = makeEntry(of: number)
            let posting = posting(fresh, entry, number, isShared)
            var root = probes[probe].target
            let record = forest.insert(
                low: low, high: high, posting: posting, probe: UInt32(probe), root: &root, &slab)
            probes[probe].target = root
            probes[probe].uses += 1
            entries[Int(fresh)].place = record
            entries[Int(fresh)].position = Entry.isRange
        }
    }

    private mutating func posting(
        _ fresh: UInt32, _ entry: PlannedEntry, _ number: Int, _ isShared: Bool
    ) -> Posting {
        let (first, others) = entry.divided(selectivity)
        var residual = Residual(block: nil, isWhole: true, isShared: isShared)
        if let others, others.isEmpty {
            residual = Residual(block: nil, isWhole: false, isShared: isShared)
        } else if let others, let code = ResidualCode.encode(others) {
            residual = Residual(block: slab.copy(code), isWhole: false, isShared: isShared)
        }
        return Posting(entry: fresh, group: UInt32(number), test: first, residual: residual)
    }

    private mutating func makeEntry(of number: Int) -> UInt32 {
        let entry = Entry(place: 0, position: 0, next: groups[number].first)
        let fresh: UInt32
        if freeEntry != Entry.none {
            fresh = freeEntry
            freeEntry = entries[Int(fresh)].next
            entries[Int(fresh)] = entry
        } else {
            fresh = UInt32(entries.count)
            entries.append(entry)
        }
        groups[number].first = fresh
        return fresh
    }

    private mutating func enter(
        _ probe: Int, _ first: KeyConstant, _ second: KeyConstant?, _ entry: PlannedEntry, _ number: Int,
        _ isShared: Bool
    ) {
        let bucket = bucket(probe, first, second)
        let fresh = makeEntry(of: number)
        let posting = posting(fresh, entry, number, isShared)
        var list = buckets[bucket]
        if list.count == 1 << UInt32(list.room) { resize(&list, room: list.room + 1) }
        unsafe list.postings(slab)[Int(list.count)] = posting
        entries[Int(fresh)].place = UInt32(bucket)
        entries[Int(fresh)].position = list.count
        list.count += 1
        buckets[bucket] = list
    }

    /// The bucket of a key, made if there is none.
    private mutating func bucket(_ probe: Int, _ first: KeyConstant, _ second: KeyConstant?) -> Int {
        let shape = probes[probe]
        let isFlag = shape.isFlag
        if isFlag, shape.uses > 0 { return Int(shape.target) }
        let (firstKey, secondKey) = (first.key, second?.key)
        let bytes = firstKey.bytes + (secondKey?.bytes ?? [])
        let tag =
            second.map { KeyHash.tag(first.hash(hash), $0.hash(hash), salt: shape.salt) }
            ?? KeyHash.tag(first.hash(hash), salt: shape.salt)
        let secondForm = secondKey?.form ?? ValueForm.missing
        if !isFlag {
            var place = Int(tag) & table.mask
            while true {
                let entry = unsafe table.entries[place]
                if entry.number == TagTable.free { break }
                let known = buckets[Int(entry.number)]
                if entry.tag == tag, known.probe == UInt32(probe), known.firstForm == firstKey.form,
                    known.secondForm == secondForm, Int(known.firstLength) == firstKey.bytes.count,
                    Int(known.secondLength) == bytes.count - firstKey.bytes.count,
                    unsafe KeyBytes.equal(slab[known.block], bytes)
                {
                    return Int(entry.number)
                }
                place = (place + 1) & table.mask
            }
        }
        var fresh = Bucket(
            probe: UInt32(probe), tag: tag, block: 0, firstLength: UInt32(firstKey.bytes.count),
            secondLength: UInt32(bytes.count - firstKey.bytes.count), count: 0, room: 0, firstForm: firstKey.form,
            secondForm: secondForm)
        fresh.block = slab.allocate(fresh.size)
        for place in bytes.indices {
            unsafe slab[fresh.block].storeBytes(of: bytes[place], toByteOffset: place, as: UInt8.self)
        }
        let number: Int
        if freeBucket != Entry.none {
            number = Int(freeBucket)
            freeBucket = buckets[number].probe
            buckets[number] = fresh
        } else {
            number = buckets.count
            buckets.append(fresh)
        }
        if isFlag {
            probes[probe].target = UInt32(number)
        } else {
            table.insert(tag, UInt32(number))
            sieve.noteInsertion(tag, table)
        }
        probes[probe].uses += 1
        return number
    }

    /// Moves a bucket to a block with more or less room.
    private mutating func resize(_ list: inout Bucket, room: UInt8) {
        let (old, size) = (list.block, list.size)
        let used = list.postingsOffset + Int(list.count) * MemoryLayout<Posting>.stride
        list.room = room
        list.block = slab.allocate(list.size)
        unsafe slab[list.block].copyMemory(from: slab[old], byteCount: used)
        slab.free(old, size)
    }

    mutating func removeEntry(_ entry: UInt32) {
        let known = entries[Int(entry)]
        if known.position == Entry.isRange {
            let record = Int(known.place)
            let probe = Int(forest.records[record].probe)
            var root = probes[probe].target
            let residual = forest.records[record].posting.residual
            forest.remove(known.place, root: &root, &slab)
            probes[probe].target = root
            free(residual)
            release(probe)
        } else {
            removePosting(known)
        }
        entries[Int(entry)].next = freeEntry
        freeEntry = entry
    }

    private mutating func removePosting(_ entry: Entry) {
        let bucket = Int(entry.place)
        var list = buckets[bucket]
        let postings = unsafe list.postings(slab)
        list.count -= 1
        free(unsafe postings[Int(entry.position)].residual)
        if entry.position < list.count {
            let last = unsafe postings[Int(list.count)]
            unsafe postings[Int(entry.position)] = last
            entries[Int(last.entry)].position = entry.position
        }
        if list.room > 1, list.count << 2 <= 1 << UInt32(list.room) { resize(&list, room: list.room - 1) }
        buckets[bucket] = list
        guard list.count == 0 else { return }
        let probe = Int(list.probe)
        if !probes[probe].isFlag {
            table.remove(list.tag, UInt32(bucket))
            sieve.noteRemoval(table)
        }
        slab.free(list.block, list.size)
        buckets[bucket].probe = freeBucket
        freeBucket = UInt32(bucket)
        release(probe)
    }

    private mutating func free(_ residual: Residual) {
        guard let block = residual.block else { return }
        slab.free(block, unsafe ResidualCode.size(slab[block]))
    }
}
