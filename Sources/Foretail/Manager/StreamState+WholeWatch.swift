import FieldExtraction
import Forecasting
import HeapModule

/// Watching a stream of several keys as a whole: an alarm when nothing comes at all that matches.
extension StreamState {
    /// Stands for the stream as a whole, where a watch names a series.
    static let wholeStream: Int32 = -2

    /// Keys from which on a stream as a whole is more than its one key.
    private static let leastKeys = 2

    /// Takes in that an event matched, of whichever key. Events of one instant count as one.
    mutating func noteWhole(
        _ watches: inout RequestWatches, of request: RequestState, reading: Reading, core: inout ManagerCore,
        actions: inout Actions
    ) {
        guard !descriptor.key.isEmpty else { return }
        let time = reading.time
        if let open = watches.whole.overdue {
            tellWhole(.resumed, open, of: request, at: time, core: &core, actions: &actions)
            watches.whole.overdue = nil
        }
        guard reading.movesClock else { return }
        if let last = watches.whole.lastMatch {
            guard time > last else { return }
            let gap = time.microseconds - last.microseconds
            watches.whole.note(gap: gap)
            if watches.whole.arrival == nil { watches.whole.arrival = ArrivalForecaster(steps: [1]) }
            watches.whole.arrival?.learn(gapMicroseconds: gap)
        }
        watches.whole.lastMatch = time
        // Looked at again when it is due: then the last match says by when the next one is.
        guard watches.whole.due == nil, let due = wholeDue(&watches) else { return }
        watches.whole.due = due
        watchDeadlines.insert(WatchDeadline(time: due, request: request, series: Self.wholeStream))
    }

    /// When the next match is overdue; nil while that is not known.
    private func wholeDue(_ watches: inout RequestWatches) -> Timestamp? {
        guard watches.series.count >= Self.leastKeys, let overdue = watches.settings.overdue,
            let last = watches.whole.lastMatch, let arrival = watches.whole.arrival,
            let expected = watches.due(
                arrival, deviation: watches.whole.deviation, probability: overdue.probability),
            last.microseconds <= Timestamp.latest.microseconds - expected.due
        else { return nil }
        watches.whole.median = expected.median
        return Timestamp(microseconds: last.microseconds + expected.due)
    }

    /// Ends the alarm that `clock` has passed, or gives the one that is due by it.
    mutating func expireWhole(
        of request: RequestState, at deadline: Timestamp, before clock: Timestamp, isHistory: Bool,
        core: inout ManagerCore, actions: inout Actions
    ) {
        guard var watches = request.watches else { return }
        request.watches = nil
        defer { request.watches = watches }
        if let open = watches.whole.overdue {
            guard open.deadline < clock else { return }
            tellWhole(
                .ended, open, of: request, at: open.deadline, reason: .silence, core: &core, actions: &actions)
            watches.whole.overdue = nil
            watches.whole.lastMatch = nil
            return
        }
        // What was overdue earlier is of no account: a match came since.
        guard watches.whole.due == deadline else { return }
        watches.whole.due = nil
        guard let due = wholeDue(&watches), let last = watches.whole.lastMatch else { return }
        guard due < clock else {
            watches.whole.due = due
            watchDeadlines.insert(WatchDeadline(time: due, request: request, series: Self.wholeStream))
            return
        }
        // What was overdue in the past is no news.
        guard !isHistory, let overdue = watches.settings.overdue else { return }
        let patience = Int64(min(Double(due.microseconds - last.microseconds) * WatchSettings.patience, 4e17))
        let end = Timestamp(microseconds: min(due.microseconds + patience, Timestamp.latest.microseconds))
        let episode = WatchEpisode(
            id: core.makeWatchID(), probability: overdue.probability,
            windowStart: Timestamp(microseconds: min(last.microseconds + watches.whole.median, due.microseconds)),
            windowEnd: due,
            isCalibrated: watches.whole.arrival?.count ?? 0 >= WatchSettings.calibrationWindows, deadline: end)
        watches.whole.overdue = episode
        tellWhole(.overdue, episode, of: request, at: due, core: &core, actions: &actions)
        watchDeadlines.insert(WatchDeadline(time: end, request: request, series: Self.wholeStream))
    }

    /// Ends the alarm of the stream as a whole.
    mutating func closeWhole(
        _ watches: inout RequestWatches, of request: RequestState, reason: WatchRecord.Reason,
        core: inout ManagerCore, actions: inout Actions
    ) {
        if let open = watches.whole.overdue {
            let time = max(largestTime ?? open.windowEnd, open.windowEnd)
            tellWhole(.ended, open, of: request, at: time, reason: reason, core: &core, actions: &actions)
        }
        watches.whole = SeriesWatch()
    }

    private func tellWhole(
        _ state: WatchRecord.State, _ episode: WatchEpisode, of request: RequestState, at time: Timestamp,
        reason: WatchRecord.Reason? = nil, core: inout ManagerCore, actions: inout Actions
    ) {
        tell(
            state, episode, .overdue, of: request, key: [], at: time, reason: reason, isWhole: true, core: &core,
            actions: &actions)
    }
}
