#if Server
import FieldExtraction
import Foretail
import ForetailSQLite
import HTTPTypes
import Logging
import Synchronization

/// The streams and tail requests of a server: what is kept in the catalogue, and where it lives while the server runs.
///
/// Events find their stream here without waiting for anybody; changes go through the actor one after another, and are in the
/// catalogue before they are answered.
actor Registry {
    /// The configuration in force.
    nonisolated let configuration: ServerConfiguration
    /// The shards of streams that are nobody's.
    private nonisolated let commonShards: [Shard]
    /// All shards, those of tenants behind the others.
    nonisolated var shards: [Shard] { commonShards + tenants.allThreads.compactMap(\.ending.shard) }
    /// Those who have tokens, and the threads that work for them.
    nonisolated let tenants: TenantDesk
    /// Who may call.
    nonisolated let tokens: TokenDesk
    /// Looks for tokens that other programs made.
    var tokenRounds: Task<Void, Never>?
    /// Reads what readers ask of the past, where they are nobody.
    nonisolated let past = BlockingPool(threads: 2)
    /// Where rows are that events are joined with.
    nonisolated let stores: ReferenceStores
    /// Those who listen to the stores' notices.
    private var listeners: [Task<Void, Never>] = []
    /// Threads for the disk.
    nonisolated let pool: BlockingPool
    nonisolated let logger: Logger
    /// When the server started.
    nonisolated let started = ServerClock().now()
    /// Durable small state.
    nonisolated let catalogue: Catalogue
    /// What is told of watches.
    nonisolated let journal: WatchJournal
    /// What was kept of watches when the server started.
    private let storedWatches: StoredWatches
    /// Registrations on their way to the catalogue.
    nonisolated let additions: GroupCommit<(stream: String, definition: String, owner: String?), UInt32>
    /// First filters on their way to the catalogue.
    nonisolated let changes: GroupCommit<(request: UInt32, change: StoredFilterChange), Void>
    /// A thread for counting.
    nonisolated let countPool = BlockingPool(threads: 1)
    /// What counts, for those who ask how it goes.
    nonisolated let countingsByName = Mutex<[String: StreamCounting]>([:])
    /// Streams that are counted from others, by name.
    var countings: [String: Task<Void, Never>] = [:]
    /// Streams of counts that are being made, by the stream they are counted from.
    var beginning: [String: Int] = [:]
    /// A thread for learning the past.
    nonisolated let warmUpPool = BlockingPool(threads: 1)
    /// Deliveries to files, for those who ask how they go.
    nonisolated let sinks = Mutex<[TailRequestID: FileSink]>([:])
    /// Webhooks: what is kept of them, and how they are sent.
    nonisolated let webhooks: WebhookDesk
    /// Deliveries to files and webhooks.
    var deliveries: [TailRequestID: Task<Void, Never>] = [:]
    /// Streams whose models are learning the past.
    var warmUps: [ObjectIdentifier: Task<Void, Never>] = [:]
    /// Streams whose past is read for lookups.
    var historyFills: [ObjectIdentifier: Task<Void, Never>] = [:]
    /// What is done from time to time.
    var rounds: Task<Void, Never>?
    private nonisolated let writer: LogWriter
    private nonisolated let lock: FolderLock
    private nonisolated let readiness = Atomic(false)
    private nonisolated let ending = Atomic(false)
    var cursors: [TailRequestID: Position] = [:]
    /// The change of a filter that was asked for last.
    var updating: Task<Void, Never>?
    nonisolated let hosts = Mutex<[String: StreamHost]>([:])
    nonisolated let requests = Mutex<[TailRequestID: RegisteredRequest]>([:])
    nonisolated let temporary = Atomic<UInt32>(0)
    /// Tail requests counted in, with those that end with their connections.
    nonisolated let taken = Atomic(0)
    /// The files that tail requests write.
    nonisolated let files = Mutex<Set<String>>([])
    /// The change of a stream that was asked for last, by name.
    private var changing: [String: Task<Void, Never>] = [:]
    /// Streams that are being made.
    private var making = 0
    /// The same by their tenants.
    private var makingOf: [String: Int] = [:]
    private var nextShard = 0

    /// Opens the data folder and starts the shards.
    ///
    /// - Throws: ``LogFailure`` naming the file and the remedy.
    init(
        configuration: ServerConfiguration, stores: ReferenceStores = ReferenceStores(), logger: Logger
    ) throws(LogFailure) {
        self.configuration = configuration
        self.logger = logger
        self.stores = stores
        lock = try DataFolder.prepare(configuration.dataFolder)
        do throws(CatalogueFailure) {
            catalogue = try Catalogue(path: "\(configuration.dataFolder)/catalogue.sqlite")
            storedWatches = try catalogue.watches()
        } catch {
            throw LogFailure(kind: error.isFull ? .full : .unavailable, message: error.message)
        }
        do throws(StartError) {
            webhooks = try WebhookDesk(configuration, logger: logger)
        } catch {
            throw LogFailure(kind: .unavailable, message: error.message)
        }
        let kept = catalogue
        let journal = WatchJournal(
            after: storedWatches.lastNumber, limits: configuration.limits, logger: logger,
            keep: { (changes, limit) throws(CatalogueFailure) in try kept.keepWatches(changes, limit: limit) })
        self.journal = journal
        let openLogs = OpenFiles.logs(within: configuration.limits.openLogs)
        writer = LogWriter(threads: configuration.logWriters, openLogs: openLogs)
        let own = configuration.tenantShard
        let slots = configuration.limits.tenantThreads
        tenants = TenantDesk(
            (0..<max(1, slots)).map { slot in
                TenantThreads(
                    makeShard: {
                        Shard(
                            number: max(1, configuration.shards) + slot, configuration: own, stores: stores,
                            journal: journal)
                    },
                    makeWriter: {
                        LogWriter(threads: 1, openLogs: max(4, openLogs / (2 * max(1, slots)))) {
                            ThreadPriority.lower(by: ThreadPriority.hotWriter)
                        }
                    })
            })
        tokens = TokenDesk(catalogue, tenants: tenants, configuration: configuration)
        pool = BlockingPool(threads: 2)
        let (catalogue, pool) = (catalogue, pool)
        additions = GroupCommit { (items) throws(Problem) in
            try await Self.store(pool) { () throws(CatalogueFailure) in
                try catalogue.addRequests(items, created: ServerClock().now())
            }
        }
        changes = GroupCommit { (items) throws(Problem) in
            try await Self.store(pool) { () throws(CatalogueFailure) in try catalogue.addFilterChanges(items) }
            return items.map { _ in () }
        }
        commonShards = (0..<max(1, configuration.shards)).map { number in
            Shard(number: number, configuration: configuration, stores: stores, journal: journal)
        }
    }

    /// Whether everything in the catalogue was taken up.
    nonisolated var isReady: Bool { readiness.load(ordering: .relaxed) }

    /// How many streams have the files of their logs open, and how many may.
    nonisolated var openLogs: (used: Int, limit: Int) {
        let own = tenants.allThreads.compactMap(\.ending.writer)
        return (
            own.reduce(writer.openLogCount) { $0 + $1.openLogCount },
            own.reduce(writer.openLogLimit) { $0 + $1.openLogLimit }
        )
    }

    /// Says that everything was taken up.
    nonisolated func markReady() { readiness.store(true, ordering: .relaxed) }

    /// Whether the server is on its way out: no reader may come any more.
    nonisolated var isEnding: Bool { ending.load(ordering: .relaxed) }

    /// Says that the server is on its way out.
    nonisolated func markEnding() { ending.store(true, ordering: .relaxed) }

    /// The durable cursor of a request, as it was when the server started or the request was registered.
    func storedCursor(_ id: TailRequestID) -> Position? { cursors[id] }

    // MARK: Streams

    /// A stream by its name; nil if there is none.
    nonisolated func host(_ name: String) -> StreamHost? { hosts.withLock { $0[name] } }

    /// A stream by its name.
    nonisolated func known(_ name: String) throws(Problem) -> StreamHost {
        if let host = host(name) { return host }
        try StreamDefinition.check(name: name)
        throw .unknownStream(name)
    }

    /// All streams, by name.
    nonisolated var streams: [StreamHost] { hosts.withLock { $0.values.sorted { $0.name < $1.name } } }

    /// A stream by its name, created if there is none and that is allowed.
    ///
    /// - Parameter access: Who asks: a stream that is created is his.
    func find(_ name: String, for access: Access = .open) async throws(Problem) -> StreamHost {
        if let host = host(name), !host.isRemoved { return host }
        try StreamDefinition.check(name: name)
        return try await exclusively(name) { [self] () throws(Problem) in
            if let host = host(name) { return host }
            guard configuration.autoCreateStreams else { throw .unknownStream(name) }
            return try await make(name, definition: configuration.streamDefaults, for: access)
        }
    }

    /// Creates a stream, or changes what may be changed of one that is there.
    ///
    /// - Returns: The stream, and whether it is new.
    func create(
        _ name: String, definition: StreamDefinition, for access: Access = .open
    ) async throws(Problem) -> (host: StreamHost, isNew: Bool) {
        try StreamDefinition.check(name: name)
        return try await exclusively(name) { [self] () throws(Problem) in
            guard let host = host(name) else {
                return (try await make(name, definition: definition, for: access), true)
            }
            try await change(host, to: definition)
            return (host, false)
        }
    }

    /// Creates, changes or removes a stream when whatever was begun with one of this name before is over.
    private func exclusively<Value: Sendable>(
        _ name: String, _ work: @escaping @Sendable () async throws(Problem) -> Value
    ) async throws(Problem) -> Value {
        let earlier = changing[name]
        let task = Task { () -> Result<Value, Problem> in
            await earlier?.value
            do throws(Problem) { return .success(try await work()) } catch { return .failure(error) }
        }
        let end = Task { _ = await task.value }
        changing[name] = end
        let result = await task.value
        if changing[name] == end { changing[name] = nil }
        return try result.get()
    }

    private func change(_ host: StreamHost, to definition: StreamDefinition) async throws(Problem) {
        // Its removal failed halfway; what is left of it can only be removed.
        guard !host.isRemoved else { throw .removed(host.name) }
        guard host.definition.readsLike(definition) else {
            throw Problem(
                .conflict, "stream-exists", "stream '\(host.name)' has another key, time field, lateness or count",
                field: "key",
                remedy: "delete the stream first, or choose another name; durability and retention can be changed")
        }
        try await store { [catalogue] () throws(CatalogueFailure) in
            try catalogue.putStream(
                StoredStream(name: host.name, descriptor: definition.text, created: host.created))
        }
        host.define(definition)
    }

    private func make(
        _ name: String, definition: StreamDefinition, for access: Access
    ) async throws(Problem) -> StreamHost {
        let limit = configuration.manager.limits.streams
        let count = hosts.withLock { $0.count } + making
        guard count < limit else {
            throw .limitReached(
                "limits.streams", limit, used: count, what: "streams",
                remedy: "delete streams that are not needed, or raise the limit")
        }
        let owner = access.owner?.name
        if let owner, let quota = access.use?.definition.quotas.streams {
            let used = streamCount(of: owner) + makingOf[owner, default: 0]
            guard used < quota else { throw .quotaReached("streams", quota, used: used, what: "streams") }
        }
        making += 1
        if let owner { makingOf[owner, default: 0] += 1 }
        defer {
            making -= 1
            if let owner { makingOf[owner, default: 1] -= 1 }
        }
        if let count = definition.count {
            try check(count, of: name)
            // While it is made, what it is counted from stays.
            beginning[count.from, default: 0] += 1
        }
        defer { if let count = definition.count { beginning[count.from, default: 1] -= 1 } }
        let created = ServerClock().now()
        let host = newHost(name, definition: definition, created: created, owner: owner)
        // The log first: where it cannot be opened, there is no stream.
        try await open(host)
        do throws(Problem) {
            try await describe(host)
            try await store { [catalogue] () throws(CatalogueFailure) in
                try catalogue.putStream(
                    StoredStream(name: name, descriptor: definition.text, created: created, owner: owner))
            }
        } catch {
            await discard(host)
            throw error
        }
        hosts.withLock { $0[name] = host }
        if isReady { startCounting(host) }
        logger.info("stream created", metadata: ["stream": .string(name)])
        return host
    }

    /// Takes back what was made of a stream that could not be kept. A log that has events was there before: it stays.
    private func discard(_ host: StreamHost) async {
        let isEmpty = host.openLog?.bounds.lastDurable == nil
        try? await disk(host) { () throws(LogFailure) in
            if isEmpty { try host.remove() } else { try host.close() }
        }
        _ = try? await host.perform { (state) throws(Problem) in state.remove(host) }
    }

    private func newHost(
        _ name: String, definition: StreamDefinition, created: Timestamp, owner: String?
    ) -> StreamHost {
        let path = DataFolder.logPath(configuration.dataFolder, stream: name)
        if let owner {
            let threads = tenants.tenant(owner).threads
            return StreamHost(
                name: name, definition: definition, created: created, shard: threads.shard, path: path,
                writer: threads.writer, owner: owner)
        }
        defer { nextShard += 1 }
        return StreamHost(
            name: name, definition: definition, created: created, shard: commonShards[nextShard % commonShards.count],
            path: path, writer: writer)
    }

    private func describe(_ host: StreamHost) async throws(Problem) {
        let descriptor = host.definition.descriptor(name: host.name)
        try await host.perform { (state) throws(Problem) in
            do throws(ForetailError) { try state.manager.describeStream(descriptor) } catch { throw Problem(error) }
        }
    }

    /// Removes a stream, its log and its tail requests.
    ///
    /// The log goes before the row in the catalogue: a stream that is gone does not come back with old events. What fails in
    /// the middle can be tried again; until then the stream takes nothing.
    func remove(stream name: String) async throws(Problem) {
        try await exclusively(name) { [self] () throws(Problem) in try await takeAway(known(name)) }
        logger.info("stream removed", metadata: ["stream": .string(name)])
    }

    private func takeAway(_ host: StreamHost) async throws(Problem) {
        let name = host.name
        try checkUncounted(name)
        // From now on nothing is begun with it, and learning its past ends.
        host.markRemoved()
        await endCounting(name)
        await warmUps[ObjectIdentifier(host)]?.value
        await historyFills[ObjectIdentifier(host)]?.value
        try await disk(host) { () throws(LogFailure) in try host.remove() }
        try await host.perform { (state) throws(Problem) in state.remove(host) }
        // Those that join later find the stream on its way out.
        let doomed = requests(of: name).map(\.id)
        try await store { [catalogue] () throws(CatalogueFailure) in
            _ = try catalogue.removeStream(name, requests: doomed.map(\.number), at: ServerClock().now())
        }
        for id in doomed { await forget(id) }
        hosts.withLock { $0[name] = nil }
    }

    // MARK: Stores

    /// Begins to listen to what stores say of changes.
    func followStores() {
        for store in stores.all {
            let name = store.name
            listeners.append(
                Task { [self] in
                    await store.follow { notice in for shard in shards { shard.note(notice, from: name) } }
                })
        }
    }

    private func closeStores() async {
        for listener in listeners { listener.cancel() }
        for listener in listeners { await listener.value }
        await stores.close()
    }

    // MARK: Start and end

    /// Takes up what the catalogue holds.
    func load() async throws(Problem) {
        let (catalogue, tokens) = (catalogue, tokens)
        try await store { () throws(CatalogueFailure) in try tokens.load() }
        let streams = try await store { () throws(CatalogueFailure) in try catalogue.streams() }
        for stream in streams {
            let definition = try StreamDefinition(stored: stream.descriptor, defaults: configuration.streamDefaults)
            let host = newHost(
                stream.name, definition: definition, created: stream.created, owner: stream.owner)
            try await describe(host)
            hosts.withLock { $0[stream.name] = host }
        }
        let (stored, changes, kept) = try await store { () throws(CatalogueFailure) in
            (try catalogue.requests(limit: .max), try catalogue.filterChanges(), try catalogue.cursors())
        }
        var byStream: [String: [RegisteredRequest]] = [:]
        for request in stored {
            // Its registration was broken off, or its stream's removal: neither was answered.
            guard let host = host(request.stream), changes[request.number] != nil else {
                try await store { () throws(CatalogueFailure) in
                    _ = try catalogue.removeRequest(request.number, at: ServerClock().now())
                }
                logger.warning("tail request forgotten", metadata: ["request": .stringConvertible(request.number)])
                continue
            }
            let registered = try RegisteredRequest(request, changes: changes[request.number] ?? [], host: host)
            byStream[request.stream, default: []].append(registered)
            taken.wrappingAdd(1, ordering: .relaxed)
            if let owner = registered.owner { _ = tenants.tenant(owner).enterRequest(limit: nil) }
            if let path = registered.filePath { files.withLock { _ = $0.insert(path) } }
            cursors[registered.id] = kept[request.number] ?? registered.registeredAt
        }
        try await webhooks.retain(Set(byStream.values.joined().filter { $0.webhook != nil }.map(\.id.number)))
        for (name, list) in byStream {
            guard let host = host(name) else { continue }
            let failures = try await host.perform { (state) throws(Problem) -> [String] in
                var failures: [String] = []
                for request in list {
                    do throws(ForetailError) {
                        _ = try state.manager.registerTailRequest(
                            streamName: name, filter: request.definition.filter, destination: request.destination,
                            prediction: request.definition.prediction, id: request.id)
                        try state.register(
                            request.definition.lookups, of: request.id,
                            stream: host.definition.descriptor(name: name))
                    } catch {
                        failures.append("\(request.id): \(error)")
                    }
                }
                return failures
            }
            for failure in failures {
                logger.error("tail request not taken up", metadata: ["request": .string(failure)])
            }
            requests.withLock { requests in for request in list { requests[request.id] = request } }
            host.countPredicting(list.count { $0.definition.prediction != nil })
        }
        try await resumeWatches(storedWatches)
    }

    /// Writes what was learned and closes the logs.
    func close() async {
        for change in changing.values { await change.value }
        for host in streams {
            do throws(LogFailure) {
                try await pool.run { () throws(LogFailure) in try host.close() }
            } catch {
                logger.error("log not closed", metadata: ["stream": .string(host.name), "reason": .string("\(error)")])
            }
        }
        await writer.shutDown()
        for writer in tenants.allThreads.compactMap(\.ending.writer) { await writer.shutDown() }
        await closeStores()
        await webhooks.close()
        for shard in shards { await shard.end() }
        await journal.close()
        try? catalogue.close()
        lock.release()
    }

    /// Asks something of the catalogue, which waits for the disk.
    nonisolated func store<Value: Sendable>(
        _ work: @escaping @Sendable () throws(CatalogueFailure) -> Value
    ) async throws(Problem) -> Value {
        try await Self.store(pool, work)
    }

    private static func store<Value: Sendable>(
        _ pool: BlockingPool, _ work: @escaping @Sendable () throws(CatalogueFailure) -> Value
    ) async throws(Problem) -> Value {
        do throws(CatalogueFailure) {
            return try await pool.run(work)
        } catch {
            throw Problem(error)
        }
    }

    /// Opens a stream's log, if it is not open.
    nonisolated func open(_ host: StreamHost) async throws(Problem) {
        guard host.openLog == nil else { return }
        try await disk(host) { () throws(LogFailure) in _ = try host.log() }
    }

    /// Asks something of a stream's log, which waits for the disk.
    nonisolated func disk<Value: Sendable>(
        _ host: StreamHost, _ work: @escaping @Sendable () throws(LogFailure) -> Value
    ) async throws(Problem) -> Value {
        try await pool.disk(host, work)
    }
}
#endif
