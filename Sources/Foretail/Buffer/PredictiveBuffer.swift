import FieldExtraction
import HeapModule

/// The live predictions of one request: slots per series, deadlines, bytes, and the order in which series were used.
///
/// Decides nothing about what to announce; it holds, judges and gives back. Every record that enters leaves exactly once,
/// through `take`, `expire` or one of the `withdraw` calls.
struct PredictiveBuffer {
    /// A record on its way out.
    struct Ended {
        var prediction: Prediction
        var result: Outcome.Result
        var reason: Outcome.Reason?
    }

    /// A point in time at which a slot has to be looked at.
    private struct Deadline: Comparable {
        var time: Timestamp
        var series: Int32
        var ordinal: Int

        static func < (left: Deadline, right: Deadline) -> Bool {
            (left.time, left.series, left.ordinal) < (right.time, right.series, right.ordinal)
        }
    }

    /// The slots of one series and its neighbours in the order of use.
    private struct SeriesSlots {
        var number: Int32
        var open: [OpenSlot] = []
        var bytes = 0
        /// Their places.
        var older: Int32 = -1
        var newer: Int32 = -1
        var isLinked = false
    }

    /// The bytes a slot is counted with beside its records.
    static let slotBytes = 96
    /// Deadlines of slots already taken that may stand in the heap beyond as many as there are slots.
    static let staleDeadlines = 4_096
    /// The bytes a record is counted with beside its prediction.
    static let recordBytes = 80

    /// Live records.
    private(set) var count = 0
    /// Live slots.
    private(set) var slotCount = 0
    /// Alternatives staged beside the records' own values.
    private(set) var stagedCount = 0
    /// Counted bytes of slots and records.
    private(set) var bytes = 0
    private var places = SeriesPlaces()
    private var series: [SeriesSlots] = []
    private var deadlines = Heap<Deadline>()
    private var oldest: Int32 = -1
    private var newest: Int32 = -1

    /// The number of series with at least one open slot.
    private(set) var seriesCount = 0

    /// The bytes `prediction` will be counted with if it opens a new slot or joins one.
    @inline(__always)
    func cost(of prediction: Prediction) -> Int {
        prediction.byteCount + Self.recordBytes
            + (slot(series: prediction.series, ordinal: prediction.slot) == nil ? Self.slotBytes : 0)
    }

    /// The open slot of a series with this ordinal.
    @inline(__always)
    func slot(series number: Int32, ordinal: Int) -> OpenSlot? {
        guard let place = places.find(number) else { return nil }
        return series[place].open.first { $0.ordinal == ordinal }
    }

    /// The latest record of a slot, if the slot is open.
    @inline(__always)
    func latest(series number: Int32, ordinal: Int) -> Prediction? {
        guard let place = places.find(number) else { return nil }
        for slot in series[place].open where slot.ordinal == ordinal { return slot.latest }
        return nil
    }

    /// Adds a record to its slot, opening it if need be.
    mutating func insert(_ prediction: Prediction) {
        let number = admit(prediction.series)
        var deadline = prediction.windowEnd
        if prediction.expires < deadline { deadline = prediction.expires }
        let cost = cost(of: prediction)
        if let place = series[number].open.firstIndex(where: { $0.ordinal >= prediction.slot }) {
            if series[number].open[place].ordinal == prediction.slot {
                series[number].open[place].append(prediction)
                if deadline < series[number].open[place].scheduled {
                    series[number].open[place].scheduled = deadline
                    schedule(deadline, prediction)
                }
            } else {
                series[number].open.insert(
                    OpenSlot(prediction, scheduled: deadline), at: place)
                schedule(deadline, prediction)
                slotCount += 1
            }
        } else {
            if series[number].open.isEmpty { seriesCount += 1 }
            series[number].open.append(OpenSlot(prediction, scheduled: deadline))
            schedule(deadline, prediction)
            slotCount += 1
        }
        count += 1
        stagedCount += prediction.alternatives.count
        bytes += cost
        series[number].bytes += cost
        touch(Int32(number))
    }

    /// The place of a series, given one if it has none.
    private mutating func admit(_ number: Int32) -> Int {
        if let place = places.find(number) { return place }
        places.insert(number)
        series.append(SeriesSlots(number: number))
        return series.count - 1
    }

    /// Lets an event of a series take the slot it belongs to and judges all of the slot's records.
    ///
    /// Of the open slots whose window holds the event, in order of expected time (ties: lower slot), the first of which some
    /// record agrees is taken, else the first of them.
    mutating func take(
        series number: Int32, time: Timestamp, matched: Bool, readings: [Double], into ended: inout [Ended]
    ) {
        guard let home = places.find(number), !series[home].open.isEmpty else { return }
        var first = -1
        var firstAgreeing = -1
        let open = series[home].open
        for place in open.indices where open[place].contains(time) {
            if first < 0 || Self.isEarlier(open[place], open[first]) { first = place }
            guard firstAgreeing < 0 || Self.isEarlier(open[place], open[firstAgreeing]) else { continue }
            for index in 0..<open[place].count
            where open[place][index].agrees(time: time, matched: matched, readings: readings) {
                firstAgreeing = place
                break
            }
        }
        let place = firstAgreeing >= 0 ? firstAgreeing : first
        guard place >= 0 else { return }
        let slot = close(series: home, place: place)
        for index in 0..<slot.count {
            let hit = slot[index].agrees(time: time, matched: matched, readings: readings)
            ended.append(Ended(prediction: slot[index], result: hit ? .hit : .wrong))
        }
    }

    private static func isEarlier(_ left: OpenSlot, _ right: OpenSlot) -> Bool {
        (left.latest.time, left.ordinal) < (right.latest.time, right.ordinal)
    }

    /// When some slot has to be looked at next.
    @inline(__always)
    var nextDeadline: Timestamp? { deadlines.min?.time }

    /// Whether some slot has to be looked at by `clock`.
    @inline(__always)
    func isDue(before clock: Timestamp) -> Bool { deadlines.min.map { $0.time < clock } ?? false }

    /// Ends the slots whose window closed before `clock`, and the records whose time to live did.
    mutating func expire(before clock: Timestamp, into ended: inout [Ended]) {
        while let deadline = deadlines.min, deadline.time < clock {
            deadlines.removeMin()
            settle(deadline, clock: clock, into: &ended)
        }
    }

    private mutating func settle(_ deadline: Deadline, clock: Timestamp, into ended: inout [Ended]) {
        guard let number = places.find(deadline.series),
            let place = series[number].open.firstIndex(where: { $0.ordinal == deadline.ordinal }),
            series[number].open[place].scheduled == deadline.time
        else { return }
        if series[number].open[place].latest.windowEnd < clock {
            let slot = close(series: number, place: place)
            for index in 0..<slot.count {
                let prediction = slot[index]
                ended.append(
                    prediction.isShortLived && prediction.expires < slot.latest.windowEnd
                        ? Ended(prediction: prediction, result: .withdrawn, reason: .ttl)
                        : Ended(prediction: prediction, result: .expired))
            }
            return
        }
        withdraw(from: number, place: place, reason: .ttl, into: &ended) {
            $0.isShortLived && $0.expires < clock
        }
        guard let still = series[number].open.firstIndex(where: { $0.ordinal == deadline.ordinal }) else { return }
        var next = series[number].open[still].latest.windowEnd
        let slot = series[number].open[still]
        for index in 0..<slot.count where slot[index].isShortLived && slot[index].expires < next {
            next = slot[index].expires
        }
        series[number].open[still].scheduled = next
        schedule(next, slot.latest)
    }

    /// Withdraws all records of a series.
    mutating func withdraw(series number: Int32, reason: Outcome.Reason, into ended: inout [Ended]) {
        guard let home = places.find(number) else { return }
        while !series[home].open.isEmpty {
            let slot = close(series: home, place: 0)
            for index in 0..<slot.count {
                ended.append(Ended(prediction: slot[index], result: .withdrawn, reason: reason))
            }
        }
    }

    /// Withdraws everything.
    mutating func withdrawAll(reason: Outcome.Reason, into ended: inout [Ended]) {
        for number in places.numbers { withdraw(series: number, reason: reason, into: &ended) }
        deadlines = Heap()
    }

    /// The series whose buffer was used longest ago, other than `spared`; nil if there is none.
    func leastRecentlyUsed(sparing spared: Int32) -> Int32? {
        var candidate = oldest
        while candidate >= 0, series[Int(candidate)].number == spared { candidate = series[Int(candidate)].newer }
        return candidate >= 0 ? series[Int(candidate)].number : nil
    }

    /// Calls `body` with every live record, by series and slot.
    func forEach(_ body: (Prediction) -> Void) {
        for number in places.numbers {
            for slot in series[places.find(number)!].open {
                for index in 0..<slot.count { body(slot[index]) }
            }
        }
    }

    private mutating func withdraw(
        from number: Int, place: Int, reason: Outcome.Reason, into ended: inout [Ended],
        where condition: (Prediction) -> Bool
    ) {
        let (rest, removed) = series[number].open[place].removing(where: condition)
        if let rest {
            series[number].open[place] = rest
            for prediction in removed {
                let cost = prediction.byteCount + Self.recordBytes
                bytes -= cost
                series[number].bytes -= cost
                count -= 1
                stagedCount -= prediction.alternatives.count
            }
        } else {
            _ = close(series: number, place: place)
        }
        for prediction in removed {
            ended.append(Ended(prediction: prediction, result: .withdrawn, reason: reason))
        }
    }

    private mutating func close(series number: Int, place: Int) -> OpenSlot {
        let slot = series[number].open.remove(at: place)
        var cost = Self.slotBytes
        for index in 0..<slot.count {
            cost += slot[index].byteCount + Self.recordBytes
            stagedCount -= slot[index].alternatives.count
        }
        bytes -= cost
        series[number].bytes -= cost
        count -= slot.count
        slotCount -= 1
        if deadlines.count > 2 * slotCount + Self.staleDeadlines { rebuildDeadlines() }
        if series[number].open.isEmpty {
            seriesCount -= 1
            unlink(Int32(number))
        }
        return slot
    }

    /// Drops the deadlines of slots that were taken: they would stay until the clock passes them.
    private mutating func rebuildDeadlines() {
        var kept: [Deadline] = []
        for entry in series {
            for slot in entry.open {
                kept.append(Deadline(time: slot.scheduled, series: entry.number, ordinal: slot.ordinal))
            }
        }
        deadlines = Heap(kept)
    }

    private mutating func schedule(_ time: Timestamp, _ prediction: Prediction) {
        deadlines.insert(Deadline(time: time, series: prediction.series, ordinal: prediction.slot))
    }

    // MARK: Order of use, a doubly linked list through `series`

    private mutating func touch(_ number: Int32) {
        guard newest != number else { return }
        if series[Int(number)].isLinked { unlink(number) }
        series[Int(number)].older = newest
        series[Int(number)].newer = -1
        series[Int(number)].isLinked = true
        if newest >= 0 { series[Int(newest)].newer = number } else { oldest = number }
        newest = number
    }

    private mutating func unlink(_ number: Int32) {
        guard series[Int(number)].isLinked else { return }
        let entry = series[Int(number)]
        if entry.older >= 0 { series[Int(entry.older)].newer = entry.newer } else { oldest = entry.newer }
        if entry.newer >= 0 { series[Int(entry.newer)].older = entry.older } else { newest = entry.older }
        series[Int(number)].older = -1
        series[Int(number)].newer = -1
        series[Int(number)].isLinked = false
    }
}
