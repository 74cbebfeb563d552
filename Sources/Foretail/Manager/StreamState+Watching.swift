import FieldExtraction
import Forecasting
import HeapModule

/// Watching: warnings that a filter will match, alarms that a match did not come.
extension StreamState {
    /// When something about a key has to be looked at.
    struct WatchDeadline: Comparable {
        var time: Timestamp
        var request: RequestState
        var series: Int32

        static func == (left: WatchDeadline, right: WatchDeadline) -> Bool {
            left.time == right.time && left.request.order == right.request.order && left.series == right.series
        }

        static func < (left: WatchDeadline, right: WatchDeadline) -> Bool {
            (left.time, left.request.order, left.series) < (right.time, right.request.order, right.series)
        }
    }

    /// Whether a request watches.
    var isWatched: Bool { watching > 0 }

    // MARK: An event

    /// Takes in whether the event at hand matched: what was expected came, what was overdue resumed.
    mutating func noteWatched(
        by request: RequestState, series number: Int32, reading: Reading, matched: Bool,
        core: inout ManagerCore, actions: inout Actions
    ) {
        guard var watches = request.watches, let series = table.series[Int(number)] else { return }
        request.watches = nil
        if !watches.carried.isEmpty { adoptCarried(&watches, series: number, key: series.key, request: request) }
        var watch = watches.series[number] ?? SeriesWatch()
        let time = reading.time
        if let within = watches.settings.within {
            settle(&watch, of: &watches, reach: within.microseconds, at: time, matched: matched)
            if matched, let open = watch.expected {
                watches.note(open, came: true)
                tell(.came, open, .within, of: request, key: series.key, at: time, core: &core, actions: &actions)
                watch.expected = nil
            }
            watch.isArmed = !matched
        }
        if let overdue = watches.settings.overdue, matched {
            if let open = watch.overdue {
                tell(.resumed, open, .overdue, of: request, key: series.key, at: time, core: &core, actions: &actions)
            }
            if reading.movesClock, let last = watch.lastMatch, time >= last {
                if let due = watch.due ?? watch.overdue?.windowEnd {
                    watches.note(isLate: time > due, probability: overdue.probability)
                }
                watch.note(gap: time.microseconds - last.microseconds)
                if request.filter != nil {
                    if watch.arrival == nil { watch.arrival = ArrivalForecaster(steps: [1]) }
                    watch.arrival?.learn(gapMicroseconds: time.microseconds - last.microseconds)
                }
            }
            watch.overdue = nil
            watch.due = nil
            if reading.movesClock, time >= watch.lastMatch ?? time { watch.lastMatch = time }
            noteWhole(&watches, of: request, reading: reading, core: &core, actions: &actions)
        }
        watches.series[number] = watch
        request.watches = watches
    }

    /// Ends the probabilities that the event at hand decides.
    private func settle(
        _ watch: inout SeriesWatch, of watches: inout RequestWatches, reach: Int64, at time: Timestamp, matched: Bool
    ) {
        guard !watch.pending.isEmpty else { return }
        var kept: [SeriesWatch.Pending] = []
        for pending in watch.pending {
            if time.microseconds - pending.made.microseconds > reach {
                watches.learn(pending, came: false)
            } else if matched {
                watches.learn(pending, came: true)
            } else {
                kept.append(pending)
            }
        }
        watch.pending = kept
    }

    /// Looks ahead for those requests that watch the key, after everything has been learned of the event at hand.
    mutating func watch(
        _ series: Series, number: Int32, reading: Reading, isHistory: Bool, core: inout ManagerCore,
        actions: inout Actions
    ) {
        guard series.lastTime == reading.time else { return }
        for request in series.requests where request.watches != nil {
            scheduleAlarm(of: request, series: series, number)
        }
        let reach = series.requests.reduce(0) { max($0, $1.watches?.settings.within?.microseconds ?? 0) }
        guard reach > 0 else { return }
        learnPaths(series, reach: reach, core: &core)
        guard let paths = series.paths, paths.count > 1 else { return }
        watchCredits = min(watchCredits + core.limits.watchEvaluations, 1 << 20)
        let lookers = series.requests.filter { request in
            guard let watches = request.watches, watches.settings.within != nil, request.filter != nil,
                let watch = watches.series[number], watch.isArmed
            else { return false }
            let cost = PathForecaster.most * paths.steps
            return series.ordinal - watch.looked >= max(1, paths.steps / 6) || watchCredits >= cost
        }
        guard !lookers.isEmpty else { return }
        watchCredits = max(0, watchCredits - PathForecaster.most * paths.steps)
        series.paths?.prepare()
        guard (series.paths?.pathCount ?? 0) > 0 else { return }
        sharesOfPaths(series, made: reading.time, requests: lookers)
        for (place, request) in lookers.enumerated() {
            look(
                at: pathShares[place], request: request, series: series, number: number, time: reading.time,
                isHistory: isHistory, core: &core, actions: &actions)
        }
    }

    /// Teaches a key's paths the event at hand; they begin once the key's pace is known.
    private mutating func learnPaths(_ series: Series, reach: Int64, core: inout ManagerCore) {
        let numeric = fields.indices.filter { fields[$0].kind == .numeric && fields[$0].isNamed }
        let labels = fields.indices.filter { fields[$0].kind == .categorical && fields[$0].isNamed }
        if series.pathFields != numeric || series.pathLabels != labels || series.paths?.reachMicroseconds != reach {
            guard series.arrival.count >= Self.paceGaps else { return }
            let pace = max(series.arrival.quantiles(of: 0).median, 1)
            let steps = Int(min(Double(reach) / pace + 0.5, Double(NumericForecaster.maxStep)))
            guard steps >= 1 else { return }
            series.paths = PathForecaster(
                fields: numeric.count, labels: labels.count, reachMicroseconds: reach, steps: steps)
            series.pathFields = numeric
            series.pathLabels = labels
        }
        guard let time = series.lastTime else { return }
        series.paths?.learn(
            numeric.map { actual[$0] }, labels: labels.map { actual[$0].isNaN ? -1 : Int32(actual[$0]) },
            at: time.microseconds, seasons: numeric.map { series.forecasters[$0]?.season })
    }

    /// Gaps after which a key's pace counts as known.
    private static let paceGaps = 8

    /// Counts, for each request, the share of paths on which its filter matches in time. Result in `pathShares`.
    private mutating func sharesOfPaths(_ series: Series, made: Timestamp, requests: [RequestState]) {
        guard let count = series.paths?.pathCount else { return }
        pathShares.removeAll(keepingCapacity: true)
        var others: [Int] = []
        for (place, request) in requests.enumerated() {
            var matched = 0
            if let threshold = request.threshold,
                let field = series.pathFields.firstIndex(where: { fields[$0].slot == threshold.slot })
            {
                let reach = request.watches?.settings.within?.microseconds ?? 0
                matched =
                    series.paths?.pathsBetween(
                        threshold.low, threshold.high, field: field, reachMicroseconds: reach) ?? 0
            } else {
                others.append(place)
            }
            pathShares.append((Double(matched) + 0.5) / Double(count + 1))
        }
        if !others.isEmpty { evaluate(others, of: requests, series: series, made: made) }
    }

    /// Evaluates the filters that are no thresholds on every event of every path.
    private mutating func evaluate(_ places: [Int], of requests: [RequestState], series: Series, made: Timestamp) {
        guard let paths = series.paths else { return }
        let groups = places.map { requests[$0].group }
        let reaches = places.map { requests[$0].watches?.settings.within?.microseconds ?? 0 }
        let numberSlots = series.pathFields.map { fields[$0].slot }
        let opaque = fields.indices.filter { fields[$0].kind == .opaque && fields[$0].isNamed }
        var matched = [Int](repeating: 0, count: groups.count)
        var counts = matched
        var seen = [Bool](repeating: false, count: groups.count)
        index.beginSamples(of: groups)
        defer { index.endSamples(of: groups) }
        fillSampleMeta(series)
        for path in 0..<paths.pathCount {
            var open = groups.count
            for place in counts.indices {
                counts[place] = 0
                seen[place] = false
            }
            for field in opaque { sampleRow[fields[field].slot] = empirical.value(field: field, path) }
            for ahead in 0..<paths.length(path) where open > 0 {
                let wait = paths.microseconds(path: path, ahead: ahead)
                for place in numberSlots.indices {
                    sampleRow[numberSlots[place]] = .double(paths.value(field: place, path: path, ahead: ahead))
                }
                for (place, field) in series.pathLabels.enumerated() {
                    let symbol = paths.label(place, path: path, ahead: ahead)
                    sampleRow[fields[field].slot] =
                        symbol < 0 ? .missing : fields[field].slot(of: symbol, texts: sampleText, place: 2 + field)
                }
                if let slot = metaSlots.time {
                    sampleRow[slot] = Timestamp(microseconds: made.microseconds &+ wait).slot
                }
                unsafe index.matchSample(sampleRow.slots, of: groups, into: &counts, at: 0)
                for place in groups.indices where counts[place] > 0 && !seen[place] {
                    seen[place] = true
                    open -= 1
                    if wait <= reaches[place] { matched[place] += 1 }
                }
            }
        }
        for (place, request) in places.enumerated() {
            pathShares[request] = (Double(matched[place]) + 0.5) / Double(paths.pathCount + 1)
        }
    }

    /// From the share of paths to what is said, and to a change of state.
    private mutating func look(
        at share: Double, request: RequestState, series: Series, number: Int32, time: Timestamp, isHistory: Bool,
        core: inout ManagerCore, actions: inout Actions
    ) {
        guard var watches = request.watches, let within = watches.settings.within,
            var watch = watches.series[number]
        else { return }
        request.watches = nil
        defer { request.watches = watches }
        watch.looked = series.ordinal
        let said = watches.said(share)
        let (end, overflows) = time.microseconds.addingReportingOverflow(within.microseconds)
        guard !overflows, end <= Timestamp.latest.microseconds else { return }
        let isSpaced = watch.pending.last.map { time.microseconds - $0.made.microseconds >= within.microseconds / 8 }
        if isSpaced ?? true, watch.pending.count < RequestWatches.pendingLimit {
            let isWindow = !watch.pending.contains { $0.isWindow }
            watch.pending.append(.init(made: time, raw: share, said: said, isWindow: isWindow))
        }
        if let open = watch.expected {
            if said < within.probability - WatchSettings.hysteresis {
                watches.note(open, came: false)
                tell(
                    .averted, open, .within, of: request, key: series.key, at: time, reason: .unlikely,
                    probability: said, core: &core, actions: &actions)
                watch.expected = nil
            }
        } else if said >= within.probability, !isHistory, end >= watermark?.microseconds ?? end {
            // A key far behind its stream's clock: what is over already cannot be warned of.
            let deadline = Timestamp(microseconds: end)
            let episode = WatchEpisode(
                id: core.makeWatchID(), probability: said, windowStart: time, windowEnd: deadline,
                isCalibrated: watches.isCalibrated, deadline: deadline)
            watch.expected = episode
            tell(.expected, episode, .within, of: request, key: series.key, at: time, core: &core, actions: &actions)
            watchDeadlines.insert(WatchDeadline(time: deadline, request: request, series: number))
        }
        watches.series[number] = watch
    }

    /// Notes when the next match of a key is overdue.
    private mutating func scheduleAlarm(of request: RequestState, series: Series, _ number: Int32) {
        guard var watches = request.watches, let overdue = watches.settings.overdue,
            var watch = watches.series[number], watch.due == nil, watch.overdue == nil, let last = watch.lastMatch,
            let expected = watches.due(
                watch.arrival ?? series.arrival, deviation: watch.deviation, probability: overdue.probability),
            last.microseconds <= Timestamp.latest.microseconds - expected.due
        else { return }
        watch.due = Timestamp(microseconds: last.microseconds + expected.due)
        watch.median = expected.median
        watches.series[number] = watch
        request.watches = watches
        watchDeadlines.insert(
            WatchDeadline(time: watch.due ?? last, request: request, series: number))
    }

    // MARK: Time

    /// Ends the windows that `clock` has passed, and gives the alarms that are due by it.
    mutating func expireWatches(
        before clock: Timestamp, isHistory: Bool, core: inout ManagerCore, actions: inout Actions
    ) {
        while let deadline = watchDeadlines.min, deadline.time < clock {
            watchDeadlines.removeMin()
            if deadline.series == Self.carriedSeries {
                expireCarried(of: deadline.request, before: clock, core: &core, actions: &actions)
                continue
            }
            if deadline.series == Self.wholeStream {
                expireWhole(
                    of: deadline.request, at: deadline.time, before: clock, isHistory: isHistory, core: &core,
                    actions: &actions)
                continue
            }
            guard let series = table.series[Int(deadline.series)], var watches = deadline.request.watches,
                var watch = watches.series[deadline.series]
            else { continue }
            let request = deadline.request
            request.watches = nil
            if let open = watch.expected, open.deadline < clock {
                watches.note(open, came: false)
                tell(
                    .averted, open, .within, of: request, key: series.key, at: open.deadline, reason: .window,
                    core: &core, actions: &actions)
                watch.expected = nil
            }
            if let open = watch.overdue, open.deadline < clock {
                tell(
                    .ended, open, .overdue, of: request, key: series.key, at: open.deadline, reason: .silence,
                    core: &core, actions: &actions)
                watch.overdue = nil
                watch.lastMatch = nil
            }
            if isHistory {
                // What was overdue in the past is no news.
                if let due = watch.due, due < clock { watch.due = nil }
            } else if let due = watch.due, due < clock, let last = watch.lastMatch,
                let overdue = watches.settings.overdue
            {
                let patience = Int64(min(Double(watch.median) * WatchSettings.patience, 4e17))
                let end = Timestamp(microseconds: min(due.microseconds + patience, Timestamp.latest.microseconds))
                let episode = WatchEpisode(
                    id: core.makeWatchID(), probability: overdue.probability,
                    windowStart: Timestamp(microseconds: min(last.microseconds + watch.median, due.microseconds)),
                    windowEnd: due,
                    isCalibrated: (watch.arrival ?? series.arrival).count >= WatchSettings.calibrationWindows,
                    deadline: end)
                watch.overdue = episode
                watch.due = nil
                tell(.overdue, episode, .overdue, of: request, key: series.key, at: due, core: &core, actions: &actions)
                watchDeadlines.insert(WatchDeadline(time: end, request: request, series: deadline.series))
            }
            watches.series[deadline.series] = watch
            request.watches = watches
        }
    }

    // MARK: The end

    /// Ends what is open of a request, on one key or on all.
    mutating func closeWatches(
        of request: RequestState, series only: Int32? = nil, reason: WatchRecord.Reason, core: inout ManagerCore,
        actions: inout Actions
    ) {
        guard var watches = request.watches else { return }
        request.watches = nil
        let numbers = only.map { [$0] } ?? watches.series.keys.sorted()
        for number in numbers {
            guard let watch = watches.series[number], let series = table.series[Int(number)] else { continue }
            let time = largestTime ?? Timestamp(microseconds: 0)
            if let open = watch.expected {
                tell(
                    .averted, open, .within, of: request, key: series.key, at: time, reason: reason, core: &core,
                    actions: &actions)
            }
            if let open = watch.overdue {
                tell(
                    .ended, open, .overdue, of: request, key: series.key, at: max(time, open.windowEnd), reason: reason,
                    core: &core, actions: &actions)
            }
            watches.series[number] = nil
        }
        if only == nil {
            closeCarried(&watches, of: request, reason: reason, core: &core, actions: &actions)
            closeWhole(&watches, of: request, reason: reason, core: &core, actions: &actions)
        }
        request.watches = watches
    }

    /// Forgets when watches have to be looked at, once all are closed.
    mutating func forgetWatchDeadlines() { watchDeadlines = Heap() }

    func tell(
        _ state: WatchRecord.State, _ episode: WatchEpisode, _ kind: WatchRecord.Kind, of request: RequestState,
        key: [UInt8], at time: Timestamp, reason: WatchRecord.Reason? = nil, probability: Double? = nil,
        position: Position? = nil, isWhole: Bool = false, core: inout ManagerCore, actions: inout Actions
    ) {
        actions.items.append(
            .watch(
                WatchRecord(
                    id: episode.id, request: request.id, key: key, isWhole: isWhole, kind: kind, state: state,
                    reason: reason,
                    probability: probability ?? episode.probability, windowStart: episode.windowStart,
                    windowEnd: episode.windowEnd, deadline: episode.deadline, position: lastPosition ?? position,
                    time: time, isCalibrated: episode.isCalibrated),
                to: request.destination))
    }
}
