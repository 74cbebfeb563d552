#if Server
import DequeModule
import Foretail
import Synchronization

/// The last records of one tail request, in memory, for the readers that keep up.
///
/// The shard publishes, readers take. The feed holds a bounded number of bytes: a reader that falls behind finds its place
/// gone and reads the log until it has caught up. Nobody waits for a slow reader.
final class Feed: @unchecked Sendable {
    /// Records published together.
    struct Chunk: Sendable {
        var number: Int
        var bytes: [UInt8]
        var entries: [FeedEntry]
    }

    /// What a reader finds.
    enum Taking: Sendable {
        /// Records, oldest first.
        case chunks([Chunk])
        /// The reader's place is gone: read the log up to `upTo`, then join again.
        case behind
        /// Nothing came within the time of a heartbeat; no event up to the position matches that the reader has not got.
        case idle(passed: Position?)
        /// Nothing will come any more.
        case ended(EndReason)
    }

    /// Why nothing will come any more.
    enum EndReason: String, Sendable {
        /// The server is on its way out.
        case shutdown
        /// The tail request was removed, or its stream.
        case removed
    }

    private struct State {
        var chunks: Deque<Chunk> = []
        var bytes = 0
        var next = 0
        /// Matching events after this position are in the feed; nil: all of them.
        var coversAfter: Position?
        /// Records of watches with larger numbers are in the feed.
        var watchesAfter: Int64 = 0
        /// Events up to here are in the feed, if they match.
        var passed: Position?
        var end: EndReason?
        var limit: Int
        var waiting: [Waiter] = []
        var nextWaiter = 0

        /// Forgets the oldest records beyond the limit.
        mutating func trim() {
            while bytes > limit, chunks.count > 1, let oldest = chunks.popFirst() {
                bytes -= oldest.bytes.count
                for entry in oldest.entries where [.event, .gap, .dropped].contains(entry.kind) {
                    coversAfter = max(coversAfter ?? entry.position, entry.position)
                }
                for entry in oldest.entries { watchesAfter = max(watchesAfter, entry.watch) }
            }
        }
    }

    private struct Waiter {
        var id: Int
        var since: Int64
        var continuation: CheckedContinuation<Void, Never>
    }

    /// The stream.
    let stream: String
    /// How many read; the shard's thread alone touches it.
    var readers = 0
    private let state: Mutex<State>

    /// The stream's host; none in a test.
    let host: StreamHost?

    /// Creates a feed that begins after a position.
    convenience init(_ host: StreamHost, after position: Position?, watchesAfter number: Int64, limit: Int) {
        self.init(stream: host.name, host: host, after: position, watchesAfter: number, limit: limit)
    }

    /// Creates a feed of a stream by its name.
    init(
        stream: String, host: StreamHost? = nil, after position: Position?, watchesAfter number: Int64 = 0, limit: Int
    ) {
        self.stream = stream
        self.host = host
        var state = State(limit: limit)
        state.coversAfter = position
        state.passed = position
        state.watchesAfter = number
        self.state = Mutex(state)
    }

    /// Adds records.
    ///
    /// - Returns: Whether somebody waits for them.
    func publish(_ bytes: [UInt8], _ entries: [FeedEntry]) -> Bool {
        guard !entries.isEmpty else { return false }
        return state.withLock { state in
            state.chunks.append(Chunk(number: state.next, bytes: bytes, entries: entries))
            state.next += 1
            state.bytes += bytes.count
            state.trim()
            return !state.waiting.isEmpty
        }
    }

    /// The bytes it holds.
    var bytes: Int { state.withLock { $0.bytes } }

    /// Gives it another number of bytes to hold.
    func resize(to limit: Int) {
        state.withLock { state in
            state.limit = limit
            state.trim()
        }
    }

    /// Notes that events up to a position were processed.
    func pass(_ position: Position?) { state.withLock { $0.passed = position ?? $0.passed } }

    /// Lets everybody look.
    func wake() { resume { _ in true } }

    /// Lets those look who have waited since before a time, in microseconds of the monotonic clock.
    func wakeIdle(since time: Int64) { resume { $0.since <= time } }

    private func resume(where isMeant: (Waiter) -> Bool) {
        let meant = state.withLock { state in
            var meant: [Waiter] = []
            state.waiting.removeAll { waiter in
                guard isMeant(waiter) else { return false }
                meant.append(waiter)
                return true
            }
            return meant
        }
        for waiter in meant { waiter.continuation.resume() }
    }

    /// Says that nothing more will come.
    func end(_ reason: EndReason) {
        state.withLock { $0.end = $0.end ?? reason }
        wake()
    }

    /// Finds the place from which on a reader that has seen everything up to `position` finds all it has not seen.
    ///
    /// - Parameter number: The same for records of watches that are kept.
    /// - Returns: The number of a chunk; nil if the feed does not reach back that far.
    func join(after position: Position?, watchesAfter number: Int64 = .max) -> Int? {
        state.withLock { state in
            if number < state.watchesAfter { return nil }
            if let covers = state.coversAfter, (position ?? Position(partition: 0, epoch: 0, sequence: 0)) < covers {
                return nil
            }
            return state.chunks.first?.number ?? state.next
        }
    }

    /// The place behind the newest record.
    var head: Int { state.withLock { $0.next } }

    /// Takes what is there from chunk number `place` on, or waits for it.
    func take(from place: Int, atMost bytes: Int, clock: ServerClock = ServerClock()) async -> Taking {
        let first = look(from: place, atMost: bytes)
        guard case .idle = first else { return first }
        let id = state.withLock { state in
            state.nextWaiter += 1
            return state.nextWaiter
        }
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let mayWait = state.withLock { state in
                    guard state.next <= place, state.end == nil, !Task.isCancelled else { return false }
                    state.waiting.append(Waiter(id: id, since: clock.monotonic, continuation: continuation))
                    return true
                }
                if !mayWait { continuation.resume() }
            }
        } onCancel: {
            resume { $0.id == id }
        }
        return look(from: place, atMost: bytes)
    }

    private func look(from place: Int, atMost bytes: Int) -> Taking {
        state.withLock { state in
            guard place < state.next else { return state.end.map(Taking.ended) ?? .idle(passed: state.passed) }
            guard let first = state.chunks.first?.number, place >= first else { return .behind }
            var taken: [Chunk] = []
            var count = 0
            for chunk in state.chunks[(place - first)...] {
                if count > 0, count + chunk.bytes.count > bytes { break }
                taken.append(chunk)
                count += chunk.bytes.count
            }
            return .chunks(taken)
        }
    }
}
#endif
