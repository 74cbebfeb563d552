import FieldExtraction
import Foretail

/// An independent judge of the manager's actions: a plain, slow reading of docs/records.md that shares no code with it.
///
/// Told what the manager was told and what it did, in the same order, it keeps its own account of every stream, request and
/// prediction, and throws at the first action that is missing, wrong, in excess or out of order.
struct Judge {
    let plan: SimulationPlan
    var streams: [JudgedStream]
    var requests: [Int: JudgedRequest] = [:]
    /// How each prediction ended.
    var ends: [PredictionID: Outcome.Result] = [:]
    var lastID: UInt64 = 0
    /// The watches that have begun and not ended, by number.
    var openWatches: [UInt64: OpenWatch] = [:]
    var lastWatch: UInt64 = 0
    var budget: Int
    private var bytesBefore = 0
    private var numbers: [TailRequestID: Int] = [:]
    var report = SimulationReport()

    init(_ plan: SimulationPlan) {
        self.plan = plan
        streams = plan.streams.map(JudgedStream.init)
        budget = plan.configuration.limits.bufferBytes
    }

    /// The number of a request that the manager speaks of.
    func number(of id: TailRequestID) throws(SimulationViolation) -> Int {
        guard let number = numbers[id], requests[number] != nil else {
            throw SimulationViolation("an action for \(id), which is not registered")
        }
        return number
    }

    /// The numbers of a stream's requests, oldest first.
    func requests(of stream: Int) -> [Int] {
        requests.keys.filter { requests[$0]?.stream == stream }.sorted()
    }

    /// Whether some request that asks for predictions can match events of the key.
    func isCovered(_ stream: Int, key: String) -> Bool {
        requests.values.contains {
            $0.stream == stream && $0.settings != nil
                && $0.filter.reaches(key, fields: streams[stream].stream.keyFields)
        }
    }

    // MARK: Requests

    mutating func registered(_ request: SimulatedRequest, number: Int, id: TailRequestID) {
        numbers[id] = number
        requests[number] = JudgedRequest(
            id: id, stream: request.stream, filter: request.filter, settings: request.settings)
    }

    mutating func updated(
        _ number: Int, filter: SimulatedFilter, _ actions: [ObservedAction]
    ) throws(SimulationViolation) {
        try withdrawn([number], reason: .filterChanged, actions)
        requests[number]?.filter = filter
    }

    mutating func removed(_ number: Int, _ actions: [ObservedAction]) throws(SimulationViolation) {
        try withdrawn([number], reason: .requestRemoved, actions)
        if let request = requests[number] { try checkDeliveries(request) }
        requests[number] = nil
    }

    mutating func ended(stream: Int, _ actions: [ObservedAction]) throws(SimulationViolation) {
        try withdrawn(requests(of: stream), reason: .endOfInput, actions)
        for number in requests(of: stream) { try checkDeliveries(requests[number]!) }
    }

    /// Checks that every request of a stream is told of a gap, once and in order.
    func gapped(stream: Int, _ actions: [ObservedAction]) throws(SimulationViolation) {
        var told: [TailRequestID] = []
        for action in actions {
            guard case .gap(let request) = action else { throw SimulationViolation("not a gap: \(action.summary)") }
            told.append(request)
        }
        let due = requests(of: stream).compactMap { requests[$0]?.id }
        guard told == due else { throw SimulationViolation("a gap was told to \(told) instead of \(due)") }
    }

    /// Checks that all open records of some requests were withdrawn, and nothing else happened.
    private mutating func withdrawn(
        _ numbers: [Int], reason: Outcome.Reason, _ actions: [ObservedAction]
    ) throws(SimulationViolation) {
        for number in numbers {
            requests[number]?.expiring = [:]
            for record in requests[number]?.open ?? [] {
                requests[number]?.expiring[record.prediction.id] = .init(result: .withdrawn, reason: reason)
            }
        }
        for action in try takeWatches(actions) {
            guard case .outcome(let outcome) = action else {
                throw SimulationViolation("only withdrawals (\(reason.name)) were due, not: \(action.summary)")
            }
            try end(outcome, by: nil)
        }
        for number in numbers { try checkExpiries(requests[number]!) }
        try checkNoWatch(of: numbers)
    }

    // MARK: Time

    mutating func ticked(now: Timestamp, _ actions: [ObservedAction]) throws(SimulationViolation) {
        let grace = plan.configuration.limits.silenceGraceMicroseconds
        for (number, request) in requests {
            requests[number]?.expire(clock: streams[request.stream].clock(now: now, graceMicroseconds: grace))
        }
        for action in try takeWatches(actions) {
            guard case .outcome(let outcome) = action else {
                throw SimulationViolation("only expiries were due at a tick, not: \(action.summary)")
            }
            try end(outcome, by: nil)
        }
        for request in requests.values { try checkExpiries(request) }
        for number in streams.indices {
            try checkWatches(stream: number, clock: streams[number].clock(now: now, graceMicroseconds: grace))
        }
    }

    // MARK: Ends

    /// Books an outcome and checks it against what was due.
    mutating func end(_ outcome: Outcome, by event: JudgedEvent?) throws(SimulationViolation) {
        let id = outcome.prediction.id
        if let before = ends[id] {
            throw SimulationViolation("prediction \(id) ended twice: \(before), then \(outcome.result)")
        }
        let number = try number(of: outcome.prediction.request)
        guard let record = requests[number]?.close(id) else {
            throw SimulationViolation("prediction \(id) ended \(outcome.result) but was never announced")
        }
        ends[id] = outcome.result
        switch outcome.result {
        case .hit: report.hits += 1
        case .wrong: report.wrong += 1
        case .expired: report.expired += 1
        case .withdrawn: report.withdrawn += 1
        }
        if outcome.result == .withdrawn, outcome.reason == .evicted {
            guard plan.evicts else { throw SimulationViolation("prediction \(id) was evicted under an ample budget") }
            return
        }
        if let due = requests[number]?.expiring.removeValue(forKey: id) {
            return try check(outcome, due: due)
        }
        guard let due = requests[number]?.taken.removeValue(forKey: id), let event else {
            throw SimulationViolation(
                "prediction \(id) ended \(outcome.result)\(outcome.reason.map { " (\($0.name))" } ?? "") but is still open: "
                    + "window \(record.prediction.windowStart)…\(record.prediction.windowEnd)")
        }
        try check(outcome, due: due)
        guard outcome.position == event.source.position else {
            throw SimulationViolation(
                "prediction \(id) ended by \(event.source.position), says \(outcome.position as Any)")
        }
        guard outcome.leadMicroseconds == event.time.microseconds - record.prediction.made.microseconds else {
            throw SimulationViolation(
                "prediction \(id): lead \(outcome.leadMicroseconds as Any) µs is not event time minus made")
        }
        requests[number]?.phase = .outcomes
    }

    private func check(_ outcome: Outcome, due: JudgedRequest.End) throws(SimulationViolation) {
        guard outcome.result == due.result, outcome.reason == due.reason else {
            throw SimulationViolation(
                "prediction \(outcome.prediction.id) says \(outcome.result) (\(outcome.reason?.name ?? "no reason")), "
                    + "judged \(due.result) (\(due.reason?.name ?? "no reason"))")
        }
    }

    func checkExpiries(_ request: JudgedRequest) throws(SimulationViolation) {
        guard let id = request.expiring.keys.min(by: { $0.number < $1.number }), let due = request.expiring[id] else {
            return
        }
        throw SimulationViolation(
            "prediction \(id) of \(request.id) outlived its end: no outcome, judged \(due.result) (\(due.reason?.name ?? "window over"))"
        )
    }

    /// Checks what the manager counted on its streams.
    func checkCounters(_ manager: borrowing PredictiveBufferManager) throws(SimulationViolation) {
        for judged in streams {
            guard var stated = manager.streamStatus(judged.stream.name)?.counters else { continue }
            // Matches and lateness depend on who listens; changes of kind and long keys are the manager's own.
            let own = judged.counters
            (stated.matched, stated.late, stated.kindChanges, stated.longKeys) = (0, 0, 0, 0)
            guard stated == own else {
                throw SimulationViolation("stream \(judged.stream.name) counted \(stated), should be \(own)")
            }
        }
    }

    // MARK: Bytes

    /// Checks the buffers as the manager states them against the open records.
    mutating func checkBuffers(_ manager: borrowing PredictiveBufferManager) throws(SimulationViolation) {
        var total = 0
        for request in requests.values {
            guard let status = manager.bufferStatus(for: request.id) else {
                throw SimulationViolation("\(request.id) has no buffer status")
            }
            let bytes = request.bytes
            total += bytes
            guard status.bytes == bytes, status.predictions == request.open.count else {
                throw SimulationViolation(
                    "the buffer of \(request.id) states \(status.predictions) predictions in \(status.bytes) bytes; "
                        + "announced and not ended are \(request.open.count) in \(bytes)")
            }
        }
        let stated = manager.memory.bufferBytes
        guard stated == total else {
            throw SimulationViolation("all buffers are booked with \(stated) bytes; the open predictions make \(total)")
        }
        guard stated <= max(budget, bytesBefore) else {
            throw SimulationViolation("the buffers grew to \(stated) bytes, over the budget of \(budget)")
        }
        bytesBefore = stated
    }
}
