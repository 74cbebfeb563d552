#if Server
import DequeModule
import FieldExtraction
import Forecasting
import Foretail
import ForetailSQLite

/// What a shard's thread owns: the manager, the feeds that somebody reads, and the way of a batch from inbox to feed.
struct ShardState: ~Copyable {
    /// The decisions.
    var manager: PredictiveBufferManager
    /// The feeds that somebody reads.
    private(set) var feeds: [DestinationID: Feed] = [:]
    /// Filled by control calls; delivered after each.
    var actions = Actions()
    /// What the shard has done.
    var counters = ShardCounters()
    private var renderer = NDJSONRenderer()
    /// Events processed between two publications, so that the first of many do not wait for the last.
    private static let sliceEvents = 256
    private var dirty: [Feed] = []
    private var drafts: [FeedDraft] = []
    private var draftPlaces: [DestinationID: Int] = [:]
    private let clock = ServerClock()
    private let settings: DeliverySettings
    private var nextFlush: Int64 = 0
    private var nextTick: Int64 = 0
    /// What has been asked and not been done yet. Its events have positions.
    private var backlog: Deque<Backlog> = []
    private let board: ShardBoard
    private let trainer: Trainer

    /// One thing that is still to do.
    private enum Backlog {
        case events(StreamHost, EventBatch, now: Timestamp, done: Int)
        case work(@Sendable (inout ShardState) -> Void)
    }

    init(configuration: ServerConfiguration, board: ShardBoard, trainer: Trainer) {
        manager = PredictiveBufferManager(configuration: configuration.manager)
        settings = configuration.delivery
        self.board = board
        self.trainer = trainer
    }

    /// Runs until the inbox is closed and empty.
    mutating func run(_ inbox: ShardInbox) {
        while let items = backlog.isEmpty ? inbox.take(until: nextDeadline) : inbox.poll() {
            // Positions first: who waits for the disk need not wait for predictions too.
            for item in items { accept(item, inbox) }
            advance(inbox)
            board.figures = figures
            let now = clock.monotonic
            if now >= nextTick { tick(now) }
            if !dirty.isEmpty, now >= nextFlush { flush(now) }
        }
        flush(clock.monotonic)
    }

    private var nextDeadline: Int64 { dirty.isEmpty ? nextTick : min(nextFlush, nextTick) }

    // MARK: The way of a batch

    private mutating func accept(_ item: ShardInbox.Item, _ inbox: ShardInbox) {
        switch item {
        case .append(let job): append(job, inbox)
        case .work(let work): backlog.append(.work(work))
        case .trained(let id, let result):
            manager.process(.trained(id: id, result), now: clock.now(), into: &actions)
            publish()
        }
    }

    /// Positions now, durability later.
    private mutating func append(_ job: AppendJob, _ inbox: ShardInbox) {
        var batch = job.batch
        let now = clock.now()
        do throws(LogFailure) {
            try job.host.log().submit(&batch, now: now, completion: job.completion)
        } catch {
            inbox.release(job.batch.bytes.count)
            job.completion(.failure(error))
            return
        }
        backlog.append(.events(job.host, batch, now: now, done: 0))
    }

    /// Does the oldest work of the backlog, or processes the next of its oldest events: match, judge, predict; publish. Few at a
    /// time, so that the records on their way stay few and those who ask are heard soon.
    private mutating func advance(_ inbox: ShardInbox) {
        switch backlog.popFirst() {
        case nil: return
        case .work(let work):
            work(&self)
            publish()
        case .events(let host, let batch, let now, let done):
            let length = min(Self.sliceEvents, manager.sliceLength(stream: batch.stream))
            let end = min(batch.count, done + min(batch.count, length))
            counters.events += end - done
            manager.process(.events(batch.part(done..<end)), now: now, into: &actions)
            publish()
            if end < batch.count {
                backlog.prepend(.events(host, batch, now: now, done: end))
            } else {
                host.noteProcessed(batch.frames.last?.position, at: now)
                inbox.release(batch.bytes.count)
            }
        }
    }

    /// Learns events of the past; nothing is published.
    mutating func learn(_ batch: EventBatch) {
        manager.process(.history(batch), now: clock.now(), into: &actions)
        publish()
    }

    /// Renders what the manager decided for the feeds that somebody reads, and lets the trainer have what is to be trained.
    mutating func publish() {
        var trainings: [Actions.Training] = []
        while !actions.items.isEmpty {
            for action in actions.items {
                if case .train(let training) = action { trainings.append(training) }
                guard let id = action.destination else { continue }
                counters.note(action)
                if !feeds.isEmpty, let feed = feeds[id] { render(action, to: feed, id: id) }
            }
            hand()
            actions.removeAll()
            // Where events wait, a result would come too late and be computed twice: at once costs least.
            for training in trainings where !backlog.isEmpty || !trainer.run(training) {
                manager.process(.trained(id: training.id, training.job.run()), now: clock.now(), into: &actions)
            }
            trainings.removeAll()
        }
    }

    private mutating func render(_ action: Actions.Action, to feed: Feed, id: DestinationID) {
        guard let names = manager.names(stream: feed.stream) else { return }
        let place: Int
        if let last = drafts.indices.last, drafts[last].id == id {
            place = last
        } else if let known = draftPlaces[id] {
            place = known
        } else {
            place = drafts.count
            draftPlaces[id] = place
            drafts.append(FeedDraft(id: id, feed: feed))
        }
        renderer.render(action, of: actions, names: names, into: &drafts[place].bytes)
        drafts[place].close(action, actions)
    }

    private mutating func hand() {
        guard !drafts.isEmpty else { return }
        for draft in drafts {
            if let feed = draft.feed, feed.publish(draft.bytes, draft.entries) { dirty.append(feed) }
        }
        drafts.removeAll(keepingCapacity: true)
        draftPlaces.removeAll(keepingCapacity: true)
        if settings.flushMicroseconds(feeds: feeds.count) == 0 { flush(clock.monotonic) }
    }

    private mutating func flush(_ now: Int64) {
        for feed in dirty { feed.wake() }
        dirty.removeAll(keepingCapacity: true)
        nextFlush = now + settings.flushMicroseconds(feeds: feeds.count)
    }

    private mutating func tick(_ now: Int64) {
        nextTick = now + settings.tickMicroseconds
        manager.process(.tick, now: clock.now(), into: &actions)
        publish()
        for feed in feeds.values { feed.wakeIdle(since: now - settings.heartbeatMicroseconds) }
    }

    // MARK: Status

    /// Counters and memory.
    var figures: ShardFigures { ShardFigures(counters: counters, memory: manager.memory) }

    /// A request's live predictions as records; nil for an unknown request.
    mutating func livePredictions(of id: TailRequestID, key: [UInt8]?, limit: Int) -> [UInt8]? {
        guard let names = manager.names(of: id) else { return nil }
        var output: [UInt8] = []
        let meant = manager.livePredictions(of: id).filter { key == nil || $0.key == key! }
        for prediction in meant.prefix(limit) {
            renderer.render(.announce(prediction, to: DestinationID(0)), of: actions, names: names, into: &output)
        }
        return output
    }

    // MARK: Feeds

    /// Forgets a stream: readers get what is withdrawn, and are told that nothing more will come.
    mutating func remove(stream name: String) {
        let read = feeds.filter { $0.value.stream == name }.keys.sorted { $0.number < $1.number }
        for id in read {
            try? manager.removeTailRequest(TailRequestID(UInt32(clamping: id.number)), into: &actions)
        }
        publish()
        manager.removeStream(name, into: &actions)
        publish()
        for id in read { end(id) }
    }

    /// Begins to publish a destination's records, or goes on.
    ///
    /// - Returns: The feed, and the last position that was processed before it: what comes after is in the feed.
    mutating func attach(_ id: DestinationID, to host: StreamHost) -> (feed: Feed, head: Position?) {
        let head = host.head
        if let feed = feeds[id] {
            feed.readers += 1
            return (feed, head)
        }
        let feed = Feed(stream: host.name, after: head, limit: settings.feedBytes)
        feed.readers = 1
        feeds[id] = feed
        return (feed, head)
    }

    /// Ends one reading; without readers the feed goes.
    mutating func detach(_ id: DestinationID) {
        guard let feed = feeds[id] else { return }
        feed.readers -= 1
        if feed.readers == 0 { feeds[id] = nil }
    }

    /// Tells the readers of a destination that nothing more will come.
    mutating func end(_ id: DestinationID) {
        feeds[id]?.end()
        feeds[id] = nil
    }

    /// Tells all readers that nothing more will come.
    mutating func endAll() {
        for feed in feeds.values { feed.end() }
        feeds = [:]
        dirty = []
    }
}
#endif
