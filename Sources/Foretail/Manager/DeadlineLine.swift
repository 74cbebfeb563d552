import FieldExtraction
import HeapModule

/// The predicting requests of a stream in the order in which their buffers have to be looked at, so that an event costs what
/// is due and not what is there.
///
/// A request stands in it from the time its earliest slot has to be looked at. It may stand there too early, when that slot was
/// taken; never too late. Entries that no longer count are passed over when their time comes.
struct DeadlineLine {
    private struct Entry: Comparable {
        var time: Timestamp
        var request: RequestState

        static func < (left: Entry, right: Entry) -> Bool {
            (left.time, left.request.order) < (right.time, right.request.order)
        }

        static func == (left: Entry, right: Entry) -> Bool {
            left.time == right.time && left.request === right.request
        }
    }

    /// Entries beyond twice the requests in line before those that no longer count are dropped.
    private static let staleEntries = 4_096

    private var line = Heap<Entry>()
    /// The requests in line.
    private var count = 0

    /// No buffer has to be looked at before this.
    var next: Timestamp { line.min?.time ?? .latest }

    /// Takes note of a request whose buffer has changed.
    mutating func note(_ request: RequestState) {
        guard let time = request.buffer.nextDeadline else { return }
        if let scheduled = request.scheduled {
            guard time < scheduled else { return }
        } else {
            count += 1
        }
        request.scheduled = time
        line.insert(Entry(time: time, request: request))
        if line.count > 2 * count + Self.staleEntries { rebuild() }
    }

    /// Takes out the requests whose buffers have to be looked at before `clock`, in the order the requests came.
    mutating func takeDue(before clock: Timestamp, into due: inout [RequestState]) {
        while let entry = line.min, entry.time < clock {
            line.removeMin()
            guard entry.request.scheduled == entry.time else { continue }
            entry.request.scheduled = nil
            count -= 1
            due.append(entry.request)
        }
        if due.count > 1 { due.sort { $0.order < $1.order } }
    }

    /// Takes a request out, before it goes.
    mutating func remove(_ request: RequestState) {
        guard request.scheduled != nil else { return }
        request.scheduled = nil
        count -= 1
    }

    /// Takes all out.
    mutating func removeAll(of requests: [RequestState]) {
        for request in requests { request.scheduled = nil }
        line = Heap()
        count = 0
    }

    private mutating func rebuild() {
        // Of entries of one request and time one is enough.
        var kept: [Entry] = []
        var seen: Set<ObjectIdentifier> = []
        for entry in line.unordered
        where entry.request.scheduled == entry.time && seen.insert(ObjectIdentifier(entry.request)).inserted {
            kept.append(entry)
        }
        line = Heap(kept)
    }
}
