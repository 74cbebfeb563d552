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
        followStores()
        for request in requests(after: 0, limit: .max, stream: nil) { startDelivery(request) }
        for host in streams where host.predictingRequests > 0 { warmUp(host) }
        let looking = requests(after: 0, limit: .max, stream: nil).filter(\.looksBack)
        for request in looking { fillHistories(of: request.host) }
        for host in countedStreams { startCounting(host) }
        let tokens = tokens
        tokenRounds = Task { [self] in
            while !Task.isCancelled {
                try? await Task.sleep(for: .seconds(TokenDesk.lookSeconds))
                do throws(Problem) {
                    try await store { () throws(CatalogueFailure) in try tokens.look() }
                } catch {
                    logger.error(
                        "tokens not read; those known stay in force", metadata: ["reason": .string(error.detail)])
                }
            }
        }
        rounds = Task { [self] in
            var lastSnapshot = ServerClock().monotonic
            var lastPurge = Int64.min
            while !Task.isCancelled {
                try? await Task.sleep(for: .seconds(5))
                await enforceRetention()
                await noteWatched()
                await trimFilters()
                let now = ServerClock().monotonic
                if now - lastSnapshot >= configuration.snapshotMicroseconds {
                    lastSnapshot = now
                    await keepSnapshots()
                }
                if lastPurge == .min || now - lastPurge >= Self.purgeMicroseconds {
                    lastPurge = now
                    await purgeRequests()
                }
            }
        }
        markReady()
    }

    /// Microseconds between two looks for tail requests that were removed, and for how long those are kept in the catalogue.
    private static let purgeMicroseconds: Int64 = 3_600_000_000
    private static let keepRemovedMicroseconds: Int64 = 86_400_000_000

    /// How long a server that ends goes on with events that wait, in microseconds.
    private static let lastEventsMicroseconds: Int64 = 2_000_000

    /// Tells all readers to go, and ends file deliveries and rounds.
    func endReaders() async {
        markEnding()
        for shard in shards { shard.leaveEvents(after: Self.lastEventsMicroseconds) }
        rounds?.cancel()
        tokenRounds?.cancel()
        for name in countings.keys { await endCounting(name) }
        for host in streams {
            let name = host.name
            _ = try? await host.perform { (state) throws(Problem) in
                // Watches go on after the start.
                state.manager.withdrawForRestart(stream: name, keepingWatches: true, into: &state.actions)
            }
        }
        await noteWatched()
        for shard in shards { _ = try? await shard.perform { (state) throws(Problem) in state.endAll() } }
        for task in deliveries.values { task.cancel() }
        for task in deliveries.values { await task.value }
        for task in warmUps.values { await task.value }
        for task in historyFills.values { await task.value }
        await keepSnapshots()
    }

    // MARK: Files

    /// Begins to deliver to a file or a webhook, if that is where the request's records go.
    func startDelivery(_ request: RegisteredRequest) {
        startWebhook(request)
        guard let path = request.filePath, deliveries[request.id] == nil else { return }
        let id = request.id
        let sink = FileSink(
            path: "\(configuration.dataFolder)/files/\(path)", request: request, cursor: storedCursor(id),
            pool: pool, logger: logger,
            subscribe: { [self] (start) throws(Problem) in try await subscribe(request, from: start) },
            keep: { [self] (position) throws(Problem) in
                // Removed meanwhile: nobody asks for its cursor.
                guard self.request(id) != nil else { return }
                try await store { [catalogue] () throws(CatalogueFailure) in
                    try catalogue.putCursors([(id.number, position)])
                }
            })
        sinks.withLock { $0[id] = sink }
        deliveries[id] = Task { await sink.run() }
    }

    /// Ends the delivery to a file or a webhook, and waits until nothing more is written to it.
    func endDelivery(_ id: TailRequestID) async {
        sinks.withLock { $0[id] = nil }
        let delivery = deliveries.removeValue(forKey: id)
        delivery?.cancel()
        await delivery?.value
        webhooks.end(id)
    }

    /// How the delivery of a tail request to a file or a webhook goes; nil where there is none.
    nonisolated func deliveryStatus(of id: TailRequestID) -> DeliveryStatus? {
        sinks.withLock { $0[id] }?.status ?? webhooks.delivery(id)?.status
    }

    /// How the deliveries to files and webhooks go, by tail request.
    nonisolated var deliveryStatuses: [(id: TailRequestID, status: DeliveryStatus)] {
        (sinks.withLock { Array($0) }.map { ($0.key, $0.value.status) } + webhooks.statuses).sorted { $0.0 < $1.0 }
    }

    /// Begins to read a tail request's records.
    ///
    /// - Parameter access: Who reads; nil: the server, for the request's owner.
    nonisolated func subscribe(
        _ request: RegisteredRequest, from start: Subscription.Start, for access: Access? = nil
    ) async throws(Problem) -> Subscription {
        let timeField = try await timeField(of: request.host)
        let subscription = try await Subscription(
            to: request.destination, of: request.host, from: start,
            pool: access.map(past) ?? request.owner.map { tenants.tenant($0).threads.past } ?? past,
            settings: configuration.delivery, watches: watchReader(of: request),
            revision: { [self] in self.request(request.id)?.revision ?? request.revision }
        ) { [self] (after) throws(Problem) in
            // The request as it is then: its filter may have changed since.
            let current = self.request(request.id) ?? request
            return try Replay(
                current.host, id: current.id, versions: current.versions, revision: current.revision, after: after,
                timeField: timeField, configuration: configuration.manager, lookups: current.definition.lookups,
                stores: stores)
        }
        // Removed meanwhile: whoever ends its readers has not seen this one.
        guard request.isTemporary || self.request(request.id) != nil else {
            subscription.end()
            throw .unknownRequest(request.id.description)
        }
        return subscription
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
        return try await host.perform { (state) throws(Problem) in
            state.manager.streamStatus(host.name)?.timeField
        }
    }

    /// What a stream's log holds.
    nonisolated func bounds(of host: StreamHost) async throws(Problem) -> LogBounds {
        try await disk(host) { () throws(LogFailure) in try host.log().bounds }
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
                pool: warmUpPool, isCancelled: { [self] in isEnding || host.isRemoved }
            ).run()
            if let problem {
                logger.warning(
                    "models begin afresh", metadata: ["stream": .string(name), "reason": .string(problem)])
            }
            endWarmUp(host)
        }
    }

    /// Reads the past for a stream's lookups of its own history that lack it.
    func fillHistories(of host: StreamHost) {
        let place = ObjectIdentifier(host)
        let earlier = historyFills[place]
        historyFills[place] = Task { [self] in
            await earlier?.value
            try? await open(host)
            let timeField = try? await timeField(of: host)
            let problems = await HistoryFill(
                host: host, timeField: timeField ?? nil, limits: configuration.lookups, configuration: configuration,
                pool: warmUpPool, isCancelled: { [self] in isEnding || host.isRemoved }
            ).run()
            for problem in problems {
                logger.warning(
                    "lookups of the past begin afresh",
                    metadata: ["stream": .string(host.name), "reason": .string(problem)])
            }
        }
    }

    private func endWarmUp(_ host: StreamHost) { warmUps[ObjectIdentifier(host)] = nil }

    private func predicting(_ host: StreamHost) -> [RegisteredRequest] {
        requests(after: 0, limit: .max, stream: host.name).filter { $0.definition.prediction != nil }
    }

    /// Lets a stream learn the past for the first request that asks for predictions, where there is a past.
    func warmUpForFirst(_ request: RegisteredRequest) async {
        guard let bounds = try? await bounds(of: request.host), bounds.count > 0
        else { return }
        warmUp(request.host)
    }

    /// Writes what was learned to the catalogue.
    private func keepSnapshots() async {
        // What was learned without the past is not worth more than what was kept of it.
        for host in streams
        where host.predictingRequests > 0 && warmUps[ObjectIdentifier(host)] == nil && host.warmUp.phase != .failed {
            let name = host.name
            do throws(Problem) {
                let (bytes, position) = try await host.perform { (state) throws(Problem) in
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

    /// Forgets filters that can judge no event any more: those of before the first event that is kept.
    func trimFilters() async {
        for host in streams {
            let meant = requests(after: 0, limit: .max, stream: host.name).filter { $0.versions.count > 2 }
            guard !meant.isEmpty, let bounds = host.openLog?.bounds else { continue }
            let first = bounds.first ?? bounds.next
            for request in meant where request.versions(behind: first).count < request.versions.count {
                do throws(Problem) {
                    try await forgetFilters(of: request.id, before: first)
                } catch {
                    logger.error(
                        "old filters not forgotten",
                        metadata: ["request": .string(request.id.description), "reason": .string(error.detail)])
                }
            }
        }
    }

    /// Forgets tail requests that were removed a day ago. Their numbers are not given again.
    private func purgeRequests() async {
        let horizon = ServerClock().now().microseconds - Self.keepRemovedMicroseconds
        do throws(Problem) {
            try await store { [catalogue] () throws(CatalogueFailure) in
                _ = try catalogue.purgeRequests(removedBefore: Timestamp(microseconds: horizon))
            }
        } catch {
            logger.error("removed tail requests not forgotten", metadata: ["reason": .string(error.detail)])
        }
    }

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
