#if Server
import FieldExtraction
import Foretail
import ForetailSQLite
import Logging
import Synchronization

/// What a registry does beside answering: files to write, models to warm up and keep, old events to forget.
extension Registry {
    /// Begins file deliveries and warm-ups, and the rounds.
    func startTending() {
        for request in requests(after: 0, limit: .max, stream: nil) { startDelivery(request) }
        for host in streams where host.predictingRequests > 0 { warmUp(host) }
        rounds = Task { [self] in
            var lastSnapshot = ServerClock().monotonic
            while !Task.isCancelled {
                try? await Task.sleep(for: .seconds(5))
                await enforceRetention()
                let now = ServerClock().monotonic
                if now - lastSnapshot >= configuration.snapshotMicroseconds {
                    lastSnapshot = now
                    await keepSnapshots()
                }
            }
        }
        markReady()
    }

    /// Tells all readers to go, and ends file deliveries and rounds.
    func endReaders() async {
        markEnding()
        rounds?.cancel()
        for host in streams {
            let name = host.name
            _ = try? await host.shard.perform { (state) throws(Problem) in
                state.manager.withdrawForRestart(stream: name, into: &state.actions)
            }
        }
        for shard in shards { _ = try? await shard.perform { (state) throws(Problem) in state.endAll() } }
        for task in deliveries.values { task.cancel() }
        for task in deliveries.values { await task.value }
        for task in warmUps.values { await task.value }
        await keepSnapshots()
    }

    // MARK: Files

    /// Begins to deliver to a file, if that is where the request's records go.
    func startDelivery(_ request: RegisteredRequest) {
        guard case .file(let path) = request.definition.destination, deliveries[request.id] == nil else { return }
        let id = request.id
        let sink = FileSink(
            path: "\(configuration.dataFolder)/files/\(path)", request: request, cursor: storedCursor(id),
            pool: pool, logger: logger,
            subscribe: { [self] (start) throws(Problem) in try await subscribe(request, from: start) },
            keep: { [self] (position) throws(Problem) in
                try await store { [catalogue] () throws(CatalogueFailure) in
                    try catalogue.putCursors([(id.number, position)])
                }
            })
        sinks.withLock { $0[id] = sink }
        deliveries[id] = Task { await sink.run() }
    }

    /// Ends the delivery to a file.
    func endDelivery(_ id: TailRequestID) {
        sinks.withLock { $0[id] = nil }
        deliveries.removeValue(forKey: id)?.cancel()
    }

    /// How the delivery of a tail request to a file goes; nil where there is none.
    nonisolated func deliveryStatus(of id: TailRequestID) -> DeliveryStatus? { sinks.withLock { $0[id] }?.status }

    /// How the deliveries to files go, by tail request.
    nonisolated var deliveryStatuses: [(id: TailRequestID, status: DeliveryStatus)] {
        sinks.withLock { Array($0) }.sorted { $0.key < $1.key }.map { ($0.key, $0.value.status) }
    }

    /// Begins to read a tail request's records.
    nonisolated func subscribe(
        _ request: RegisteredRequest, from start: Subscription.Start
    ) async throws(Problem) -> Subscription {
        let timeField = try await timeField(of: request.host)
        return try await Subscription(
            to: request.destination, of: request.host, from: start, pool: pool,
            writeBytes: configuration.delivery.writeBytes,
            versionCount: { [self] in self.request(request.id)?.versions.count ?? request.versions.count }
        ) { [self] (after) throws(Problem) in
            // The request as it is then: its filter may have changed since.
            let current = self.request(request.id) ?? request
            return try Replay(
                current.host, id: current.id, versions: current.versions, after: after, timeField: timeField,
                configuration: configuration.manager)
        }
    }

    /// Prepares to read the log as a filter sees it.
    nonisolated func makeReplay(
        _ host: StreamHost, id: TailRequestID, versions: [Replay.Version], after: Position?
    ) async throws(Problem) -> Replay {
        try Replay(
            host, id: id, versions: versions, after: after, timeField: try await timeField(of: host),
            configuration: configuration.manager)
    }

    /// The field that holds the time of a stream's events, named or found.
    nonisolated func timeField(of host: StreamHost) async throws(Problem) -> String? {
        if let named = host.definition.time { return named }
        return try await host.shard.perform { (state) throws(Problem) in
            state.manager.streamStatus(host.name)?.timeField
        }
    }

    /// What a stream's log holds.
    nonisolated func bounds(of host: StreamHost) async throws(Problem) -> LogBounds {
        do throws(LogFailure) {
            return try await pool.run { () throws(LogFailure) in try host.log().bounds }
        } catch {
            throw Problem(error, host)
        }
    }

    // MARK: Models

    /// Lets a stream's models learn the past, unless they are at it.
    func warmUp(_ host: StreamHost) {
        guard warmUps[ObjectIdentifier(host)] == nil else { return }
        let requests = predicting(host)
        guard !requests.isEmpty else { return }
        let name = host.name
        warmUps[ObjectIdentifier(host)] = Task { [self] in
            let snapshot = try? await store { [catalogue] () throws(CatalogueFailure) -> StoredSnapshot? in
                try catalogue.snapshot(of: name)
            }
            let problem = await WarmUp(
                host: host, requests: requests, snapshot: snapshot?.bytes, configuration: configuration,
                pool: warmUpPool
            ).run()
            if let problem {
                logger.warning(
                    "models begin afresh", metadata: ["stream": .string(name), "reason": .string(problem)])
            }
            endWarmUp(host)
        }
    }

    private func endWarmUp(_ host: StreamHost) { warmUps[ObjectIdentifier(host)] = nil }

    private func predicting(_ host: StreamHost) -> [RegisteredRequest] {
        requests(after: 0, limit: .max, stream: host.name).filter { $0.definition.prediction != nil }
    }

    /// Lets a new request's stream learn the past, where nothing has been learned yet.
    func warmUpIfFirst(_ request: RegisteredRequest) async {
        guard request.definition.prediction != nil, request.host.predictingRequests == 1,
            let bounds = try? await bounds(of: request.host), bounds.count > 0
        else { return }
        warmUp(request.host)
    }

    /// Writes what was learned to the catalogue.
    private func keepSnapshots() async {
        for host in streams where host.predictingRequests > 0 && warmUps[ObjectIdentifier(host)] == nil {
            let name = host.name
            do throws(Problem) {
                let (bytes, position) = try await host.shard.perform { (state) throws(Problem) in
                    do throws(ForetailError) {
                        return (try state.manager.snapshot(stream: name), state.manager.lastPosition(stream: name))
                    } catch {
                        throw Problem(error)
                    }
                }
                guard let position else { continue }
                try await store { [catalogue] () throws(CatalogueFailure) in
                    // A stream that came after it under the same name has another past.
                    guard !host.isRemoved else { return }
                    try catalogue.putSnapshot(
                        StoredSnapshot(bytes: bytes, position: position, time: ServerClock().now()), of: name)
                }
            } catch {
                guard !host.isRemoved else { continue }
                logger.error(
                    "models not kept", metadata: ["stream": .string(name), "reason": .string(error.detail)])
            }
        }
    }

    // MARK: Retention

    private func enforceRetention() async {
        for host in streams {
            guard let log = host.openLog,
                log.settings.retentionBytes != nil || log.settings.retentionMicroseconds != nil
            else { continue }
            do throws(LogFailure) {
                try await pool.run { () throws(LogFailure) in
                    _ = try log.enforceRetention(now: ServerClock().now())
                    try log.giveBack()
                }
            } catch {
                guard !host.isRemoved else { continue }
                logger.error(
                    "retention failed", metadata: ["stream": .string(host.name), "reason": .string(error.message)])
            }
        }
    }
}
#endif
