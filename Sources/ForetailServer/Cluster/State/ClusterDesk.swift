#if Server && NATS
import HTTPTypes
import FieldExtraction
import Foretail
import ForetailNATS
import Logging

/// Creates and changes streams and tail requests: in the bucket, and in the inputs of the partitions.
struct ClusterDesk: Sendable {
    let services: ClusterServices

    private var store: RegisterStore { services.store }
    private var catalogue: ClusterCatalogue { services.catalogue }

    // MARK: Streams

    /// A stream.
    ///
    /// - Throws: ``Problem`` (404, 503).
    func stream(_ name: String) async throws(Problem) -> ClusterStream {
        guard let stream = try await nats({ () async throws(NATSFailure) in try await catalogue.stream(name) }) else {
            throw .unknownStream(name)
        }
        return stream
    }

    /// A stream, created if it is not there.
    func find(_ name: String) async throws(Problem) -> ClusterStream {
        if let known = try await nats({ () async throws(NATSFailure) in try await catalogue.stream(name) }) {
            return known
        }
        guard services.configuration.autoCreateStreams else { throw .unknownStream(name) }
        try StreamDefinition.check(name: name)
        return try await put(ClusterStream(name: name, partitions: 1, definition: StreamDefinition())).stream
    }

    /// Creates a stream, or changes what may be changed of one that is there.
    func put(_ stream: ClusterStream) async throws(Problem) -> (stream: ClusterStream, isNew: Bool) {
        try StreamDefinition.check(name: stream.name)
        let key = ClusterCatalogue.key(stream: stream.name)
        for _ in 0..<8 {
            let before = try await nats { () async throws(NATSFailure) in try await catalogue.stream(stream.name) }
            if let before {
                guard before.partitions == stream.partitions, before.definition.readsLike(stream.definition) else {
                    var problem = Problem(
                        .conflict, "stream-in-use",
                        "stream '\(stream.name)' has \(before.partitions) partitions and the key \(before.definition.key): "
                            + "partitions, key, time and lateness cannot change while events lie by them",
                        remedy: "write to a new stream")
                    problem.field = "partitions"
                    throw problem
                }
            }
            try await nats { () async throws(NATSFailure) in
                try await ClusterServices.retry(seconds: 15) { () async throws(NATSFailure) in
                    try await makeLogs(of: stream)
                }
            }
            let outcome = await store.write(key, stream.document.bytes, expecting: before?.revision ?? 0)
            if case .written = outcome {
                var stored = stream
                if let read = try? await catalogue.stream(stream.name) { stored = read }
                return (stored, before == nil)
            }
            if before == nil, case .conflict = outcome {
                // Somebody else was faster.
                let there = try await self.stream(stream.name)
                if there.partitions == stream.partitions { return (there, false) }
            }
            try? await Task.sleep(for: .milliseconds(100))
        }
        throw Problem(NATSFailure(.unavailable, "stream '\(stream.name)' could not be written to the bucket"))
    }

    private func makeLogs(of stream: ClusterStream) async throws(NATSFailure) {
        for (name, subjects) in [
            (ClusterNames.input(stream.name), "foretail-cluster.in.\(ClusterNames.token(stream.name)).*"),
            (ClusterNames.output(stream.name), "foretail-cluster.out.\(ClusterNames.token(stream.name)).*.*"),
        ] {
            var settings = StreamSettings(name: name, subjects: [subjects])
            settings.replicas = services.settings.replicas
            settings.maxAge = (stream.definition.retentionMicroseconds ?? 0) * 1_000
            if settings.maxAge > 0 { settings.duplicateWindow = min(settings.duplicateWindow, settings.maxAge) }
            settings.maxBytes = stream.definition.retentionBytes.map(Int64.init) ?? -1
            try await services.jetStream.ensureStream(settings)
        }
    }

    // MARK: Tail requests

    /// Registers a tail request; returns when it has its position in every partition.
    func register(_ definition: RequestDefinition) async throws(Problem) -> ClusterRequest {
        try ClusterRequest.check(definition)
        // Every owner has this limit for its partition, and nobody to tell of it.
        let limit = services.configuration.manager.limits.requests
        guard catalogue.requestCount < limit else {
            throw .limitReached(
                "limits.tailRequests", limit, used: catalogue.requestCount, what: "tail requests",
                remedy: "remove tail requests that are not needed, or raise the limit at every node")
        }
        let stream = try await find(definition.stream)
        try compile(definition, stream)
        let id = try await nextID()
        var stated = definition
        let secret = stated.takeSecret()
        if stated.isWebhook {
            try await nats { () async throws(NATSFailure) in try await services.webhooks.bucket.keep(secret, of: id) }
        }
        var request = ClusterRequest(id: id, change: 1, definition: stated)
        request.revision = try await write(request, expecting: 0)
        return try await finish(request, stream)
    }

    /// Changes a request's filter, at an exact position in every partition.
    func update(_ id: TailRequestID, filter: FilterText?) async throws(Problem) -> ClusterRequest {
        var request = try await self.request(id)
        let stream = try await self.stream(request.definition.stream)
        request.definition.filter = filter
        try compile(request.definition, stream)
        request.change += 1
        request.isActive = false
        request.applied = [:]
        request.revision = try await write(request, expecting: request.revision)
        return try await finish(request, stream)
    }

    /// Gives a request's webhook another destination, from the batch on its way on; one that was stopped goes on.
    func redirect(_ id: TailRequestID, to destination: WebhookDestination) async throws(Problem) -> ClusterRequest {
        try ClusterRequest.check(destination)
        var request = try await self.request(id)
        guard request.definition.isWebhook else {
            throw Problem(
                .conflict, "destination", "\(id) is not delivered to a webhook", field: "destination",
                remedy: "register a new tail request")
        }
        request.definition.destination = .webhook(destination)
        let secret = request.definition.takeSecret()
        try await nats { () async throws(NATSFailure) in try await services.webhooks.bucket.keep(secret, of: id) }
        // Nothing of it concerns the partitions: where records go is read from the bucket.
        request.redirects += 1
        request.revision = try await write(request, expecting: request.revision)
        return request
    }

    /// Removes a request. A call that breaks off in between can be made again; if nobody does, a node brings it to its end.
    func remove(_ id: TailRequestID) async throws(Problem) {
        guard var request = try await nats({ () async throws(NATSFailure) in try await catalogue.request(id) }) else {
            throw .unknownRequest(id.description)
        }
        let stream = try await self.stream(request.definition.stream)
        if !request.isRemoving {
            // First in the bucket: where another call changed the request meanwhile, this one has done nothing.
            request.change += 1
            (request.isActive, request.isRemoving) = (false, true)
            request.revision = try await write(request, expecting: request.revision)
        }
        try await finishRemoval(of: request, stream)
    }

    private func finishRemoval(of request: ClusterRequest, _ stream: ClusterStream) async throws(Problem) {
        let id = request.id
        _ = try await publish(request.removal, to: stream, id: "remove.\(id).\(request.change)")
        switch await store.write(ClusterCatalogue.key(request: id), [], expecting: request.revision) {
        case .written: break
        case .conflict:
            // Another node finished it.
            guard try await nats({ () async throws(NATSFailure) in try await catalogue.request(id) }) == nil else {
                throw changedMeanwhile(id)
            }
        case .unknown(let failure): throw Problem(failure)
        }
        guard request.definition.isWebhook else { return }
        do throws(NATSFailure) {
            try await services.webhooks.bucket.forget(id)
        } catch {
            services.logger.error(
                "webhook not forgotten; its secret stays in the bucket",
                metadata: ["request": .string(id.description), "reason": .string(error.message)])
        }
    }

    /// A request as the bucket has it.
    ///
    /// - Throws: ``Problem`` (404, 503); one that is being removed is not there any more.
    func request(_ id: TailRequestID) async throws(Problem) -> ClusterRequest {
        guard let request = try await nats({ () async throws(NATSFailure) in try await catalogue.request(id) }),
            !request.isRemoving
        else { throw .unknownRequest(id.description) }
        return request
    }

    /// How far a request's webhook is; nil: nothing of it was ever sent.
    func mark(of id: TailRequestID) async throws(Problem) -> WebhookMark? {
        try await nats { () async throws(NATSFailure) in try await services.webhooks.bucket.mark(of: id)?.mark }
    }

    /// Brings changes to their end that a node began and did not live to finish.
    func tend() async {
        var since: [TailRequestID: (revision: UInt64, time: Int64)] = [:]
        while !Task.isCancelled {
            try? await Task.sleep(for: .seconds(2))
            let now = ServerClock().monotonic
            for request in catalogue.requests where !request.isActive {
                if since[request.id]?.revision != request.revision { since[request.id] = (request.revision, now) }
                guard now - (since[request.id]?.time ?? now) > 20_000_000,
                    let stream = try? await catalogue.stream(request.definition.stream)
                else { continue }
                do throws(Problem) {
                    if request.isRemoving {
                        try await finishRemoval(of: request, stream)
                    } else {
                        _ = try await finish(request, stream)
                    }
                } catch {
                    services.logger.warning(
                        "a change of a tail request is not finished yet",
                        metadata: ["request": .string(request.id.description), "problem": .string(error.detail)])
                }
            }
        }
    }

    /// Writes a change into every partition, and the positions into the bucket.
    private func finish(_ pending: ClusterRequest, _ stream: ClusterStream) async throws(Problem) -> ClusterRequest {
        var request = pending
        request.applied = try await publish(
            request.control, to: stream, id: "request.\(request.id).\(request.change)")
        request.isActive = true
        for _ in 0..<20 {
            switch await store.write(
                ClusterCatalogue.key(request: request.id), request.stored, expecting: pending.revision)
            {
            case .written(let revision):
                request.revision = revision
                return request
            case .conflict, .unknown:
                // Another node may have finished it, or this one's write was stored though nobody said so.
                let there = try await self.request(request.id)
                if there.change > request.change || there.isActive { return there }
                try? await Task.sleep(for: .milliseconds(100))
            }
        }
        throw Problem(
            NATSFailure(.unavailable, "tail request '\(request.id)' is in force, and its state could not be written"))
    }

    private func publish(
        _ payload: [UInt8], to stream: ClusterStream, id: String
    ) async throws(Problem) -> [UInt32: Position] {
        var positions: [UInt32: Position] = [:]
        let deadline = ServerClock().monotonic + 25_000_000
        while true {
            let missing = (0..<stream.partitions).filter { positions[$0] == nil }
            guard !missing.isEmpty else { return positions }
            var batch = PublishBatch()
            for partition in missing {
                batch.append(
                    subject: ClusterNames.input(stream.name, partition), payload: payload[...],
                    id: MessageID("\(id).\(partition)"))
            }
            let results = await services.jetStream.publish(batch, within: 2_000_000)
            for (index, partition) in missing.enumerated() {
                if case .stored(let sequence, _) = results[index] {
                    positions[partition] = ClusterNames.position(partition, sequence: sequence)
                }
            }
            guard let failure = results.failure else { continue }
            guard failure.isTransient || failure.isOutcomeUnknown, ServerClock().monotonic < deadline else {
                throw Problem(failure)
            }
            try? await Task.sleep(for: .milliseconds(100))
        }
    }

    /// Refuses what a partition's manager would refuse.
    private func compile(_ definition: RequestDefinition, _ stream: ClusterStream) throws(Problem) {
        var manager = PredictiveBufferManager(configuration: services.manager(of: stream, partition: 0))
        do throws(ForetailError) {
            try manager.describeStream(stream.definition.descriptor(name: stream.name))
            _ = try manager.registerTailRequest(
                streamName: stream.name, filter: definition.filter, destination: DestinationID(1),
                prediction: definition.prediction)
        } catch {
            throw Problem(error)
        }
    }

    private func write(_ request: ClusterRequest, expecting revision: UInt64) async throws(Problem) -> UInt64 {
        switch await store.write(ClusterCatalogue.key(request: request.id), request.stored, expecting: revision) {
        case .written(let revision): return revision
        case .conflict: throw changedMeanwhile(request.id)
        case .unknown(let failure): throw Problem(failure)
        }
    }

    private func changedMeanwhile(_ id: TailRequestID) -> Problem {
        Problem(
            .conflict, "changed-meanwhile", "tail request '\(id)' was changed by another call at the same time",
            remedy: "read it again, and repeat the change if it is still wanted")
    }

    private func nextID() async throws(Problem) -> TailRequestID {
        for _ in 0..<50 {
            let known = try await nats { () async throws(NATSFailure) in try await store.read("next-request") }
            let number = known.flatMap { UInt32(String(decoding: $0.bytes, as: UTF8.self)) } ?? 1
            let next = Array(String(number + 1).utf8)
            if case .written = await store.write("next-request", next, expecting: known?.revision ?? 0) {
                return TailRequestID(number)
            }
            try? await Task.sleep(for: .milliseconds(.random(in: 1...50)))
        }
        throw Problem(NATSFailure(.unavailable, "no number for the tail request could be had from the bucket"))
    }

    private func nats<Value>(_ body: () async throws(NATSFailure) -> Value) async throws(Problem) -> Value {
        do throws(NATSFailure) {
            return try await body()
        } catch {
            throw Problem(error)
        }
    }
}
#endif
