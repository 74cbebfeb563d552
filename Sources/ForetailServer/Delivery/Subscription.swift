#if Server
import Foretail
import ForetailSQLite
import Synchronization
import HTTPTypes

/// One reading of a tail request: from the log where it is behind, from memory where it keeps up, without a gap or a
/// duplicate between the two.
///
/// Used by one task.
final class Subscription: @unchecked Sendable {
    /// What came next.
    enum Delivery: Sendable {
        /// Records, some of which may have been seen: take those ``isNew(_:)`` says.
        case records([Feed.Chunk])
        /// Nothing for the time of a heartbeat; the cursor may have moved over events that do not match.
        case idle
        /// Nothing will come any more.
        case ended(Feed.EndReason)
    }

    /// Where a reading begins.
    enum Start: Sendable, Equatable {
        /// With what comes.
        case now
        /// With the oldest stored event.
        case oldest
        /// Exactly after a position.
        case after(Position)
    }

    /// How far a reading is, for whoever asks while it goes on.
    struct Progress: Sendable {
        /// The last position that was delivered or passed by, as of the last look for records.
        var cursor: Position?
        /// Whether everything that was published was taken: nothing is left but to wait.
        var isCurrent = false
    }

    /// The last position that was delivered or passed by.
    private(set) var cursor: Position?
    private let shared = Mutex(Progress())
    private let feed: Feed
    private let id: DestinationID
    private let host: StreamHost
    private let pool: BlockingPool
    private let makeReplay: (Position?) throws(Problem) -> Replay
    private let revision: () -> Int
    private var replay: Replay?
    private var place: Int?
    /// The first chunk published since the reading joined.
    private var freshFrom: Int
    private let settings: DeliverySettings
    private let clock = ServerClock()
    /// Milliseconds to wait for what is on its way to the disk.
    private var pause = Pause.shortest

    private enum Pause {
        static let shortest = 2
        static let longest = 50
    }

    /// Begins a reading. The stream's shard publishes from now on, until ``end()``.
    init(
        to id: DestinationID, of host: StreamHost, from start: Start, pool: BlockingPool, settings: DeliverySettings,
        revision: @escaping () -> Int, makeReplay: @escaping (Position?) throws(Problem) -> Replay
    ) async throws(Problem) {
        self.id = id
        self.host = host
        self.pool = pool
        self.settings = settings
        self.makeReplay = makeReplay
        self.revision = revision
        // Opened first: what it holds is what came before.
        _ = try await pool.disk(host) { () throws(LogFailure) in try host.log() }
        let attached = try await host.shard.perform { (state) throws(Problem) in
            guard !host.isRemoved else { throw .removed(host.name) }
            let (feed, head) = try state.attach(id, to: host)
            return Attachment(feed: feed, head: head, place: feed.head)
        }
        // A position from another life of the stream, or made up: what comes until there would be skipped without a word.
        if case .after(let position) = start, let head = attached.head, position > head {
            host.shard.post { state in state.detach(id) }
            throw Problem(
                .conflict, "unknown-position",
                "stream '\(host.name)' never gave the position \(position); its last is \(head)", field: "after",
                remedy: "if the stream was created anew, begin with from=oldest")
        }
        feed = attached.feed
        freshFrom = attached.place
        switch start {
        case .now:
            cursor = attached.head
            place = attached.place
        case .oldest: cursor = nil
        case .after(let position): cursor = position
        }
    }

    /// How far the reading is; any thread may ask.
    var progress: Progress { shared.withLock { $0 } }

    private func report() {
        let isCurrent = place.map { $0 >= feed.head } ?? false
        shared.withLock { $0 = Progress(cursor: cursor, isCurrent: isCurrent) }
    }

    private struct Attachment: Sendable {
        var feed: Feed
        var head: Position?
        var place: Int
    }

    /// Waits for the next records.
    ///
    /// - Throws: ``Problem`` when the log cannot be read.
    func next() async throws(Problem) -> Delivery {
        let silence = clock.monotonic + settings.heartbeatMicroseconds
        while true {
            report()
            if let place {
                switch await feed.take(from: place, atMost: settings.writeBytes) {
                case .chunks(let chunks):
                    self.place = chunks[chunks.count - 1].number + 1
                    return .records(chunks)
                case .behind:
                    self.place = nil
                    freshFrom = feed.head
                case .idle(let head):
                    // A cancelled reader does not wait: it would find nothing again and again.
                    if Task.isCancelled { return .ended(.shutdown) }
                    pass(live: head)
                    return .idle
                case .ended(let reason): return .ended(reason)
                }
            } else if let chunk = try await catchUp() {
                return .records([chunk])
            }
            if Task.isCancelled { return .ended(.shutdown) }
            // Reading a long past in which nothing matches is silence, too.
            if place == nil, clock.monotonic >= silence { return .idle }
        }
    }

    /// Whether a record was not delivered yet; if so, it counts as delivered.
    ///
    /// Changes of watches are delivered at least once, as long as memory reaches back to them.
    /// Predictions and outcomes are delivered at most once: those published before the reading joined are not.
    func isNew(_ entry: FeedEntry, in chunk: Feed.Chunk) -> Bool {
        let isFresh = chunk.number >= freshFrom
        switch entry.kind {
        case .prediction, .outcome: return isFresh
        case .watch:
            // What the reader may have missed is told again.
            return isFresh || cursor.map { entry.position >= $0 } ?? false
        case .gap where isFresh || chunk.number < 0:
            // What a replay finds missing may end at the very position that the reader came with.
            passed(entry.position)
            return true
        case .event, .gap:
            if let cursor, entry.position <= cursor { return false }
            cursor = entry.position
            return true
        }
    }

    /// Ends the reading.
    func end() {
        let id = id
        host.shard.post { state in state.detach(id) }
    }

    /// Reads the log until memory reaches back far enough.
    private func catchUp() async throws(Problem) -> Feed.Chunk? {
        // What the last step read was delivered.
        if let replay { passed(replay.position) }
        if let joined = feed.join(after: cursor) {
            place = joined
            replay = nil
            pause = Pause.shortest
            return nil
        }
        let replay: Replay
        // A filter that was changed meanwhile begins a new one.
        if let begun = self.replay, begun.revision == revision() {
            replay = begun
        } else {
            replay = try makeReplay(cursor)
        }
        self.replay = replay
        let step = try await pool.disk(host) { () throws(LogFailure) in try replay.step() }
        // A filter changed while the log was read may judge some of these events: read them again.
        guard replay.revision == revision() else {
            self.replay = nil
            return nil
        }
        if step.chunk == nil {
            passed(replay.position)
            // What is missing is on its way to the disk, which may take its time.
            if step.mayHaveMore {
                pause = Pause.shortest
            } else {
                try? await Task.sleep(for: .milliseconds(pause))
                pause = min(pause * 2, Pause.longest)
            }
        }
        return step.chunk
    }

    /// Moves the cursor over live events that do not match, as far as they are durable: behind others the log could not go on.
    private func pass(live head: Position?) {
        guard let head, let durable = host.openLog?.bounds.lastDurable else { return }
        passed(min(head, durable))
    }

    /// Moves the cursor over events that do not match, once those that do were delivered.
    private func passed(_ position: Position?) {
        guard let position else { return }
        if let cursor, position <= cursor { return }
        cursor = position
    }
}
#endif
