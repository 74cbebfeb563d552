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
    /// Where records wait for rows.
    var stage = LookupStage<JoinTag>()
    /// Where the rows are.
    let stores: ReferenceStores
    /// Under which number the shard asks for them, and where the answers go.
    let source = ReferenceStores.nextSource()
    let receiver: ReferenceReceiver
    /// Where records of watches are kept before they are told; nil: they are not kept.
    let journal: WatchJournal?
    /// What the journal says that they are kept to.
    let keptReceiver: WatchJournal.Receiver
    /// Records of watches that are not kept yet, oldest first.
    var unkept: Deque<UnkeptWatch> = []
    /// Requests that are being removed.
    var leaving: Set<TailRequestID> = []
    /// The number of the last record of a watch that was told.
    var lastTold: Int64 = 0
    /// Where streams ended when the server started, where watches were under way.
    var firstHeads: [String: Position] = [:]
    /// How far streams were watched, as it was kept last.
    var watched: [String: Position] = [:]
    /// Filled by control calls; delivered after each.
    var actions = Actions()
    /// What the shard has done.
    var counters = ShardCounters()
    var renderer = NDJSONRenderer()
    /// Events processed between two publications, so that the first of many do not wait for the last.
    private static let sliceEvents = 256
    /// The same where they are predicted as well, which takes some hundred microseconds each.
    private static let predictedSliceEvents = 64
    private var dirty: [Feed] = []
    var drafts: [FeedDraft] = []
    private var draftPlaces: [DestinationID: Int] = [:]
    let clock = ServerClock()
    private let settings: DeliverySettings
    private let shards: Int
    /// Bytes that each feed keeps at the moment.
    private var feedShare = 0
    /// Whether the server is on its way out: nobody begins to read any more.
    private var isEnded = false
    /// Bytes that all feeds keep, as of the last tick.
    private var feedBytes = 0
    /// Microseconds in which there was nothing to do.
    private var waited: Int64 = 0
    private var nextFlush: Int64 = 0
    private var nextTick: Int64 = 0

    /// What has been asked and not been done yet.
    private var line = ShardLine()
    private let board: ShardBoard
    private let trainer: Trainer

    init(
        configuration: ServerConfiguration, stores: ReferenceStores, journal: WatchJournal?, board: ShardBoard,
        trainer: Trainer, receiver: @escaping ReferenceReceiver, keptReceiver: @escaping WatchJournal.Receiver
    ) {
        self.stores = stores
        self.journal = journal
        self.keptReceiver = keptReceiver
        self.receiver = receiver
        var limits = configuration.lookups
        limits.stagedBytes = max(1, limits.stagedBytes / max(1, configuration.shards))
        limits.historyBytes = max(1, limits.historyBytes / max(1, configuration.shards))
        stage = LookupStage(limits: limits)
        manager = PredictiveBufferManager(configuration: configuration.shardManager)
        settings = configuration.delivery
        shards = max(1, configuration.shards)
        self.board = board
        self.trainer = trainer
    }

    /// Runs until the inbox is closed and empty, or until the shard has begun or ceased to run hot.
    ///
    /// - Returns: Whether it is done for good.
    mutating func run(_ inbox: ShardInbox, _ load: inout ThreadLoad) -> Bool {
        let wasHot = load.isHot
        load.begin(clock.monotonic, worked: clock.monotonic - waited)
        while let items = line.isEmpty ? wait(for: inbox) : inbox.poll() {
            // Positions first: who waits for the disk need not wait for predictions too.
            for item in items { accept(item, inbox) }
            while mayTell, let job = line.takeHeld() { append(job, inbox) }
            advance(inbox)
            board.figures = figures
            let now = clock.monotonic
            if let due = stage.nextDeadline, now >= due {
                passStage()
                hand()
            }
            if now >= nextTick { tick(now) }
            if !dirty.isEmpty, now >= nextFlush { flush(now) }
            if load.isDue(now) { load.note(now, worked: now - waited) }
            if load.isHot != wasHot { return false }
        }
        flush(clock.monotonic)
        return true
    }

    private mutating func wait(for inbox: ShardInbox) -> [ShardInbox.Item]? {
        let start = clock.monotonic
        defer { waited += clock.monotonic - start }
        return inbox.take(until: nextDeadline)
    }

    private var nextDeadline: Int64 {
        min(dirty.isEmpty ? nextTick : min(nextFlush, nextTick), stage.nextDeadline ?? .max)
    }

    // MARK: The way of a batch

    private mutating func accept(_ item: ShardInbox.Item, _ inbox: ShardInbox) {
        switch item {
        case .append(let job):
            if mayTell, line.hasRoom(for: job) { append(job, inbox) } else { line.hold(job) }
        case .work(let work, let lane): line.append(.work(work), lane: lane)
        case .trained(let id, let result):
            manager.process(.trained(id: id, result), now: clock.now(), into: &actions)
            publish()
        case .answers(let answers): receive(answers)
        case .kept(let number): tell(through: number)
        case .notice(let notice, let store): note(notice, from: store)
        }
    }

    /// Whether the journal has room for what further events change.
    private var mayTell: Bool { unkept.isEmpty || journal?.hasRoom ?? true }

    /// Positions now, durability later.
    private mutating func append(_ job: AppendJob, _ inbox: ShardInbox) {
        var batch = job.batch
        let now = clock.now()
        let losses: [Actions.Gap]
        do throws(LogFailure) {
            let epoch = try job.body.epoch()
            losses = try job.host.log().submit(
                &batch, now: now, epoch: epoch, mark: job.mark, completion: job.settle)
        } catch {
            inbox.release(job.cost, of: job.host.lane)
            job.settle(.failure(error))
            return
        }
        if let first = batch.frames.first { job.body.note(epoch: first.position.epoch) }
        if !losses.isEmpty { line.append(.losses(job.host, losses), lane: job.host.lane) }
        line.append(.events(job.host, batch, now: now, done: 0), lane: job.host.lane)
    }

    /// Does what has the next turn, or processes the next of its events: match, judge, predict; publish. Few at a time, so that
    /// the records on their way stay few and those who ask are heard soon.
    private mutating func advance(_ inbox: ShardInbox) {
        guard let (lane, step) = line.take() else { return }
        let start = clock.monotonic
        var rest: ShardLine.Step?
        switch step {
        case .losses(let host, let losses): note(losses, of: host)
        case .work(let work):
            work(&self)
            publish()
        case .events(let host, let batch, now: _, let done) where start >= inbox.processesUntil:
            // They are in the log. The next start reads them there, as after a kill; nobody waits for minutes of predictions.
            line.note(batch.count - done, of: host, lane: lane, microseconds: 0)
            inbox.release(batch.memoryBytes, of: lane)
        case .events(let host, let batch, let now, let done):
            let most = manager.sliceLength(stream: batch.stream)
            let slice = most == .max ? Self.sliceEvents : min(Self.predictedSliceEvents, most)
            let length = min(slice, line.turnEvents(of: host))
            let end = min(batch.count, done + min(batch.count, length))
            counters.events += end - done
            manager.process(.events(batch.part(done..<end)), now: now, into: &actions)
            publish()
            line.note(end - done, of: host, lane: lane, microseconds: clock.monotonic - start)
            if end < batch.count {
                rest = .events(host, batch, now: now, done: end)
            } else {
                host.noteProcessed(batch.frames.last?.position, at: now)
                inbox.release(batch.memoryBytes, of: lane)
            }
        }
        line.finish(lane, microseconds: clock.monotonic - start, rest: rest)
    }

    /// Tells readers what a log lost: before the next event, which is of a later epoch.
    mutating func note(_ losses: [Actions.Gap], of host: StreamHost) {
        for gap in losses { manager.noteGap(stream: host.name, gap, into: &actions) }
        if !losses.isEmpty { publish() }
    }

    /// Learns events of the past; nothing is published.
    mutating func learn(_ batch: EventBatch) {
        manager.process(.history(batch), now: clock.now(), into: &actions)
        publish()
    }

    /// Renders what the manager decided for the feeds that somebody reads, and lets the trainer have what is to be trained.
    mutating func publish() {
        while !actions.items.isEmpty {
            // One for all of them: a slice takes less than a fetch.
            let joining = stage.isEmpty ? nil : moment
            for action in actions.items {
                guard let id = action.destination else {
                    switch action {
                    case .expect(let prediction): if let joining { expect(prediction, now: joining) }
                    case .follow(let event): stage.remember(event, of: actions)
                    default: break
                    }
                    continue
                }
                counters.note(action)
                if keep(action) { continue }
                guard !feeds.isEmpty, let feed = feeds[id] else { continue }
                let request = TailRequestID(UInt32(clamping: id.number))
                if let joining, stage.joins(request) {
                    join(action, of: request, feed: feed, id: id, now: joining)
                } else {
                    render(action, to: feed, id: id)
                }
            }
            passStage()
            hand()
            let trainings = actions.trainings
            actions.removeAll()
            // Where events wait, a result would come too late and be computed twice: at once costs least.
            let urgent = trainings.filter { !line.isEmpty || !trainer.run($0) }
            manager.run(urgent, into: &actions)
        }
        if !leaving.isEmpty { leaving = [] }
    }

    private mutating func render(_ action: Actions.Action, to feed: Feed, id: DestinationID) {
        guard let names = manager.names(stream: feed.stream) else { return }
        let place = draft(of: id, feed: feed)
        renderer.render(action, of: actions, names: names, into: &drafts[place].bytes)
        drafts[place].close(action, actions)
    }

    /// The place of a feed's draft.
    mutating func draft(of id: DestinationID, feed: Feed) -> Int {
        if let last = drafts.indices.last, drafts[last].id == id { return last }
        if let known = draftPlaces[id] { return known }
        draftPlaces[id] = drafts.count
        drafts.append(FeedDraft(id: id, feed: feed))
        return drafts.count - 1
    }

    /// Gives the feeds what was rendered for them.
    mutating func hand() {
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
        let share = settings.feedShare(feeds: feeds.count, shards: shards)
        feedBytes = 0
        for (id, feed) in feeds {
            if share != feedShare { feed.resize(to: share) }
            feedBytes += feed.bytes
            feed.pass(passed(feed, id))
            feed.wakeIdle(since: now - settings.heartbeatMicroseconds)
        }
        feedShare = share
    }

    /// The last position up to which a feed has everything: what waits for rows is still to come.
    private func passed(_ feed: Feed, _ id: DestinationID) -> Position? {
        let request = TailRequestID(UInt32(clamping: id.number))
        return stage.firstWaiting(of: request) == nil ? feed.host?.head : nil
    }

    // MARK: Status

    /// Counters and memory.
    var figures: ShardFigures {
        ShardFigures(
            counters: counters, memory: manager.memory, feedBytes: feedBytes,
            lookups: stage.isEmpty
                ? (LookupStatistics(), 0, 0, 0)
                : (stage.totals, stage.stagedBytes, stage.historyBytes, stage.waitingCount))
    }

    /// A request's live predictions as records; nil for an unknown request.
    mutating func livePredictions(of id: TailRequestID, key: [UInt8]?, limit: Int) -> [UInt8]? {
        manager.livePredictions(of: id, key: key, limit: limit, &renderer, actions)
    }

    /// The prediction for a key nearest to a time ahead, as JSON; nil for an unknown request.
    mutating func next(
        of id: TailRequestID, key: String, inMicroseconds microseconds: Int64
    ) throws(Problem) -> [UInt8]? {
        let next: NextPrediction
        do throws(ForetailError) {
            next = try manager.next(for: id, key: key, inMicroseconds: microseconds, now: clock.now())
        } catch {
            throw Problem(error, field: "id")
        }
        return manager.names(of: id).map { next.json(names: $0) }
    }

    // MARK: Feeds

    /// Begins to publish a destination's records, or goes on.
    ///
    /// - Returns: The feed, and the last position that was processed before it: what comes after is in the feed.
    ///
    /// - Throws: ``Problem`` (503) where the server is on its way out: nobody would end the reading.
    mutating func attach(
        _ id: DestinationID, to host: StreamHost
    ) throws(Problem) -> (feed: Feed, head: Position?) {
        guard !isEnded else { throw .shuttingDown }
        let head = host.head
        if let feed = feeds[id] {
            feed.readers += 1
            return (feed, head)
        }
        let feed = Feed(
            host, after: head, watchesAfter: lastTold,
            limit: settings.feedShare(feeds: feeds.count + 1, shards: shards))
        feed.readers = 1
        feeds[id] = feed
        if !stage.isEmpty { stage.begin(TailRequestID(UInt32(clamping: id.number)), after: head) }
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
        feeds[id]?.end(.removed)
        feeds[id] = nil
    }

    /// Forgets a stream: readers get what is withdrawn, and are told that nothing more will come.
    mutating func remove(_ host: StreamHost) {
        let read = feeds.filter { $0.value.host === host }.keys.sorted { $0.number < $1.number }
        for id in read {
            removeRequest(TailRequestID(UInt32(clamping: id.number)))
        }
        publish()
        manager.removeStream(host.name, into: &actions)
        publish()
        line.forget(host)
        for id in read { end(id) }
    }

    /// Tells all readers that nothing more will come.
    mutating func endAll() {
        isEnded = true
        for feed in feeds.values { feed.end(.shutdown) }
        feeds = [:]
        dirty = []
    }
}
#endif
