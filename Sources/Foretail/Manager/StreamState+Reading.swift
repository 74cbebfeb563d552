import FieldExtraction

/// Reading: bytes to slots, time and key.
extension StreamState {
    /// What reading an event gave.
    @safe struct Reading {
        /// The event's JSON text; elsewhere than in the batch where it was made a message.
        var body: UnsafeBufferPointer<UInt8>
        var time: Timestamp
        /// Whether the event may move its key's and its stream's clock.
        var movesClock: Bool
    }

    /// Walks the event's bytes once and fills the row.
    ///
    /// - Returns: nil for a bad event, which is counted and reported.
    mutating func read(
        _ frame: EventBatch.Frame, bytes: UnsafeBufferPointer<UInt8>, acceptsText: Bool, isHistory: Bool,
        now: Timestamp, core: ManagerCore, problems: inout [BadEvent]
    ) -> Reading? {
        var body = unsafe UnsafeBufferPointer(rebasing: bytes[frame.body])
        var result = unsafe scanner.scan(body, into: row.slots)
        if !result.isValid, acceptsText, !result.isLimit {
            counters.messages += 1
            unsafe body = makeMessage(body, limits: core.limits.scan)
            result = unsafe scanner.scan(body, into: row.slots)
        }
        guard result.isValid else {
            counters.bad += 1
            problems.append(BadEvent(line: frame.line, position: frame.position, result: result))
            return nil
        }
        if eventsRead < core.limits.discoveryEvents { unsafe discover(body, core: core) }
        if inference.wants(planCount: plan.count) { inference.observe(row, plan: plan) }
        eventsRead += 1
        if isHistory { counters.history += 1 } else { counters.events += 1 }
        let (time, movesClock) = readTime(now: now, core: core)
        readKey(limits: core.limits)
        return unsafe Reading(body: body, time: time, movesClock: movesClock)
    }

    /// Makes a text that only looked like JSON the message of an event, as the framer does with other plain lines; where the
    /// descriptor has no reader for both, templates are apart from those of the framer.
    private mutating func makeMessage(
        _ text: UnsafeBufferPointer<UInt8>, limits: ScanLimits
    ) -> UnsafeBufferPointer<UInt8> {
        scratch.removeAll(keepingCapacity: true)
        if lineReader == nil { lineReader = LogLineReader(detail: descriptor.lineDetail, limits: limits) }
        unsafe lineReader!.append(text, to: &scratch)
        return unsafe metaText.keep(scratch, at: 3).text
    }

    private mutating func readTime(now: Timestamp, core: ManagerCore) -> (Timestamp, movesClock: Bool) {
        if descriptor.clock == .wall { return (now, true) }
        guard let timeSlot else {
            // Ordinal time: one second per event.
            return descriptor.isLive && descriptor.clock == .automatic
                ? (now, true) : (Timestamp(microseconds: Int64(eventsRead) * 1_000_000), true)
        }
        guard let time = timeParser.parse(row[timeSlot]) else {
            counters.withoutTime += 1
            // It gets the stream's time, for its key's clock too: whoever reads the records sees it there.
            if let largestTime { return (largestTime, true) }
            return (descriptor.isLive ? now : Timestamp(microseconds: 0), false)
        }
        if descriptor.clock == .order, let largestTime, time < largestTime { return (largestTime, true) }
        if descriptor.isLive, time.microseconds > now.microseconds + core.limits.futureMicroseconds {
            counters.farFuture += 1
            return (time, false)
        }
        return (time, true)
    }

    /// Puts the event's key into `keyBytes`: the field's text, or the fields' texts with commas between.
    private mutating func readKey(limits: Limits) {
        keyBytes.removeAll(keepingCapacity: true)
        var isMissing = !keySlots.isEmpty
        for (place, slot) in keySlots.enumerated() {
            if place > 0 { keyBytes.append(UInt8(ascii: ",")) }
            let field = row[slot]
            if field.kind != .missing, field.kind != .null { isMissing = false }
            switch field.kind {
            case .missing, .null: break
            case .string: JSONString.decode(field, into: &keyBytes)
            case .boolean: keyBytes.append(contentsOf: field.bits == 1 ? Array("true".utf8) : Array("false".utf8))
            default: unsafe keyBytes.append(contentsOf: field.text)
            }
        }
        if isMissing { counters.withoutKey += 1 }
        if keyBytes.count > limits.keyBytes {
            counters.longKeys += 1
            keyBytes.removeLast(keyBytes.count - limits.keyBytes)
        }
    }

    /// Looks for fields worth learning, and for the time field, in one of the stream's first events.
    private mutating func discover(_ body: UnsafeBufferPointer<UInt8>, core: ManagerCore) {
        // Of a log whose first lines are a banner, a line behind them may say what the time is.
        let isBanner = hasOnlyLines && eventsRead < core.limits.bannerLines
        let seeksTime = (eventsRead == 0 || isBanner) && descriptor.time == nil && descriptor.clock != .wall
        let seeksFields = predicting.contains { $0.fields == nil }
        guard seeksTime || seeksFields else { return }
        let leaves = unsafe JSONFieldLister.leaves(of: body, limits: core.limits.scan)
        if seeksTime {
            hasOnlyLines = hasOnlyLines && leaves.contains { $0.0.keys == ["template"] }
            for name in StreamDescriptor.usualTimeFields {
                guard let leaf = leaves.first(where: { $0.0.keys == [name] }) else { continue }
                var parser = timeParser
                guard parser.parse(leaf.1) != nil else { continue }
                descriptor.time = leaf.0
                extendPlan([leaf.0])
                timeSlot = plan.slot(of: leaf.0)
                break
            }
        }
        if seeksFields {
            noteCandidates(leaves, limit: core.limits.candidateFields)
            refillDiscovered(core: core)
        }
        // New paths have no value yet in this row.
        followPlan(core.limits.scan)
        _ = unsafe scanner.scan(body, into: row.slots)
    }

    /// Takes note of the fields of an event that may be worth learning.
    ///
    /// Of a plain line the template comes first, since it says what happened, and the line itself is none: whatever it says is in the
    /// other fields.
    private mutating func noteCandidates(_ leaves: [(path: FieldPath, slot: FieldSlot)], limit: Int) {
        let isLine = leaves.contains { $0.path.keys == ["template"] }
        for (path, slot) in leaves where isCandidate(path, slot) && candidates.count < limit {
            if isLine, path.keys == ["message"] { continue }
            if isLine, path.keys == ["template"] {
                candidates.insert(path, at: 0)
            } else {
                candidates.append(path)
            }
        }
    }

    private func isCandidate(_ path: FieldPath, _ slot: FieldSlot) -> Bool {
        guard path != descriptor.time, !descriptor.key.contains(path), !candidates.contains(path) else { return false }
        switch slot.kind {
        case .integer, .double, .boolean, .string: return true
        default: return false
        }
    }

    /// Learns candidates in their order until `Limits.learnedFields` of them are neither opaque nor unknown.
    mutating func refillDiscovered(core: ManagerCore) {
        discovered.removeAll { fields[$0].kind == .opaque }
        for path in candidates where discovered.count < core.limits.learnedFields {
            if let known = fields.firstIndex(where: { $0.path == path }) {
                if fields[known].kind != .opaque, !discovered.contains(known) { discovered.append(known) }
                continue
            }
            discovered.append(learn(path, isNamed: false, core: core))
            bindTolerances()
        }
    }

    /// Fills the metadata slots that filters read, for the event whose key is in `keyBytes`.
    mutating func fillMeta(time: Timestamp, position: Position, surprise: Double?) {
        guard !metaSlots.isEmpty else { return }
        if let slot = metaSlots.surprise { row[slot] = surprise.map { .double($0) } ?? .missing }
        if let slot = metaSlots.time { row[slot] = time.slot }
        if let slot = metaSlots.key { row[slot] = metaText.keep(keyBytes, at: 0) }
        if let slot = metaSlots.stream { row[slot] = metaText.keep(nameBytes, at: 1) }
        if let slot = metaSlots.position { row[slot] = metaText.keep(Array(position.description.utf8), at: 2) }
    }
}
