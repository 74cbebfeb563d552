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
    /// The shards.
    nonisolated let shards: [Shard]
    /// Threads for the disk.
    nonisolated let pool: BlockingPool
    nonisolated let logger: Logger
    /// When the server started.
    nonisolated let started = ServerClock().now()
    /// Durable small state.
    nonisolated let catalogue: Catalogue
    /// Registrations on their way to the catalogue.
    private nonisolated let additions: GroupCommit<(stream: String, definition: String), UInt32>
    /// First filters on their way to the catalogue.
    private nonisolated let changes: GroupCommit<(request: UInt32, change: StoredFilterChange), Void>
    /// A thread for learning the past.
    nonisolated let warmUpPool = BlockingPool(threads: 1)
    /// Deliveries to files, for those who ask how they go.
    nonisolated let sinks = Mutex<[TailRequestID: FileSink]>([:])
    /// Deliveries to files.
    var deliveries: [TailRequestID: Task<Void, Never>] = [:]
    /// Streams whose models are learning the past.
    var warmUps: [ObjectIdentifier: Task<Void, Never>] = [:]
    /// What is done from time to time.
    var rounds: Task<Void, Never>?
    private nonisolated let writer: LogWriter
    private nonisolated let lock: FolderLock
    private nonisolated let readiness = Atomic(false)
    private nonisolated let ending = Atomic(false)
    private var cursors: [TailRequestID: Position] = [:]
    /// The change of a filter that was asked for last.
    private var updating: Task<Void, Never>?
    private nonisolated let hosts = Mutex<[String: StreamHost]>([:])
    private nonisolated let requests = Mutex<[TailRequestID: RegisteredRequest]>([:])
    private nonisolated let temporary = Atomic<UInt32>(0)
    private var creating: [String: Task<Result<StreamHost, Problem>, Never>] = [:]
    /// Streams on their way out. Their names are free when their files are gone.
    private var removing: [String: Task<Problem?, Never>] = [:]
    private var nextShard = 0

    /// Opens the data folder and starts the shards.
    ///
    /// - Throws: ``LogFailure`` naming the file and the remedy.
    init(configuration: ServerConfiguration, logger: Logger) throws(LogFailure) {
        self.configuration = configuration
        self.logger = logger
        lock = try DataFolder.prepare(configuration.dataFolder)
        do throws(CatalogueFailure) {
            catalogue = try Catalogue(path: "\(configuration.dataFolder)/catalogue.sqlite")
        } catch {
            throw LogFailure(kind: error.isFull ? .full : .unavailable, message: error.message)
        }
        writer = LogWriter(threads: configuration.logWriters)
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
        shards = (0..<max(1, configuration.shards)).map { Shard(number: $0, configuration: configuration) }
    }

    /// Whether everything in the catalogue was taken up.
    nonisolated var isReady: Bool { readiness.load(ordering: .relaxed) }

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
    func find(_ name: String) async throws(Problem) -> StreamHost {
        if let host = host(name) { return host }
        try StreamDefinition.check(name: name)
        guard configuration.autoCreateStreams else { throw .unknownStream(name) }
        return try await create(name, definition: configuration.streamDefaults).host
    }

    /// Creates a stream, or changes what may be changed of one that is there.
    ///
    /// - Returns: The stream, and whether it is new.
    func create(
        _ name: String, definition: StreamDefinition
    ) async throws(Problem) -> (host: StreamHost, isNew: Bool) {
        try StreamDefinition.check(name: name)
        if let host = host(name) {
            guard host.definition.readsLike(definition) else {
                throw Problem(
                    .conflict, "stream-exists", "stream '\(name)' has another key, time field or lateness",
                    field: "key",
                    remedy: "delete the stream first, or choose another name; durability and retention can be changed")
            }
            try await store { [catalogue] () throws(CatalogueFailure) in
                try catalogue.putStream(StoredStream(name: name, descriptor: definition.text, created: host.created))
            }
            host.define(definition)
            return (host, false)
        }
        guard removing[name] == nil else { throw .removed(name) }
        if let task = creating[name] {
            _ = try await task.value.get()
            return try await create(name, definition: definition)
        }
        let count = hosts.withLock { $0.count }
        guard count < configuration.manager.limits.streams else {
            throw .limitReached(
                "limits.streams", configuration.manager.limits.streams, used: count, what: "streams",
                remedy: "delete streams that are not needed, or raise the limit")
        }
        let task = Task { () -> Result<StreamHost, Problem> in
            do throws(Problem) { return .success(try await self.make(name, definition: definition)) } catch {
                return .failure(error)
            }
        }
        creating[name] = task
        defer { creating[name] = nil }
        return (try await task.value.get(), true)
    }

    private func make(_ name: String, definition: StreamDefinition) async throws(Problem) -> StreamHost {
        let created = ServerClock().now()
        try await store { [catalogue] () throws(CatalogueFailure) in
            try catalogue.putStream(StoredStream(name: name, descriptor: definition.text, created: created))
        }
        let host = newHost(name, definition: definition, created: created)
        try await disk(host) { () throws(LogFailure) in _ = try host.log() }
        try await describe(host)
        hosts.withLock { $0[name] = host }
        logger.info("stream created", metadata: ["stream": .string(name)])
        return host
    }

    private func newHost(_ name: String, definition: StreamDefinition, created: Timestamp) -> StreamHost {
        defer { nextShard += 1 }
        return StreamHost(
            name: name, definition: definition, created: created, shard: shards[nextShard % shards.count],
            path: DataFolder.logPath(configuration.dataFolder, stream: name), writer: writer)
    }

    private func describe(_ host: StreamHost) async throws(Problem) {
        let descriptor = host.definition.descriptor(name: host.name)
        try await host.shard.perform { (state) throws(Problem) in
            do throws(ForetailError) { try state.manager.describeStream(descriptor) } catch { throw Problem(error) }
        }
    }

    /// Removes a stream, its log and its tail requests; readers are told. Nothing can be begun with it from the first moment on,
    /// and another stream of its name only when its file is gone.
    func remove(stream name: String) async throws(Problem) {
        if let removal = removing[name], await removal.value == nil { throw .unknownStream(name) }
        let host = try known(name)
        host.markRemoved(true)
        hosts.withLock { $0[name] = nil }
        let task = Task { await self.discard(host) }
        removing[name] = task
        if let problem = await task.value { throw problem }
    }

    /// - Returns: What kept the stream from being removed, or its file from being deleted.
    private func discard(_ host: StreamHost) async -> Problem? {
        let name = host.name
        defer { removing[name] = nil }
        let doomed = requests(of: name).map(\.id)
        do throws(Problem) {
            _ = try await store { [catalogue] () throws(CatalogueFailure) in
                try catalogue.removeStream(name, requests: doomed.map(\.number), at: ServerClock().now())
            }
        } catch {
            hosts.withLock { $0[name] = host }
            host.markRemoved(false)
            return error
        }
        for id in doomed { forget(id) }
        var problem: Problem?
        do throws(Problem) {
            // The log first: from then on the shard takes no event for it.
            try await disk(host) { () throws(LogFailure) in try host.remove() }
        } catch {
            problem = error
        }
        _ = try? await host.shard.perform { (state) throws(Problem) in state.remove(stream: name) }
        logger.info("stream removed", metadata: ["stream": .string(name)])
        return problem
    }

    /// Forgets a tail request that the catalogue holds no more.
    private func forget(_ id: TailRequestID) {
        let request = requests.withLock { $0.removeValue(forKey: id) }
        if let request, request.definition.prediction != nil { request.host.countPredicting(-1) }
        endDelivery(id)
        cursors[id] = nil
    }

    // MARK: Tail requests

    /// A tail request by its id.
    nonisolated func request(_ id: TailRequestID) -> RegisteredRequest? { requests.withLock { $0[id] } }

    /// A tail request by the text of its id.
    nonisolated func request(text: String) throws(Problem) -> RegisteredRequest {
        guard let id = TailRequestID(text: text), let request = request(id) else { throw .unknownRequest(text) }
        return request
    }

    /// How many tail requests there are.
    nonisolated var requestCount: Int { requests.withLock { $0.count } }

    /// A page of tail requests, oldest first.
    nonisolated func requests(after id: UInt32, limit: Int, stream: String?) -> [RegisteredRequest] {
        requests.withLock { requests in
            let meant = requests.values.filter {
                $0.id.number > id && (stream == nil || $0.definition.stream == stream)
            }
            return Array(meant.sorted { $0.id < $1.id }.prefix(limit))
        }
    }

    private nonisolated func requests(of stream: String) -> [RegisteredRequest] {
        requests(after: 0, limit: .max, stream: stream)
    }

    /// Registers a tail request: checked by the core, in the catalogue, then in force.
    nonisolated func register(_ definition: RequestDefinition) async throws(Problem) -> RegisteredRequest {
        let used = requestCount
        guard used < configuration.manager.limits.requests else {
            throw .limitReached(
                "limits.tailRequests", configuration.manager.limits.requests, used: used, what: "tail requests",
                remedy: "remove tail requests that are not needed, or raise the limit")
        }
        let host = try await find(definition.stream)
        let created = ServerClock().now()
        let text = definition.text
        // Checked before it is written: a number is not spent on a filter that does not compile.
        try Self.check(definition, host: host, configuration: configuration)
        let number = try await additions.add((host.name, text))
        let id = TailRequestID(number)
        let start: Position?
        do throws(Problem) {
            start = try await enter(id, definition, host: host)
        } catch {
            try await store { [catalogue] () throws(CatalogueFailure) in
                _ = try catalogue.removeRequest(number, at: created)
            }
            throw error
        }
        let request = RegisteredRequest(
            id: id, definition: definition, created: created, registeredAt: start,
            versions: [Replay.Version(after: .none, filter: definition.filter)], host: host)
        do throws(Problem) {
            try await changes.add(
                (number, StoredFilterChange(position: start ?? .none, filter: definition.filter?.stored ?? "")))
        } catch {
            // What is not kept is not in force.
            host.shard.post { state in try? state.manager.removeTailRequest(id, into: &state.actions) }
            throw error
        }
        if definition.prediction != nil { host.countPredicting(1) }
        requests.withLock { $0[id] = request }
        // A stream that was removed meanwhile may have counted its requests before this one came.
        guard !host.isRemoved else {
            try? await remove(id)
            throw .removed(host.name)
        }
        await took(request)
        return request
    }

    private func took(_ request: RegisteredRequest) async {
        cursors[request.id] = request.registeredAt
        startDelivery(request)
        await warmUpIfFirst(request)
    }

    /// Registers with the core.
    ///
    /// - Returns: The last position processed before.
    private nonisolated func enter(
        _ id: TailRequestID, _ definition: RequestDefinition, host: StreamHost
    ) async throws(Problem) -> Position? {
        try await disk(host) { () throws(LogFailure) in _ = try host.log() }
        return try await host.shard.perform { (state) throws(Problem) in
            guard !host.isRemoved else { throw .removed(host.name) }
            do throws(ForetailError) {
                _ = try state.manager.registerTailRequest(
                    streamName: host.name, filter: definition.filter, destination: DestinationID(Int(id.number)),
                    prediction: definition.prediction, id: id)
            } catch {
                throw Problem(error)
            }
            return host.head == Position(epoch: 1, sequence: 0) ? nil : host.head
        }
    }

    /// Compiles a definition's filter and checks its settings, in a manager of its own.
    private nonisolated static func check(
        _ definition: RequestDefinition, host: StreamHost, configuration: ServerConfiguration
    ) throws(Problem) {
        do throws(ForetailError) {
            var trial = PredictiveBufferManager(configuration: configuration.manager)
            _ = try trial.registerTailRequest(
                streamName: host.name, filter: definition.filter, destination: DestinationID(0),
                prediction: definition.prediction)
        } catch {
            throw Problem(error)
        }
    }

    /// Gives a tail request another filter, at one exact position: events up to it are judged by the old one, wherever and
    /// whenever they are read.
    ///
    /// - Returns: The request as it is now, and the position.
    func update(_ id: TailRequestID, filter: FilterText?) async throws(Problem) -> (RegisteredRequest, Position?) {
        // One after another: the catalogue has the changes in the order of their positions.
        let earlier = updating
        let task = Task { () -> Result<(RegisteredRequest, Position?), Problem> in
            await earlier?.value
            do throws(Problem) { return .success(try await self.change(id, to: filter)) } catch {
                return .failure(error)
            }
        }
        updating = Task { _ = await task.value }
        return try await task.value.get()
    }

    private func change(
        _ id: TailRequestID, to filter: FilterText?
    ) async throws(Problem) -> (RegisteredRequest, Position?) {
        guard let before = request(id) else { throw .unknownRequest(id.description) }
        let (changed, position) = try await changeFilter(of: before, to: filter)
        let text = changed.definition.text
        do throws(Problem) {
            try await store { [catalogue] () throws(CatalogueFailure) in
                _ = try catalogue.updateRequest(id.number, definition: text)
                try catalogue.addFilterChange(
                    StoredFilterChange(position: position ?? .none, filter: filter?.stored ?? ""), of: id.number)
            }
        } catch {
            // What is not kept is not in force.
            _ = try await changeFilter(of: changed, to: before.definition.filter)
            throw error
        }
        return (changed, position)
    }

    /// Changes a filter on the shard. The new version is known before the next event is processed, and so before any reader
    /// can find that event in the log.
    private func changeFilter(
        of request: RegisteredRequest, to filter: FilterText?
    ) async throws(Problem) -> (RegisteredRequest, Position?) {
        let (id, host) = (request.id, request.host)
        return try await host.shard.perform { [self] (state) throws(Problem) in
            do throws(ForetailError) {
                try state.manager.updateTailRequest(id, filter: filter, into: &state.actions)
            } catch {
                throw Problem(error)
            }
            var changed = request
            changed.definition.filter = filter
            changed.versions.append(Replay.Version(after: host.head ?? .none, filter: filter))
            requests.withLock { $0[id] = changed }
            return (changed, host.head)
        }
    }

    /// Removes a tail request; its readers are told.
    func remove(_ id: TailRequestID) async throws(Problem) {
        guard let request = request(id) else { throw .unknownRequest(id.description) }
        try await store { [catalogue] () throws(CatalogueFailure) in
            _ = try catalogue.removeRequest(id.number, at: ServerClock().now())
        }
        forget(id)
        try await request.host.shard.perform { (state) throws(Problem) in
            try? state.manager.removeTailRequest(id, into: &state.actions)
            state.publish()
            state.end(request.destination)
        }
    }

    /// Registers a tail that ends with its connection.
    nonisolated func registerTemporary(
        _ definition: RequestDefinition, host: StreamHost
    ) async throws(Problem) -> RegisteredRequest {
        // Numbers from the upper half, which the catalogue does not reach.
        let number = 0x8000_0000 + temporary.wrappingAdd(1, ordering: .relaxed).newValue
        let id = TailRequestID(number)
        let start = try await enter(id, definition, host: host)
        return RegisteredRequest(
            id: id, definition: definition, created: ServerClock().now(), registeredAt: start,
            versions: [Replay.Version(after: .none, filter: definition.filter)], host: host)
    }

    /// Removes a tail that ended with its connection.
    nonisolated func removeTemporary(_ request: RegisteredRequest) {
        let id = request.id
        request.host.shard.post { state in
            try? state.manager.removeTailRequest(id, into: &state.actions)
        }
    }

    // MARK: Start and end

    /// Takes up what the catalogue holds.
    func load() async throws(Problem) {
        let catalogue = catalogue
        let streams = try await store { () throws(CatalogueFailure) in try catalogue.streams() }
        for stream in streams {
            let definition = try StreamDefinition(stored: stream.descriptor, defaults: configuration.streamDefaults)
            let host = newHost(stream.name, definition: definition, created: stream.created)
            try await describe(host)
            hosts.withLock { $0[stream.name] = host }
        }
        let (stored, changes, kept) = try await store { () throws(CatalogueFailure) in
            (try catalogue.requests(limit: .max), try catalogue.filterChanges(), try catalogue.cursors())
        }
        var byStream: [String: [RegisteredRequest]] = [:]
        for request in stored {
            guard let host = host(request.stream) else { continue }
            let registered = try RegisteredRequest(request, changes: changes[request.number] ?? [], host: host)
            byStream[request.stream, default: []].append(registered)
            cursors[registered.id] = kept[request.number] ?? registered.registeredAt
        }
        for (name, list) in byStream {
            guard let host = host(name) else { continue }
            let failures = try await host.shard.perform { (state) throws(Problem) -> [String] in
                var failures: [String] = []
                for request in list {
                    do throws(ForetailError) {
                        _ = try state.manager.registerTailRequest(
                            streamName: name, filter: request.definition.filter, destination: request.destination,
                            prediction: request.definition.prediction, id: request.id)
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
    }

    /// Writes what was learned and closes the logs.
    func close() async {
        for removal in removing.values { _ = await removal.value }
        for host in streams {
            do throws(LogFailure) {
                try await pool.run { () throws(LogFailure) in try host.close() }
            } catch {
                logger.error("log not closed", metadata: ["stream": .string(host.name), "reason": .string("\(error)")])
            }
        }
        await writer.shutDown()
        for shard in shards { await shard.end() }
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

    /// Asks something of a stream's log, which waits for the disk.
    nonisolated func disk<Value: Sendable>(
        _ host: StreamHost, _ work: @escaping @Sendable () throws(LogFailure) -> Value
    ) async throws(Problem) -> Value {
        do throws(LogFailure) {
            return try await pool.run(work)
        } catch {
            throw Problem(error, host)
        }
    }
}
#endif
