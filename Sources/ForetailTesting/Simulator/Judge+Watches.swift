import FieldExtraction
import Foretail

/// What every record of a watch must satisfy: each beginning ends once, in a way that fits it, at a time that fits it.
extension Judge {
    /// An episode that has begun and not ended.
    struct OpenWatch {
        var record: WatchRecord
        var request: Int
    }

    /// Checks the records of watches among some actions, and returns the others.
    ///
    /// - Parameters:
    ///   - event: The event that led to them, if one did.
    ///   - clock: What the stream's clock shows afterwards; nil where several streams were told the time.
    mutating func takeWatches(
        _ actions: [ObservedAction], event: JudgedEvent? = nil, isHistory: Bool = false, clock: Timestamp? = nil
    ) throws(SimulationViolation) -> [ObservedAction] {
        var others: [ObservedAction] = []
        for action in actions {
            guard case .watch(let watch) = action else {
                others.append(action)
                continue
            }
            if watch.state.isBeginning {
                try begin(watch, event: event, isHistory: isHistory, clock: clock)
            } else {
                try end(watch, event: event, clock: clock)
            }
        }
        return others
    }

    private mutating func begin(
        _ watch: WatchRecord, event: JudgedEvent?, isHistory: Bool, clock: Timestamp?
    ) throws(SimulationViolation) {
        let number = try number(of: watch.request)
        guard let settings = requests[number]?.settings?.watch else {
            throw SimulationViolation("watch \(watch.id): \(watch.request) watches for nothing")
        }
        guard watch.id > lastWatch else { throw SimulationViolation("watch \(watch.id): its number was given before") }
        lastWatch = watch.id
        let twin = openWatches.values.first {
            $0.request == number && $0.record.key == watch.key && $0.record.kind == watch.kind
                && $0.record.isWhole == watch.isWhole
        }
        if let twin { throw SimulationViolation("watch \(watch.id) begins while \(twin.record.id) is open") }
        guard !isHistory else { throw SimulationViolation("watch \(watch.id) begins in the past") }
        guard watch.windowStart <= watch.windowEnd else {
            throw SimulationViolation("watch \(watch.id): its window ends before it begins")
        }
        switch (watch.kind, watch.state) {
        case (.within, .expected):
            guard let within = settings.within, let event else {
                throw SimulationViolation("watch \(watch.id): nothing called for a warning")
            }
            let matched = requests[number]!.filter.matches(event.source, key: event.key)
            let length = watch.windowEnd.microseconds - watch.windowStart.microseconds
            guard !matched, watch.windowStart == event.time, length == within.microseconds,
                watch.key == Array(event.key.utf8), watch.probability >= within.probability
            else { throw SimulationViolation("watch \(watch.id): a warning that does not fit its event") }
        case (.overdue, .overdue):
            guard !watch.isWhole || watch.key.isEmpty, let overdue = settings.overdue,
                watch.probability == overdue.probability,
                clock.map({ watch.windowEnd < $0 }) ?? true
            else { throw SimulationViolation("watch \(watch.id): an alarm before its time") }
        default: throw SimulationViolation("watch \(watch.id) begins as \(watch.state.name)")
        }
        openWatches[watch.id] = OpenWatch(record: watch, request: number)
        report.watches += 1
    }

    private mutating func end(
        _ watch: WatchRecord, event: JudgedEvent?, clock: Timestamp?
    ) throws(SimulationViolation) {
        guard let open = openWatches.removeValue(forKey: watch.id) else {
            throw SimulationViolation("watch \(watch.id) ended twice, or never began: \(watch.state.name)")
        }
        guard open.record.request == watch.request, open.record.key == watch.key, open.record.kind == watch.kind,
            open.record.isWhole == watch.isWhole,
            open.record.windowEnd == watch.windowEnd
        else { throw SimulationViolation("watch \(watch.id) ends as another than it began") }
        let fits: Bool
        switch (watch.kind, watch.state) {
        case (.within, .came), (.overdue, .resumed):
            fits =
                watch.reason == nil
                && event.map {
                    (watch.isWhole || watch.key == Array($0.key.utf8))
                        && requests[open.request]!.filter.matches($0.source, key: $0.key)
                } ?? false
        case (.within, .averted):
            fits = watch.reason != .window || clock.map { watch.windowEnd < $0 } ?? true
        case (.overdue, .ended): fits = watch.reason != nil
        default: fits = false
        }
        guard fits else {
            throw SimulationViolation("watch \(watch.id) ends as \(watch.state.name), which does not fit")
        }
        guard watch.reason != .series || plan.forgets else {
            throw SimulationViolation("watch \(watch.id): its series left although there was room")
        }
    }

    /// Checks that nothing of a stream is open beyond its time.
    func checkWatches(stream: Int, clock: Timestamp?) throws(SimulationViolation) {
        guard let clock else { return }
        for open in openWatches.values where requests[open.request]?.stream == stream {
            guard open.record.kind == .overdue || open.record.windowEnd >= clock else {
                throw SimulationViolation("watch \(open.record.id) outlived its window")
            }
        }
    }

    /// Checks that nothing is open of some requests.
    func checkNoWatch(of numbers: [Int]) throws(SimulationViolation) {
        for open in openWatches.values where numbers.contains(open.request) {
            throw SimulationViolation("watch \(open.record.id) was never ended")
        }
    }
}
