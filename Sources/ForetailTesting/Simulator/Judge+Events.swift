import FieldExtraction
import Foretail

/// What one event must bring about: expiries, the event, its outcomes, new predictions, in this order for each request.
extension Judge {
    /// Checks the actions of one event that came alone.
    mutating func event(
        _ source: SimulatedEvent, stream number: Int, now: Timestamp, isHistory: Bool, actions: [ObservedAction],
        names: StreamNames?
    ) throws(SimulationViolation) {
        report.events += 1
        let judged = streams[number].admit(source, now: now, isHistory: isHistory)
        if let judged {
            streams[number].count(judged, isCovered: isCovered(number, key: judged.key))
        }
        streams[number].noteArrival(now: now)
        guard let event = judged else {
            if let action = actions.first {
                throw SimulationViolation(
                    "event \(source.position) is a duplicate or unreadable, yet: \(action.summary)")
            }
            return
        }
        let clock = streams[number].watermark
        let others = try takeWatches(actions, event: event, isHistory: isHistory, clock: clock)
        var rest = others[...]
        try takeForgotten(&rest, stream: number)
        for request in requests(of: number) { expect(event, request: request, isHistory: isHistory) }
        for action in rest {
            switch action {
            case .forward(let forward): try check(forward, of: others)
            case .outcome(let outcome): try check(outcome, event: event)
            case .announce(let prediction):
                guard let names else { throw SimulationViolation("a prediction of an unknown stream") }
                guard !isHistory else { throw SimulationViolation("\(prediction.id) is announced by history") }
                try check(prediction, event: event, stream: number, names: names)
            case .gap, .watch, .other:
                throw SimulationViolation("nothing called for this at event \(source.position): \(action.summary)")
            }
        }
        for request in requests(of: number) { try finish(requests[request]!) }
        try checkWatches(stream: number, clock: clock)
    }

    /// Books the withdrawals of series that left to make room, which come first of all.
    private mutating func takeForgotten(
        _ rest: inout ArraySlice<ObservedAction>, stream: Int
    ) throws(SimulationViolation) {
        while case .outcome(let outcome) = rest.first, outcome.reason == .seriesEvicted {
            rest.removeFirst()
            guard plan.forgets else {
                throw SimulationViolation("\(outcome.prediction.id): its series left although there was room")
            }
            let number = try number(of: outcome.prediction.request)
            requests[number]?.expiring = [outcome.prediction.id: .init(result: .withdrawn, reason: .seriesEvicted)]
            try end(outcome, by: nil)
        }
    }

    private mutating func expect(_ event: JudgedEvent, request number: Int, isHistory: Bool) {
        guard var request = requests[number] else { return }
        request.phase = .expiries
        request.lastStep = 0
        request.expiring = [:]
        request.taken = [:]
        let matched = request.filter.matches(event.source, key: event.key)
        var first: Prediction?
        if !isHistory {
            request.expire(clock: streams[request.stream].watermark)
            first = request.take(event, matched: matched)
            if matched {
                let lead = first.map { event.time.microseconds - $0.made.microseconds } ?? 0
                request.due[event.key, default: []].append(
                    .init(event: event, prediction: first?.id, leadMicroseconds: lead))
            }
        }
        requests[number] = request
    }

    private mutating func check(
        _ forward: ObservedAction.Forward, of actions: [ObservedAction]
    ) throws(SimulationViolation) {
        let number = try number(of: forward.request)
        let key =
            forward.key.isEmpty && streams[requests[number]!.stream].stream.keyFields.isEmpty
            ? "" : String(decoding: forward.key, as: UTF8.self)
        let due = requests[number]?.due[key] ?? []
        guard let place = due.firstIndex(where: { $0.event.source.position == forward.position }) else {
            throw SimulationViolation(
                "\(forward.request): event \(forward.position) of key '\(key)' was forwarded twice or does not match")
        }
        guard place == 0 else {
            let missing = due[0].event.source.position
            let comesLater = actions.contains { action in
                if case .forward(let later) = action {
                    later.request == forward.request && later.position == missing
                } else {
                    false
                }
            }
            throw SimulationViolation(
                comesLater
                    ? "\(forward.request): key '\(key)' is reordered: \(forward.position) came before \(missing)"
                    : "\(forward.request): event \(missing) of key '\(key)' was never forwarded, but \(forward.position) was"
            )
        }
        let delivery = due[0]
        requests[number]?.due[key]?.removeFirst()
        guard forward.prediction == delivery.prediction, forward.leadMicroseconds == delivery.leadMicroseconds else {
            throw SimulationViolation(
                "\(forward.request): event \(forward.position) says \(forward.prediction?.description ?? "not announced"), "
                    + "lead \(forward.leadMicroseconds); judged \(delivery.prediction?.description ?? "not announced"), "
                    + "lead \(delivery.leadMicroseconds)")
        }
        let text = delivery.event.source
        guard forward.time == delivery.event.time, forward.raw == Array(text.text.utf8),
            !text.isValid || forward.body == forward.raw
        else {
            throw SimulationViolation("\(forward.request): event \(forward.position) was changed on its way")
        }
        try checkExpiries(requests[number]!)
        guard requests[number]!.phase.rawValue <= JudgedRequest.Phase.event.rawValue else {
            throw SimulationViolation(
                "\(forward.request): event \(forward.position) comes after its outcomes or new predictions")
        }
        requests[number]?.phase = .event
        report.forwards += 1
    }

    private mutating func check(_ outcome: Outcome, event: JudgedEvent) throws(SimulationViolation) {
        let number = try number(of: outcome.prediction.request)
        let isExpiry = requests[number]?.expiring[outcome.prediction.id] != nil
        if isExpiry, requests[number]!.phase != .expiries {
            throw SimulationViolation("\(outcome.prediction.id): expires after the event at whose time it ended")
        }
        try end(outcome, by: event)
    }

    /// Checks that nothing is missing once an event's actions are through. A delivery that is missing shows when the next
    /// one of its key comes, or at the end.
    private func finish(_ request: JudgedRequest) throws(SimulationViolation) {
        try checkExpiries(request)
        if let id = request.taken.keys.min(by: { $0.number < $1.number }), let due = request.taken[id] {
            throw SimulationViolation("prediction \(id) of \(request.id) got no outcome, judged \(due.result)")
        }
    }

    /// Checks that no delivery is due any more.
    func checkDeliveries(_ request: JudgedRequest) throws(SimulationViolation) {
        for (key, due) in request.due.sorted(by: { $0.key < $1.key }) {
            guard let first = due.first else { continue }
            throw SimulationViolation(
                "\(request.id): event \(first.event.source.position) of key '\(key)' was never forwarded")
        }
    }
}
