#if Server
import FieldExtraction
import Foretail
import ForetailSQLite
import HTTPTypes
import Synchronization

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
    private let readWatches: WatchReader?
    /// What is kept of watches and was not delivered yet, oldest first.
    private var watches: ArraySlice<StoredWatchRecord> = []
    /// The number up to which records of watches were delivered, or passed by.
    private var watchesThrough: Int64
    /// The number of the last record of a watch that was told before the reading joined.
    private let toldBefore: Int64
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

    /// Reads what is kept of watches: behind a number, and told behind a position or at it.
    typealias WatchReader = (
        _ after: Int64, _ from: Position?
    ) async throws(Problem) -> (records: [StoredWatchRecord], through: Int64)

    /// Begins a reading. The stream's shard publishes from now on, until ``end()``.
    init(
        to id: DestinationID, of host: StreamHost, from start: Start, pool: BlockingPool, settings: DeliverySettings,
        watches: WatchReader? = nil, revision: @escaping () -> Int,
        makeReplay: @escaping (Position?) throws(Problem) -> Replay
    ) async throws(Problem) {
        self.id = id
        self.host = host
        self.pool = pool
        self.settings = settings
        self.makeReplay = makeReplay
        readWatches = watches
        self.revision = revision
        // Opened first: what it holds is what came before.
        _ = try await pool.disk(host) { () throws(LogFailure) in try host.log() }
        let attached = try await host.perform { (state) throws(Problem) in
            guard !host.isRemoved else { throw .removed(host.name) }
            let (feed, head) = try state.attach(id, to: host)
            return Attachment(feed: feed, head: head, place: feed.head, watch: state.lastTold)
        }
        // A position from another life of the stream, or made up: what comes until there would be skipped without a word.
        if case .after(let position) = start, let head = attached.head, position > head {
            host.post { state in state.detach(id) }
            throw Problem(
                .conflict, "unknown-position",
                "stream '\(host.name)' never gave the position \(position); its last is \(head)", field: "after",
                remedy: "if the stream was created anew, begin with from=oldest")
        }
        feed = attached.feed
        freshFrom = attached.place
        watchesThrough = readWatches == nil ? .max : -1
        toldBefore = attached.watch
        switch start {
        case .now:
            cursor = attached.head
            place = attached.place
            if readWatches != nil { watchesThrough = attached.watch }
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
        var watch: Int64
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
    /// Changes of watches are delivered at least once: what was told before the reading joined was read where it is kept.
    /// Predictions and outcomes are delivered at most once: those published before the reading joined are not.
    func isNew(_ entry: FeedEntry, in chunk: Feed.Chunk) -> Bool {
        let isFresh = chunk.number >= freshFrom
        switch entry.kind {
        case .prediction, .outcome: return isFresh
        case .watch where chunk.number < 0: return true
        case .watch where entry.watch > 0 && readWatches != nil: return entry.watch > watchesThrough
        case .watch:
            // What the reader may have missed is told again.
            return isFresh || cursor.map { entry.position >= $0 } ?? false
        case .gap where isFresh || chunk.number < 0:
            // What a replay finds missing may end at the very position that the reader came with.
            passed(entry.passed)
            return true
        case .event, .gap, .dropped:
            if let cursor, entry.position <= cursor { return false }
            passed(entry.passed)
            return entry.kind != .dropped
        }
    }

    /// Ends the reading.
    func end() {
        let id = id
        host.post { state in state.detach(id) }
    }

    /// Reads the log until memory reaches back far enough.
    private func catchUp() async throws(Problem) -> Feed.Chunk? {
        // What the last step read was delivered.
        if let replay { passed(replay.position) }
        if watches.isEmpty, let joined = feed.join(after: cursor, watchesAfter: watchesThrough) {
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
            try await readKeptWatches()
        }
        self.replay = replay
        let read = try await pool.disk(host) { () throws(LogFailure) in try replay.step() }
        var step: Replay.Step
        do throws(CancellationError) {
            step = try await replay.join(read)
        } catch {
            // Nothing of it was delivered: it is not passed by.
            self.replay = nil
            return nil
        }
        // A filter changed while the log was read may judge some of these events: read them again.
        guard replay.revision == revision() else {
            self.replay = nil
            return nil
        }
        step.chunk = addWatches(to: step.chunk, isEnd: !step.mayHaveMore, position: replay.position)
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

    /// Reads what is kept of watches and was told since the cursor.
    private func readKeptWatches() async throws(Problem) {
        guard let readWatches else { return }
        let (kept, through) = try await readWatches(watchesThrough, cursor)
        watches += kept[...]
        // Whatever was told before the reading joined was kept before, and is among them.
        watchesThrough = max(watchesThrough, through, toldBefore)
    }

    /// Puts what is kept of watches between the records of a chunk: each behind the last event that was told before it.
    ///
    /// - Parameters:
    ///   - isEnd: Whether the log was read to its end.
    ///   - position: The last position that was read.
    private func addWatches(to chunk: Feed.Chunk?, isEnd: Bool, position: Position?) -> Feed.Chunk? {
        guard !watches.isEmpty else { return chunk }
        var draft = FeedDraft(id: id, feed: nil)
        var start = 0
        for entry in chunk?.entries ?? [] {
            while let next = watches.first, let told = next.told, told < entry.position { takeWatch(into: &draft) }
            draft.append(Array(chunk?.bytes[start..<entry.end] ?? []), entry)
            start = entry.end
        }
        while let next = watches.first {
            if !isEnd {
                guard let told = next.told, let position, told <= position else { break }
            }
            takeWatch(into: &draft)
        }
        return draft.entries.isEmpty ? nil : Feed.Chunk(number: -1, bytes: draft.bytes, entries: draft.entries)
    }

    private func takeWatch(into draft: inout FeedDraft) {
        guard let record = watches.popFirst() else { return }
        var entry = FeedEntry(kind: .watch, end: 0, position: record.told ?? .none, expires: .latest)
        entry.watch = record.number
        draft.append(record.bytes, entry)
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
