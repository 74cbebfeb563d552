import FieldExtraction

/// The way of one event through a stream: read, match, judge, forward, observe, predict.
extension StreamState {
    /// Moves a batch of events through the stream.
    ///
    /// - Parameter isHistory: Whether the events are of the past: learned, neither forwarded nor announced.
    mutating func process(
        _ batch: EventBatch, isHistory: Bool, now: Timestamp, core: inout ManagerCore, actions: inout Actions,
        problems: inout [BadEvent]
    ) {
        followPlan(core.limits.scan)
        unsafe batch.bytes.withUnsafeBufferPointer { bytes in
            for frame in batch.frames where !(descriptor.stopsAtBadEvents && counters.bad > 0) {
                guard isNew(frame.position) else { continue }
                guard
                    let reading = unsafe read(
                        frame, bytes: bytes, acceptsText: batch.acceptsText, isHistory: isHistory, now: now, core: core,
                        problems: &problems)
                else { continue }
                let covered = coveredSeries(core: &core, actions: &actions)
                var surprise: Double?
                if let covered, let series = table.series[Int(covered)] {
                    look(at: series, core: core)
                    surprise = self.surprise(of: series, reading: reading)
                }
                fillMeta(time: reading.time, position: frame.position, surprise: surprise)
                unsafe index.match(row.slots, into: &matches)
                let raw = unsafe UnsafeBufferPointer(rebasing: bytes[frame.raw])
                unsafe handle(
                    reading, raw: raw, position: frame.position, covered: covered, surprise: surprise,
                    isHistory: isHistory, core: &core, actions: &actions)
            }
        }
        if !batch.frames.isEmpty { lastArrival = now }
        guard !batch.problems.isEmpty else { return }
        counters.bad += batch.problems.count
        problems += batch.problems
        problems.sort { $0.line < $1.line }
    }

    /// Whether the position is beyond all that its partition has shown; a known one is a duplicate.
    private mutating func isNew(_ position: Position) -> Bool {
        if let known = partitions[position.partition], position <= known {
            counters.duplicates += 1
            return false
        }
        partitions[position.partition] = position
        lastPosition = position
        return true
    }

    private mutating func handle(
        _ reading: Reading, raw: UnsafeBufferPointer<UInt8>, position: Position, covered: Int32?, surprise: Double?,
        isHistory: Bool, core: inout ManagerCore, actions: inout Actions
    ) {
        var event: Int?
        if !matches.isEmpty || isFollowed, !isHistory {
            if !matches.isEmpty { counters.matched += 1 }
            event = unsafe actions.add(
                reading, raw: raw, stream: descriptor.name, key: descriptor.key.isEmpty ? nil : keyBytes,
                position: position, surprise: surprise)
        }
        moveClock(reading)
        if !isHistory, let watermark, watermark > deadlines.next {
            expireDue(before: watermark, core: &core, actions: &actions)
        }
        if let watermark { expireWatches(before: watermark, isHistory: isHistory, core: &core, actions: &actions) }
        if let number = covered {
            let series = table.series[Int(number)]!
            if reading.movesClock, let last = series.lastTime,
                reading.time.microseconds
                    < last.microseconds - descriptor.latenessMicroseconds
            {
                counters.late += 1
            }
            if network != nil { forgetMisses() }
            judge(
                series: number, reading: reading, event: event, position: position, surprise: surprise,
                isHistory: isHistory, core: &core, actions: &actions)
            observe(series, reading: reading, core: &core, actions: &actions)
            predict(series, number: number, isHistory: isHistory, core: &core, actions: &actions)
            if isWatched {
                watch(
                    series, number: number, reading: reading, isHistory: isHistory, core: &core, actions: &actions)
            }
        }
        guard let event else { return }
        defer { if isFollowed { actions.items.append(.follow(event)) } }
        for group in matches {
            for request in tailing[group] ?? [] {
                actions.items.append(
                    .forward(
                        .init(
                            request: request.id, destination: request.destination, event: event, prediction: nil,
                            leadMicroseconds: 0)))
            }
        }
    }

    private mutating func moveClock(_ reading: Reading) {
        guard reading.movesClock, reading.time > largestTime ?? Timestamp(microseconds: .min) else { return }
        largestTime = reading.time
        watermark = Timestamp(microseconds: reading.time.microseconds - descriptor.latenessMicroseconds)
    }

    /// Lets every predicting request that reaches the event's key judge it, forward it and say what became of its predictions.
    private mutating func judge(
        series number: Int32, reading: Reading, event: Int?, position: Position, surprise: Double?, isHistory: Bool,
        core: inout ManagerCore, actions: inout Actions
    ) {
        guard let series = table.series[Int(number)] else { return }
        for request in series.requests {
            request.series.admit(number)
            let matched = hasMatched(request.group)
            ended.removeAll(keepingCapacity: true)
            // The past takes no slot: what was announced is judged by what is forwarded.
            if !isHistory {
                let before = request.buffer.bytes
                request.buffer.take(
                    series: number, time: reading.time, matched: matched, readings: readings, into: &ended)
                core.budget.book(request.buffer.bytes - before, to: request.account)
            }

            if network != nil { noteMisses() }
            let hit = firstHit
            if matched, !isHistory {
                request.noteMatched(hit: hit != nil)
                if hit == nil, wasStaged(at: reading.time) { request.alternativeHits += 1 }
                if isExpected(surprise, by: request, warmUp: core.limits.surpriseWarmUp) {
                    request.hide(position, at: reading.time, into: &actions)
                } else if let event {
                    request.tellHidden(into: &actions)
                    let lead = hit.map { reading.time.microseconds - $0.made.microseconds } ?? 0
                    actions.items.append(
                        .forward(
                            .init(
                                request: request.id, destination: request.destination, event: event,
                                prediction: hit?.id, leadMicroseconds: lead)))
                }
            }
            if !ended.isEmpty {
                actions.append(
                    ended, of: request, position: position, time: reading.time, errors: { errors(of: $0) })
            }
            learnFromShadows(of: request, series: number, time: reading.time, matched: matched)
            request.series[number].note(matched: matched)
            if request.watches != nil {
                noteWatched(
                    by: request, series: number, reading: reading, matched: matched, core: &core, actions: &actions)
            }
        }
    }

    /// Whether the event at hand satisfies a group's filter.
    private func hasMatched(_ group: Int) -> Bool {
        // Ascending, see ``MatchIndex/match(_:into:)``.
        guard matches.count > 16 else { return matches.contains(group) }
        var low = 0
        var high = matches.count
        while low < high {
            let middle = (low + high) / 2
            if matches[middle] < group { low = middle + 1 } else { high = middle }
        }
        return low < matches.count && matches[low] == group
    }

    /// The first-written agreeing record that is not trivial, among those that just ended.
    private var firstHit: Prediction? {
        for index in ended.indices where ended[index].result == .hit {
            let prediction = ended[index].prediction
            if !prediction.isTrivial { return prediction }
        }
        return nil
    }

    /// Whether the event at hand is an alternative of one of the records that just ended.
    private func wasStaged(at time: Timestamp) -> Bool {
        ended.contains { $0.result == .wrong && $0.prediction.staged(time: time, matched: true, readings: readings) }
    }

    /// Ends what `clock` has passed in the buffers of those requests that have something due, in the order they came.
    mutating func expireDue(before clock: Timestamp, core: inout ManagerCore, actions: inout Actions) {
        deadlines.takeDue(before: clock, into: &due)
        for request in due {
            expire(request, before: clock, core: &core, actions: &actions)
            deadlines.note(request)
        }
        due.removeAll(keepingCapacity: true)
    }

    /// Ends what `clock` has passed in one request's buffer.
    private mutating func expire(
        _ request: RequestState, before clock: Timestamp, core: inout ManagerCore, actions: inout Actions
    ) {
        guard request.buffer.isDue(before: clock) else { return }
        var ended: [PredictiveBuffer.Ended] = []
        let before = request.buffer.bytes
        request.buffer.expire(before: clock, into: &ended)
        guard !ended.isEmpty else { return }
        core.budget.book(request.buffer.bytes - before, to: request.account)
        actions.append(ended, of: request, position: nil, time: nil, errors: { _ in [] })
    }

    /// The differences between the event at hand and a prediction's numbers.
    private func errors(of prediction: Prediction) -> [Outcome.FieldError] {
        var errors: [Outcome.FieldError] = []
        for field in prediction.fields {
            let actual = readings[field.field * 2]
            guard case .numeric(let numeric) = field.content else { continue }
            let error = actual - numeric.value.value
            if error.isFinite { errors.append(Outcome.FieldError(field: field.field, error: error)) }
        }
        return errors
    }

    private mutating func learnFromShadows(
        of request: RequestState, series number: Int32, time: Timestamp, matched: Bool
    ) {
        guard !request.announcesAll, let series = table.series[Int(number)],
            let ring = request.series[number].shadows
        else { return }
        // The event at hand has not been counted yet: it is the one after `series.ordinal`.
        let ordinal = series.ordinal + 1
        for (place, step) in request.askedSteps.enumerated() where step < ordinal {
            guard let shadow = ring.made(stepIndex: place, before: ordinal), shadow.scores.raw >= 0 else { continue }
            let hit = shadow.agrees(microseconds: time.microseconds, matched: matched, readings: readings)
            request.learn(
                stepIndex: place, scores: shadow.scores, isTrivial: shadow.isTrivial, isSelected: shadow.isSelected,
                hit: hit)
        }
    }
}

extension Actions {
    /// Copies an event's bytes and returns its number.
    mutating func add(
        _ reading: StreamState.Reading, raw: UnsafeBufferPointer<UInt8>, stream: String, key: [UInt8]?,
        position: Position, surprise: Double?
    ) -> Int {
        let bodyRange = unsafe copy(reading.body)
        let isSame = unsafe raw.baseAddress == reading.body.baseAddress && raw.count == reading.body.count
        let rawRange = isSame ? bodyRange : unsafe copy(raw)
        var keyRange: Range<Int>?
        if let key {
            let start = bytes.count
            bytes.append(contentsOf: key)
            keyRange = start..<bytes.count
        }
        events.append(
            MatchedEvent(
                stream: stream, position: position, time: reading.time, key: keyRange, body: bodyRange, raw: rawRange,
                surprise: surprise))
        return events.count - 1
    }

    private mutating func copy(_ text: UnsafeBufferPointer<UInt8>) -> Range<Int> {
        let start = bytes.count
        unsafe bytes.append(contentsOf: text)
        return start..<bytes.count
    }
}
