import FieldExtraction
import HeapModule

/// Watches under way that outlive their stream's models: over a restart of the program, and where models are put in the place of
/// others.
extension StreamState {
    /// What is under way, by request and key.
    var openWatches: [OpenWatch] {
        var open: [OpenWatch] = []
        for request in predicting {
            guard let watches = request.watches else { continue }
            for number in watches.series.keys.sorted() {
                guard let watch = watches.series[number], let series = table.series[Int(number)] else { continue }
                open += watch.open(of: request.id, key: series.key)
            }
            for key in watches.carried.keys.sorted(by: { $0.lexicographicallyPrecedes($1) }) {
                open += watches.carried[key]?.open(of: request.id, key: key) ?? []
            }
            for var whole in watches.whole.open(of: request.id, key: []) {
                whole.isWhole = true
                open.append(whole)
            }
        }
        return open
    }

    /// Forgets what is under way without a word: somebody goes on with it.
    mutating func releaseWatches() {
        for request in predicting {
            request.watches?.series = [:]
            request.watches?.carried = [:]
            request.watches?.whole.overdue = nil
            request.watches?.whole.due = nil
        }
        forgetWatchDeadlines()
    }

    /// Goes on with a watch of a request, or ends it where that is known already.
    mutating func carry(
        _ open: OpenWatch, of request: RequestState, core: inout ManagerCore, actions: inout Actions
    ) {
        core.nextWatch = max(core.nextWatch, open.id + 1)
        guard var watches = request.watches else {
            return end(open, .restart, of: request, core: &core, actions: &actions)
        }
        request.watches = nil
        defer { request.watches = watches }
        if open.isOutdated { return end(open, .filter, of: request, core: &core, actions: &actions) }
        if let match = open.match {
            if open.kind == .within { watches.note(open.episode, came: match.time <= open.deadline) }
            return end(open, with: match, of: request, core: &core, actions: &actions)
        }
        if open.isWhole {
            guard watches.whole.overdue == nil else {
                return end(open, .restart, of: request, core: &core, actions: &actions)
            }
            watches.whole.take(open.episode, kind: .overdue)
            watchDeadlines.insert(WatchDeadline(time: open.deadline, request: request, series: Self.wholeStream))
            return
        }
        let number = unsafe open.key.withUnsafeBufferPointer { unsafe table.find($0) }
        var watch = number.map { watches.series[$0] ?? SeriesWatch() } ?? watches.carried[open.key] ?? SeriesWatch()
        // Something else was said of the key meanwhile.
        guard !watch.isOpen(open.kind) else {
            return end(open, .restart, of: request, core: &core, actions: &actions)
        }
        watch.take(open.episode, kind: open.kind)
        if let number {
            watches.series[number] = watch
        } else {
            watches.carried[open.key] = watch
        }
        watchDeadlines.insert(
            WatchDeadline(time: open.deadline, request: request, series: number ?? Self.carriedSeries))
    }

    /// Stands for all keys of a request that have no series.
    static let carriedSeries: Int32 = -1

    /// Hands a key's carried watches to its series, at its next event.
    mutating func adoptCarried(
        _ watches: inout RequestWatches, series number: Int32, key: [UInt8], request: RequestState
    ) {
        guard let carried = watches.carried.removeValue(forKey: key) else { return }
        var watch = watches.series[number] ?? SeriesWatch()
        for kind in [WatchRecord.Kind.within, .overdue] {
            guard let episode = carried.episode(kind) else { continue }
            watch.take(episode, kind: kind)
            watchDeadlines.insert(WatchDeadline(time: episode.deadline, request: request, series: number))
        }
        watches.series[number] = watch
    }

    /// Ends what `clock` has passed of the watches of keys without a series.
    mutating func expireCarried(
        of request: RequestState, before clock: Timestamp, core: inout ManagerCore, actions: inout Actions
    ) {
        guard var watches = request.watches, !watches.carried.isEmpty else { return }
        request.watches = nil
        for key in watches.carried.keys.sorted(by: { $0.lexicographicallyPrecedes($1) }) {
            guard var watch = watches.carried[key] else { continue }
            if let open = watch.expected, open.deadline < clock {
                watches.note(open, came: false)
                tell(
                    .averted, open, .within, of: request, key: key, at: open.deadline, reason: .window, core: &core,
                    actions: &actions)
                watch.expected = nil
            }
            if let open = watch.overdue, open.deadline < clock {
                tell(
                    .ended, open, .overdue, of: request, key: key, at: open.deadline, reason: .silence, core: &core,
                    actions: &actions)
                watch.overdue = nil
            }
            watches.carried[key] = watch.isOpen(.within) || watch.isOpen(.overdue) ? watch : nil
        }
        request.watches = watches
    }

    /// Ends what is under way on keys without a series.
    mutating func closeCarried(
        _ watches: inout RequestWatches, of request: RequestState, reason: WatchRecord.Reason,
        core: inout ManagerCore, actions: inout Actions
    ) {
        for key in watches.carried.keys.sorted(by: { $0.lexicographicallyPrecedes($1) }) {
            for open in watches.carried[key]?.open(of: request.id, key: key) ?? [] {
                end(open, reason, of: request, core: &core, actions: &actions)
            }
        }
        watches.carried = [:]
    }

    private func end(
        _ open: OpenWatch, _ reason: WatchRecord.Reason, of request: RequestState, core: inout ManagerCore,
        actions: inout Actions
    ) {
        let now = largestTime ?? open.windowStart
        tell(
            open.kind == .within ? .averted : .ended, open.episode, open.kind, of: request, key: open.key,
            at: open.kind == .within ? max(now, open.windowStart) : max(now, open.windowEnd), reason: reason,
            position: open.position, isWhole: open.isWhole, core: &core, actions: &actions)
    }

    private func end(
        _ open: OpenWatch, with match: OpenWatch.Match, of request: RequestState, core: inout ManagerCore,
        actions: inout Actions
    ) {
        let isInTime = match.time <= open.deadline
        let state: WatchRecord.State
        let reason: WatchRecord.Reason?
        switch (open.kind, isInTime) {
        case (.within, true): (state, reason) = (.came, nil)
        case (.within, false): (state, reason) = (.averted, .window)
        case (.overdue, true): (state, reason) = (.resumed, nil)
        case (.overdue, false): (state, reason) = (.ended, .silence)
        }
        tell(
            state, open.episode, open.kind, of: request, key: open.key, at: isInTime ? match.time : open.deadline,
            reason: reason, position: match.position, isWhole: open.isWhole, core: &core, actions: &actions)
    }
}

extension SeriesWatch {
    fileprivate func open(of request: TailRequestID, key: [UInt8]) -> [OpenWatch] {
        [WatchRecord.Kind.within, .overdue].compactMap { kind in
            episode(kind).map { OpenWatch($0, kind: kind, request: request, key: key) }
        }
    }

    fileprivate func isOpen(_ kind: WatchRecord.Kind) -> Bool { episode(kind) != nil }

    fileprivate func episode(_ kind: WatchRecord.Kind) -> WatchEpisode? { kind == .within ? expected : overdue }

    fileprivate mutating func take(_ episode: WatchEpisode, kind: WatchRecord.Kind) {
        switch kind {
        case .within: expected = episode
        case .overdue:
            overdue = episode
            due = nil
        }
    }
}
