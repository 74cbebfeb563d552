import FieldExtraction
import Forecasting

/// Asking: what is expected of a key at a time ahead.
extension StreamState {
    /// The stream's time: the largest seen, and on a live stream that is silent the time that has passed since.
    func clock(now: Timestamp, limits: Limits) -> Timestamp? {
        guard let largestTime else { return nil }
        guard descriptor.isLive, descriptor.clock != .event, let lastArrival else { return largestTime }
        let silence = now.microseconds - lastArrival.microseconds - limits.silenceGraceMicroseconds
        return Timestamp(microseconds: largestTime.microseconds + max(silence, 0))
    }

    /// The prediction of a key nearest to a time ahead; see ``PredictiveBufferManager/next(for:key:inMicroseconds:now:)``.
    mutating func next(
        for request: RequestState, key: [UInt8], inMicroseconds: Int64, now: Timestamp, limits: Limits
    ) throws(ForetailError) -> NextPrediction {
        let series = try series(of: key, for: request)
        guard let made = series.lastTime, let clock = clock(now: now, limits: limits),
            let place = series.requests.firstIndex(where: { $0 === request })
        else { throw unknown(key) }
        let candidates = candidates(
            of: request, samplePlace: series.samplePlaces[place], series: series, made: made, limits: limits)
        guard let last = candidates.last else {
            throw ForetailError(
                .notPredicted,
                "key '\(Self.text(key))': nothing is known yet of when its events come; ask again after its next ones")
        }
        let (target, overflow) = clock.microseconds.addingReportingOverflow(inMicroseconds)
        // Half a gap beyond the furthest event another one would be nearer.
        let gap = max((last.time.microseconds - made.microseconds) / Int64(last.step), 0)
        guard !overflow, target <= max(last.time.microseconds &+ gap / 2, last.windowEnd.microseconds) else {
            throw tooFar(last, gap: gap, target: overflow ? .max : target, clock: clock, key: key, limits: limits)
        }
        var nearest = last
        for candidate in candidates.reversed()
        where distance(candidate, target) <= distance(nearest, target) { nearest = candidate }
        return NextPrediction(nearest, key: key, asked: clock, inMicroseconds: inMicroseconds)
    }

    private func distance(_ candidate: Candidate, _ target: Int64) -> UInt64 {
        let time = candidate.time.microseconds
        return time > target ? UInt64(bitPattern: time &- target) : UInt64(bitPattern: target &- time)
    }

    /// The series of a key that a request reaches.
    private func series(of key: [UInt8], for request: RequestState) throws(ForetailError) -> Series {
        guard let number = unsafe key.withUnsafeBufferPointer({ unsafe table.find($0) }),
            let series = table.series[Int(number)]
        else { throw unknown(key) }
        guard series.steps == steps else {
            throw ForetailError(
                .notPredicted,
                "key '\(Self.text(key))': its models follow new steps at its next event; ask again after it")
        }
        if series.coverageVersion != coverage.version {
            series.serve(coverage.requests(of: series.key), coverageVersion: coverage.version)
        }
        return series
    }

    /// What every asked step of a key is expected to be, in order of the steps; without those of which no time is known.
    private mutating func candidates(
        of request: RequestState, samplePlace: Int, series: Series, made: Timestamp, limits: Limits
    ) -> [Candidate] {
        followPlan(limits.scan)
        guard let number = unsafe series.key.withUnsafeBufferPointer({ unsafe table.find($0) }) else { return [] }
        // A request that is younger than the key's last event has not met the key yet.
        request.series.admit(number)
        // What was said after the last event stays for whoever looks at it.
        let said = forecasts
        forecast(series, isAsked: true)
        // Samples have the key of the event at hand: for once, of the key that is asked for.
        let kept = keySlots.map { row[$0] }
        placeKey(series.key)
        matchSamples(series, made: made, limits: limits)
        for (place, slot) in keySlots.enumerated() { row[slot] = kept[place] }
        let candidates = request.askedSteps.indices.compactMap { place in
            candidate(
                place, request: request, samplePlace: samplePlace, rule: request.rule, series: series, number: number,
                made: made, limits: limits)
        }
        forecasts = said
        return candidates
    }

    /// Fills the key's fields of the row from a key's bytes, each of the kind that it had in the event read last. Of a composite
    /// key whose values hold commas the last field gets what is left.
    private func placeKey(_ key: [UInt8]) {
        let parts = key.split(
            separator: UInt8(ascii: ","), maxSplits: max(keySlots.count - 1, 0), omittingEmptySubsequences: false)
        for (place, slot) in keySlots.enumerated() {
            let text = keySlots.count == 1 ? key : place < parts.count ? Array(parts[place]) : []
            let string = sampleText.keep(text, at: 2 + fields.count + place)
            switch row[slot].kind {
            case .integer, .double: row[slot] = unsafe NumberText.parse(string.text) ?? string
            case .boolean: row[slot] = .boolean(text == Array("true".utf8))
            default: row[slot] = string
            }
        }
    }

    // MARK: Refusing

    private static func text(_ key: [UInt8]) -> String { String(decoding: key, as: UTF8.self) }

    private func unknown(_ key: [UInt8]) -> ForetailError {
        let name = descriptor.name
        let unseen =
            "no event of it was seen that the request reaches, or it was silent for so long that its models have left"
        let sentence =
            switch (descriptor.key.isEmpty, key.isEmpty) {
            case (false, false): "key '\(Self.text(key))': \(unseen)"
            case (false, true): "stream '\(name)' has keys; name the one that is meant"
            case (true, false): "stream '\(name)' has no key, so there is none '\(Self.text(key))'; leave the key out"
            case (true, true): "stream '\(name)': \(unseen)"
            }
        return ForetailError(.unknownKey, sentence)
    }

    private func tooFar(
        _ last: Candidate, gap: Int64, target: Int64, clock: Timestamp, key: [UInt8], limits: Limits
    ) -> ForetailError {
        let furthest = "the furthest step asked for, \(last.step), is expected at \(last.time)"
        guard last.windowEnd >= clock else {
            return ForetailError(
                .notPredicted,
                "key '\(Self.text(key))': \(furthest), and it is \(clock) now; the key has been silent since \(last.made)"
            )
        }
        guard gap > 0, target < .max, case let needed = (target - last.made.microseconds + gap / 2) / gap,
            needed <= Int64(limits.stepAhead)
        else {
            return ForetailError(
                .tooFarAhead,
                "in: \(furthest), and no step up to \(limits.stepAhead) reaches so far; ask for a time before that")
        }
        return ForetailError(
            .tooFarAhead, "in: \(furthest); a request with step \(max(needed, Int64(last.step) + 1)) reaches further")
    }
}
