import DequeModule
import HeapModule

/// Waiting and leaving: in order per key, no longer than allowed, with nothing too old.
extension LookupStage {
    mutating func enter(_ waiting: consuming Waiting, now: LookupMoment) {
        while waitingCount >= limits.waitingRecords, let oldest = deadlines.popMin() {
            guard places[oldest.place]?.serial == oldest.serial else { continue }
            giveUp(oldest.place, reason: "too many records wait (limit \(limits.waitingRecords))", now: now)
        }
        // Those that left before their time: it may be far.
        if deadlines.count > 2 * waitingCount + 1_024 {
            let live = deadlines.unordered.filter { places[$0.place]?.serial == $0.serial }
            deadlines = Heap(live)
        }
        serial += 1
        waiting.serial = serial
        let place = freePlaces.popLast() ?? places.count
        if place == places.count { places.append(nil) }
        waiting.request.queues[waiting.orderKey, default: []].append(place)
        if waiting.deadline < .max {
            deadlines.insert(Deadline(time: waiting.deadline, place: place, serial: serial))
        }
        for part in waiting.parts.indices {
            guard case .waiting = waiting.parts[part].joined, let key = waiting.parts[part].key else { continue }
            flights[key]?.waiters.append(Waiter(place: place, serial: serial, part: part))
        }
        places[place] = waiting
    }

    mutating func resolve(_ waiter: Waiter, _ joined: Joined) {
        guard case .waiting = places[waiter.place]!.parts[waiter.part].joined else { return }
        places[waiter.place]!.parts[waiter.part].joined = joined
        places[waiter.place]!.unresolved -= 1
    }

    mutating func timeOut(_ place: Int) {
        guard var waiting = places[place] else { return }
        for part in waiting.parts.indices {
            guard case .waiting = waiting.parts[part].joined else { continue }
            waiting.parts[part].joined = .timeout
        }
        waiting.unresolved = 0
        places[place] = waiting
    }

    /// Lets a record go as it is, in its order: what stands before it goes as well.
    mutating func giveUp(_ place: Int, reason: String, now: LookupMoment) {
        guard let waiting = places[place], let queue = waiting.request.queues[waiting.orderKey] else { return }
        for earlier in queue {
            guard var waiting = places[earlier] else { continue }
            for part in waiting.parts.indices {
                guard case .waiting = waiting.parts[part].joined else { continue }
                waiting.parts[part].joined = .none(reason: reason)
            }
            waiting.unresolved = 0
            places[earlier] = waiting
            if earlier == place { break }
        }
        drain(waiting.request, waiting.orderKey, now: now)
    }

    /// Lets leave what may, of one key.
    mutating func drain(_ request: LookupRequest, _ key: [UInt8], now: LookupMoment) {
        while let place = request.queues[key]?.first, places[place]?.unresolved == 0, !agesOut(place, now: now),
            let waiting = places[place]
        {
            places[place] = nil
            freePlaces.append(place)
            _ = request.queues[key]?.popFirst()
            if let mark = waiting.mark { request.release(mark) }
            leave(waiting, now: now)
        }
        if request.queues[key]?.isEmpty == true { request.queues[key] = nil }
    }

    /// Whether rows have become too old while their event waited; they are asked for again while there is time.
    mutating func agesOut(_ place: Int, now: LookupMoment) -> Bool {
        guard var waiting = places[place] else { return false }
        for part in waiting.parts.indices {
            let readAt: Int64
            switch waiting.parts[part].joined {
            case .staged(_, let time), .fetched(_, let time): readAt = time
            case .waiting, .timeout, .none: continue
            }
            let settings = waiting.request.lookups[part].settings
            // The events before it stay those before it.
            guard !settings.isHistory else { continue }
            guard now.monotonic - readAt > settings.maxStalenessMicroseconds, let key = waiting.parts[part].key
            else { continue }
            if waiting.deadline > now.monotonic {
                takeOut(key)
                demand(key, now: now)
                waiting.parts[part].joined = .waiting
                waiting.unresolved += 1
                flights[key]?.waiters.append(Waiter(place: place, serial: waiting.serial, part: part))
            } else {
                waiting.parts[part].joined = .timeout
            }
        }
        places[place] = waiting
        return waiting.unresolved > 0
    }

    mutating func leave(_ waiting: consuming Waiting, now: LookupMoment) {
        for part in waiting.parts.indices {
            statements[waiting.request.lookups[part].statement]?.statistics.note(waiting.parts[part].joined)
        }
        var isDropped = false
        for part in waiting.parts.indices where waiting.request.lookups[part].settings.onNoRow == .drop {
            switch waiting.parts[part].joined {
            case .staged(let rows, _), .fetched(let rows, _): if rows.count == 0 { isDropped = true }
            case .waiting, .timeout, .none: break
            }
            guard isDropped else { continue }
            statements[waiting.request.lookups[part].statement]?.statistics.dropped += 1
            break
        }
        if isDropped {
            waiting.record = []
        } else if !waiting.parts.isEmpty {
            writer.append(
                waiting.parts.map(\.joined), names: waiting.request.nameTexts,
                resume: waiting.request.safe == waiting.position ? nil : waiting.request.safe, now: now,
                to: &waiting.record)
        }
        released.append(
            Released(
                request: waiting.request.id, record: waiting.record, tag: waiting.tag, safe: waiting.request.safe))
    }

    /// Books what left the staged rows unused.
    mutating func settleEvicted() {
        for left in evicted {
            if left.isUnused { statements[left.key.statement]?.statistics.wasted += 1 }
            if staged.peek(left.key) == nil { statements[left.key.statement]?.anticipation?.remove(left.key.key) }
        }
        evicted.removeAll(keepingCapacity: true)
    }
}
