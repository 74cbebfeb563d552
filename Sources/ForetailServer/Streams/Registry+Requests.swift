#if Server
import FieldExtraction
import Foretail
import ForetailSQLite
import HTTPTypes
import Synchronization

/// Tail requests: registered, changed, removed.
extension Registry {
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
    ///
    /// - Parameter isMeant: Which of them; asked in their order, until there are enough.
    nonisolated func requests(
        after id: UInt32, limit: Int, stream: String?, isMeant: (RegisteredRequest) -> Bool = { _ in true }
    ) -> [RegisteredRequest] {
        let list = requests.withLock { requests in
            requests.values.filter { $0.id.number > id && (stream == nil || $0.definition.stream == stream) }
        }
        return Array(list.sorted { $0.id < $1.id }.lazy.filter(isMeant).prefix(limit))
    }

    nonisolated func requests(of stream: String) -> [RegisteredRequest] {
        requests(after: 0, limit: .max, stream: stream)
    }

    /// How many tail requests there are, with those that end with their connections.
    nonisolated var takenRequests: Int { taken.load(ordering: .relaxed) }

    /// Counts a tail request in.
    ///
    /// - Parameter access: Whose it will be.
    private nonisolated func takePlace(_ access: Access) throws(Problem) {
        let quota = access.use?.definition.quotas.requests
        if let owner = access.owner, !owner.enterRequest(limit: quota) {
            throw .quotaReached("requests", quota ?? 0, used: owner.requests, what: "tail requests")
        }
        do throws(Problem) {
            try takePlace()
        } catch {
            access.owner?.leaveRequest()
            throw error
        }
    }

    private nonisolated func takePlace() throws(Problem) {
        let limit = configuration.manager.limits.requests
        let count = taken.wrappingAdd(1, ordering: .relaxed).newValue
        guard count > limit else { return }
        leavePlace()
        throw .limitReached(
            "limits.tailRequests", limit, used: count - 1, what: "tail requests",
            remedy: "remove those that are not needed, or raise the limit")
    }

    private nonisolated func leavePlace() { taken.wrappingSubtract(1, ordering: .relaxed) }

    /// Claims the file of a tail request: two that wrote it would not know which records are theirs.
    private nonisolated func claimFile(_ definition: RequestDefinition) throws(Problem) {
        guard case .file(let path) = definition.destination else { return }
        guard files.withLock({ $0.insert(path).inserted }) else {
            throw Problem(
                .conflict, "file-in-use", "destination.path: another tail request writes '\(path)'",
                field: "destination.path", remedy: "choose another file, or remove the other tail request first")
        }
    }

    private nonisolated func leaveFile(_ definition: RequestDefinition) {
        if case .file(let path) = definition.destination { files.withLock { _ = $0.remove(path) } }
    }

    /// Registers a tail request: checked by the core, in the catalogue, then in force.
    ///
    /// - Parameter access: Whose it is to be.
    nonisolated func register(
        _ definition: RequestDefinition, for access: Access = .open
    ) async throws(Problem) -> RegisteredRequest {
        // Checked before anything is made: neither a number nor a stream is spent on a filter that does not compile.
        try Self.check(definition, configuration: configuration)
        try await stores.check(definition.lookups)
        try takePlace(access)
        do throws(Problem) {
            try claimFile(definition)
            do throws(Problem) {
                return try await add(definition, for: access)
            } catch {
                leaveFile(definition)
                throw error
            }
        } catch {
            leavePlace()
            access.owner?.leaveRequest()
            throw error
        }
    }

    private nonisolated func add(
        _ definition: RequestDefinition, for access: Access
    ) async throws(Problem) -> RegisteredRequest {
        let host = try await find(definition.stream, for: access)
        let owner = access.owner?.name
        let created = ServerClock().now()
        var definition = definition
        let secret = definition.takeSecret()
        let number = try await additions.add((host.name, definition.text, owner))
        let id = TailRequestID(number)
        let request: RegisteredRequest
        do throws(Problem) {
            let start = try await enter(id, definition, host: host)
            if definition.isWebhook { try await webhooks.register(id, secret: secret) }
            request = RegisteredRequest(
                id: id, definition: definition, created: created, registeredAt: start,
                versions: [Replay.Version(after: .none, filter: definition.filter)], host: host, owner: owner)
            try await changes.add(
                (number, StoredFilterChange(position: start ?? .none, filter: definition.filter?.stored ?? "")))
            requests.withLock { $0[id] = request }
            // The stream's removal looks for its requests after it said that it goes: one of the two finds this one.
            if host.isRemoved, requests.withLock({ $0.removeValue(forKey: id) }) != nil {
                throw .removed(host.name)
            }
        } catch {
            // What is not kept is not in force, and the other way round. A row that stays goes at the next start.
            host.post { state in state.removeRequest(id) }
            if definition.isWebhook { await webhooks.forget(id) }
            try? await store { [catalogue] () throws(CatalogueFailure) in
                _ = try catalogue.removeRequest(number, at: created)
            }
            throw error
        }
        let isFirst = definition.prediction != nil && host.countPredicting(1) == 1
        await took(request, isFirst: isFirst)
        return request
    }

    private func took(_ request: RegisteredRequest, isFirst: Bool) async {
        // Removed by somebody who was faster than its answer.
        guard self.request(request.id) != nil else { return }
        cursors[request.id] = request.registeredAt
        if request.looksBack { fillHistories(of: request.host) }
        startDelivery(request)
        if isFirst { await warmUpForFirst(request) }
    }

    /// Registers with the core.
    ///
    /// - Returns: The last position processed before.
    private nonisolated func enter(
        _ id: TailRequestID, _ definition: RequestDefinition, host: StreamHost
    ) async throws(Problem) -> Position? {
        try await open(host)
        return try await host.perform { (state) throws(Problem) in
            guard !host.isRemoved else { throw .removed(host.name) }
            do throws(ForetailError) {
                _ = try state.manager.registerTailRequest(
                    streamName: host.name, filter: definition.filter, destination: DestinationID(Int(id.number)),
                    prediction: definition.prediction, id: id)
                try state.register(
                    definition.lookups, of: id, stream: host.definition.descriptor(name: host.name))
            } catch {
                throw Problem(error)
            }
            return host.head == Position(epoch: 1, sequence: 0) ? nil : host.head
        }
    }

    /// Compiles a definition's filter and checks its settings, in a manager of its own.
    nonisolated static func check(
        _ definition: RequestDefinition, configuration: ServerConfiguration
    ) throws(Problem) {
        do throws(ForetailError) {
            var trial = PredictiveBufferManager(configuration: configuration.manager)
            _ = try trial.registerTailRequest(
                streamName: definition.stream, filter: definition.filter, destination: DestinationID(0),
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
        try await afterUpdates { [self] () throws(Problem) in try await change(id, to: filter) }
    }

    /// Changes what is known of filters, one after another: the catalogue has the changes in the order of their positions.
    func afterUpdates<Value: Sendable>(
        _ work: @escaping @Sendable () async throws(Problem) -> Value
    ) async throws(Problem) -> Value {
        let earlier = updating
        let task = Task { () -> Result<Value, Problem> in
            await earlier?.value
            do throws(Problem) { return .success(try await work()) } catch { return .failure(error) }
        }
        updating = Task { _ = await task.value }
        return try await task.value.get()
    }

    /// Forgets filters of a tail request that judge no event behind a position.
    func forgetFilters(of id: TailRequestID, before position: Position) async throws(Problem) {
        try await afterUpdates { [self] () throws(Problem) in
            guard let request = request(id) else { return }
            let kept = request.versions(behind: position)
            try await store { [catalogue] () throws(CatalogueFailure) in
                try catalogue.trimFilterChanges(of: id.number, keeping: kept.count - 1)
            }
            requests.withLock { requests in
                requests[id]?.versions = kept
                requests[id]?.revision += 1
            }
        }
    }

    private func change(
        _ id: TailRequestID, to filter: FilterText?
    ) async throws(Problem) -> (RegisteredRequest, Position?) {
        guard let before = request(id) else { throw .unknownRequest(id.description) }
        let (changed, position) = try await changeFilter(of: before, to: filter)
        let text = changed.definition.text
        do throws(Problem) {
            try await store { [catalogue] () throws(CatalogueFailure) in
                // Removed meanwhile: a change would be left behind.
                guard try catalogue.updateRequest(id.number, definition: text) else { return }
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
        // What it holds is judged by the old filter: its head is not known before it is open.
        try await open(host)
        return try await host.perform { [self] (state) throws(Problem) in
            guard self.request(id) != nil else { throw .unknownRequest(id.description) }
            do throws(ForetailError) {
                try state.manager.updateTailRequest(id, filter: filter, into: &state.actions)
            } catch {
                throw Problem(error)
            }
            var changed = request
            changed.definition.filter = filter
            changed.versions.append(Replay.Version(after: host.head ?? .none, filter: filter))
            changed.revision += 1
            let after = changed
            // Removed meanwhile: it does not come back.
            let isThere = requests.withLock { requests in
                guard requests[id] != nil else { return false }
                requests[id] = after
                return true
            }
            guard isThere else { throw .unknownRequest(id.description) }
            return (changed, host.head)
        }
    }

    /// Removes a tail request; its readers are told.
    func remove(_ id: TailRequestID) async throws(Problem) {
        guard let request = request(id) else { throw .unknownRequest(id.description) }
        try await store { [catalogue] () throws(CatalogueFailure) in
            _ = try catalogue.removeRequest(id.number, at: ServerClock().now())
        }
        // Two may remove it at once; one counts.
        guard await forget(id) else { throw .unknownRequest(id.description) }
        try await request.host.perform { (state) throws(Problem) in
            state.removeRequest(id)
            state.publish()
            state.end(request.destination)
        }
    }

    /// Forgets a tail request that the catalogue holds no more.
    ///
    /// - Returns: Whether it was there.
    @discardableResult
    func forget(_ id: TailRequestID) async -> Bool {
        guard let request = requests.withLock({ $0.removeValue(forKey: id) }) else { return false }
        if request.definition.prediction != nil { request.host.countPredicting(-1) }
        cursors[id] = nil
        await endDelivery(id)
        if request.webhook != nil { await webhooks.forget(id) }
        leaveFile(request.definition)
        leavePlace()
        if let owner = request.owner { tenants.tenant(owner).leaveRequest() }
        return true
    }

    /// Registers a tail that ends with its connection.
    nonisolated func registerTemporary(
        _ definition: RequestDefinition, host: StreamHost
    ) async throws(Problem) -> RegisteredRequest {
        let number = RegisteredRequest.firstTemporary + temporary.wrappingAdd(1, ordering: .relaxed).newValue
        let id = TailRequestID(number)
        try takePlace()
        let start: Position?
        do throws(Problem) {
            start = try await enter(id, definition, host: host)
        } catch {
            leavePlace()
            throw error
        }
        return RegisteredRequest(
            id: id, definition: definition, created: ServerClock().now(), registeredAt: start,
            versions: [Replay.Version(after: .none, filter: definition.filter)], host: host)
    }

    /// Removes a tail that ended with its connection.
    nonisolated func removeTemporary(_ request: RegisteredRequest) {
        let id = request.id
        leavePlace()
        request.host.post { state in
            state.removeRequest(id)
        }
    }
}
#endif
