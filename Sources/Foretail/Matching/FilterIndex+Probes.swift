/// Probes: made with the first filter that needs them, gone with the last.
extension FilterIndex {
    /// The probe of a shape.
    mutating func probe(_ shape: Probe.Shape) -> Int {
        if let known = shapes[shape] { return known }
        let isHashed = shape.kind == .equality || shape.kind == .pair
        let first = keys.track(shape.slot, hashed: isHashed)
        let second = shape.other >= 0 ? keys.track(shape.other, hashed: true) : first
        salts += 1
        let probe = Probe(
            kind: shape.kind, first: UInt32(first), second: UInt32(second), length: UInt32(shape.length),
            salt: KeyHash.scramble(salts) | 1, target: Entry.none, uses: 0)
        let number = freeProbe()
        if number == probes.count { probes.append(probe) } else { probes[number] = probe }
        shapes[shape] = number
        if shape.kind == .pair { pairCount += 1 }
        if shape.kind == .prefix { prefixes[shape.slot, default: []].append(shape.length) }
        return number
    }

    /// Probes are few beside filters: a search will do.
    private func freeProbe() -> Int {
        for number in 0..<probes.count where probes[number].uses == 0 { return number }
        return probes.count
    }

    /// Ends one use of a probe, and the probe with its last.
    mutating func release(_ number: Int) {
        probes[number].uses -= 1
        let probe = probes[number]
        guard probe.uses == 0 else { return }
        let slot = Int(keys.tracked[Int(probe.first)].slot)
        let isPair = probe.kind == .pair
        let other = isPair ? Int(keys.tracked[Int(probe.second)].slot) : -1
        let isHashed = probe.kind == .equality || isPair
        keys.untrack(Int(probe.first), hashed: isHashed)
        if isPair {
            keys.untrack(Int(probe.second), hashed: true)
            pairCount -= 1
        }
        if probe.kind == .prefix { prefixes[slot]?.removeAll { $0 == Int(probe.length) } }
        shapes[Probe.Shape(kind: probe.kind, slot: slot, other: other, length: Int(probe.length))] = nil
    }
}
