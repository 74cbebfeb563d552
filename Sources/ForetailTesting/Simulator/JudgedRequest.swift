import FieldExtraction
import Foretail

/// A tail request as the judge follows it: its open records, its deliveries, and what one event must do to them.
struct JudgedRequest {
    /// How a record must end, and why.
    struct End: Equatable {
        var result: Outcome.Result
        var reason: Outcome.Reason?
    }

    /// A delivery that is due.
    struct Delivery {
        var event: JudgedEvent
        var prediction: PredictionID?
        var leadMicroseconds: Int64
    }

    /// How far the output for one event has come.
    enum Phase: Int {
        case expiries, event, outcomes, predictions
    }

    let id: TailRequestID
    let stream: Int
    var filter: SimulatedFilter
    let settings: PredictionSettings?
    /// Open records, in the order announced.
    var open: [JudgedRecord] = []
    /// Deliveries due, in order, by key.
    var due: [String: [Delivery]] = [:]
    /// The ends that the event at hand must bring before it is forwarded, and after.
    var expiring: [PredictionID: End] = [:]
    var taken: [PredictionID: End] = [:]
    var phase = Phase.expiries
    /// The step announced last for the event at hand.
    var lastStep = 0

    /// The counted bytes of the open records and their slots.
    var bytes: Int {
        var slots: Set<String> = []
        var bytes = 0
        for record in open {
            bytes += record.bytes
            slots.insert("\(record.prediction.series):\(record.prediction.slot)")
        }
        return bytes + slots.count * 96
    }

    /// Works out what a clock ends: slots whose window is over, and records whose time to live is.
    mutating func expire(clock: Timestamp?) {
        expiring = [:]
        guard let clock else { return }
        var left = open
        var hasChanged = true
        while hasChanged {
            hasChanged = false
            // When a record dies, its slot goes back to the window of the record before.
            for record in left {
                guard let latest = left.last(where: { $0.isOfSlot(of: record) }) else { continue }
                let expires = record.prediction.expires
                guard record.dies, expires < latest.prediction.windowEnd, expires < clock else { continue }
                expiring[record.prediction.id] = End(result: .withdrawn, reason: .ttl)
                left.removeAll { $0.prediction.id == record.prediction.id }
                hasChanged = true
            }
        }
        for record in left {
            guard let latest = left.last(where: { $0.isOfSlot(of: record) }) else { continue }
            guard latest.prediction.windowEnd < clock else { continue }
            expiring[record.prediction.id] = End(result: .expired, reason: nil)
        }
    }

    /// Works out which slot the event takes and how its records end.
    ///
    /// - Returns: The record that announced it: the first written that agrees and is not trivial.
    mutating func take(_ event: JudgedEvent, matched: Bool) -> Prediction? {
        taken = [:]
        let left = open.filter { expiring[$0.prediction.id] == nil && $0.isOf(key: event.key) }
        var slots: [Int: [JudgedRecord]] = [:]
        for record in left { slots[record.prediction.slot, default: []].append(record) }
        let inside = slots.values.filter { records in
            let latest = records[records.count - 1].prediction
            return latest.windowStart <= event.time && event.time <= latest.windowEnd
        }.sorted { one, other in
            let (first, second) = (one[one.count - 1].prediction, other[other.count - 1].prediction)
            return (first.time, first.slot) < (second.time, second.slot)
        }
        let agreeing = inside.first { $0.contains { $0.agrees(event, matched: matched) } }
        guard let slot = agreeing ?? inside.first else { return nil }
        var first: Prediction?
        for record in slot {
            let hit = record.agrees(event, matched: matched)
            taken[record.prediction.id] = End(result: hit ? .hit : .wrong, reason: nil)
            if hit, first == nil, !record.prediction.isTrivial { first = record.prediction }
        }
        return first
    }

    /// Removes an open record; nil if there is none with this id.
    mutating func close(_ id: PredictionID) -> JudgedRecord? {
        guard let place = open.firstIndex(where: { $0.prediction.id == id }) else { return nil }
        return open.remove(at: place)
    }
}

extension JudgedRecord {
    /// Whether both records speak of the same expected event.
    func isOfSlot(of other: JudgedRecord) -> Bool {
        prediction.key == other.prediction.key && prediction.slot == other.prediction.slot
    }

    /// Whether the record is of a key.
    func isOf(key: String) -> Bool { prediction.key == Array(key.utf8) }
}
