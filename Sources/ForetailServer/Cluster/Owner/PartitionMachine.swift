#if Server && NATS
import FieldExtraction
import Foretail
import ForetailNATS

/// The state of one partition, a function of its input: a manager, the requests it has, what is counted until the next snapshot.
struct PartitionMachine: ~Copyable {
    /// Events since the last snapshot's place.
    private(set) var eventsSinceSnapshot = 0
    private let stream: String
    private let partition: UInt32
    private var manager: PredictiveBufferManager
    private var actions = Actions()
    private var renderer = NDJSONRenderer()
    private var order: [TailRequestID] = []
    private var requests: [TailRequestID: (change: Int, definition: JSONValue)] = [:]
    private var removed: [TailRequestID: Int] = [:]
    private var refusals: [(request: TailRequestID, reason: String)] = []
    /// Lines of messages that hold more than a position can count.
    private(set) var linesBeyond = 0
    private var batch: EventBatch

    init(_ stream: ClusterStream, _ partition: UInt32, _ configuration: ManagerConfiguration) {
        self.stream = stream.name
        self.partition = partition
        batch = EventBatch(stream: stream.name)
        manager = PredictiveBufferManager(configuration: configuration)
        try? manager.describeStream(stream.definition.descriptor(name: stream.name))
    }

    /// Processes a message of the input.
    ///
    /// - Returns: How many events it held.
    mutating func process(
        _ payload: ArraySlice<UInt8>, sequence: UInt64, time: Timestamp, writer: inout OutputWriter,
        ahead: inout AheadSender, announces: Bool
    ) -> Int {
        if payload.first == UInt8(ascii: "[") {
            control(payload, writer: &writer)
            // What the change withdraws.
            settle(writer: &writer, ahead: &ahead, announces: announces)
            return 0
        }
        batch.removeAll()
        batch.bytes.append(contentsOf: payload)
        var start = 0
        var place = 0
        while start < batch.bytes.count {
            let end = batch.bytes[start...].firstIndex(of: 0x0A) ?? batch.bytes.count
            if end > start, place >= ClusterNames.messageEvents {
                linesBeyond += 1
            } else if end > start {
                var frame = EventBatch.Frame(body: start..<end, raw: start..<end)
                frame.position = ClusterNames.position(partition, sequence: sequence, place: place)
                batch.frames.append(frame)
            }
            place += 1
            start = end + 1
        }
        manager.process(.events(batch), now: time, into: &actions)
        eventsSinceSnapshot += batch.count
        settle(writer: &writer, ahead: &ahead, announces: announces)
        return batch.count
    }

    /// Lets the wall clock go on while nothing comes.
    mutating func tick(_ now: Timestamp, ahead: inout AheadSender) {
        manager.process(.tick, now: now, into: &actions)
        hand(to: &ahead)
        actions.removeAll()
    }

    /// Hands on what is to be done, and trains at once: the results count at the event that was fixed when the training began.
    private mutating func settle(writer: inout OutputWriter, ahead: inout AheadSender, announces: Bool) {
        while !actions.items.isEmpty {
            if let names = manager.names(stream: stream) {
                for action in actions.items {
                    guard case .forward(let forward) = action else { continue }
                    writer.add(forward.request, actions.events[forward.event].position) { bytes in
                        renderer.render(action, of: actions, names: names, into: &bytes)
                    }
                }
            }
            if announces { hand(to: &ahead) }
            let trainings = actions.trainings
            actions.removeAll()
            manager.run(trainings, into: &actions)
        }
    }

    private mutating func hand(to ahead: inout AheadSender) {
        guard let names = manager.names(stream: stream) else { return }
        let now = ServerClock().now().microseconds
        for action in actions.items {
            switch action {
            case .announce(let prediction, let destination):
                let life = prediction.expires.microseconds - prediction.made.microseconds
                ahead.add(to: destination, kind: .prediction, expires: now + life) { bytes in
                    renderer.render(action, of: actions, names: names, into: &bytes)
                }
            case .outcome(_, let destination):
                ahead.add(to: destination, kind: .outcome, expires: now + 60_000_000) { bytes in
                    renderer.render(action, of: actions, names: names, into: &bytes)
                }
            default: continue
            }
        }
    }

    // MARK: Requests

    private mutating func control(_ payload: ArraySlice<UInt8>, writer: inout OutputWriter) {
        guard case .array(let parts)? = try? JSONValue(parsing: Array(payload)), parts.count >= 3,
            let id = parts[1].string.flatMap({ TailRequestID(text: $0) }), let change = parts[2].wholeNumber
        else { return }
        switch parts[0].string {
        case "request" where parts.count == 4: apply(id, change: change, parts[3])
        case "remove":
            removed[id] = max(removed[id] ?? 0, change)
            guard let known = requests[id], known.change <= change else { return }
            try? manager.removeTailRequest(id, into: &actions)
            requests[id] = nil
            order.removeAll { $0 == id }
            writer.forget(id)
        default: return
        }
    }

    /// Registers a request, or changes its filter. What is known already, or newer, is ignored: control messages may come twice.
    mutating func apply(_ id: TailRequestID, change: Int, _ document: JSONValue) {
        guard removed[id] ?? 0 < change, requests[id]?.change ?? 0 < change,
            let definition = try? RequestDefinition(document)
        else { return }
        do throws(ForetailError) {
            if requests[id] == nil {
                _ = try manager.registerTailRequest(
                    streamName: stream, filter: definition.filter, destination: DestinationID(Int(id.number)),
                    prediction: definition.prediction, id: id)
                order.append(id)
            } else {
                try manager.updateTailRequest(id, filter: definition.filter, into: &actions)
            }
            requests[id] = (change, document)
        } catch {
            // Every owner refuses it alike.
            refusals.append((id, error.message))
        }
    }

    /// What it refused since this was asked last: requests it has no room for, though they were checked before they were written.
    mutating func takeRefusals() -> [(request: TailRequestID, reason: String)] {
        defer { refusals.removeAll() }
        return refusals
    }

    /// The requests it has.
    var requestIDs: [TailRequestID] { order }

    /// Removes a request whose removal the log has forgotten.
    mutating func remove(_ id: TailRequestID) {
        try? manager.removeTailRequest(id, into: &actions)
        actions.removeAll()
        requests[id] = nil
        order.removeAll { $0 == id }
    }

    // MARK: Questions

    /// What is known here of a request; nil where there is none of the id.
    mutating func answer(_ question: PartitionQuestion) -> JSONValue? {
        let id = question.request
        switch question.subject {
        case .confidence: return manager.predictionConfidence(for: id)?.document(id: id, warmUp: nil)
        case .buffer: return manager.bufferStatus(for: id)?.document(id: id, lookups: [])
        case .predictions(let key, let limit):
            let lines = manager.livePredictions(
                of: id, key: key, limit: limit, bytes: PartitionQuestion.mostBytes, &renderer, actions)
            return lines.map { .string(String(decoding: $0, as: UTF8.self)) }
        }
    }

    // MARK: Snapshots

    /// Ends open predictions and returns what the partition is made again from.
    mutating func cut(at sequence: UInt64, ahead: inout AheadSender, announces: Bool) -> PartitionSnapshot? {
        eventsSinceSnapshot = 0
        manager.withdrawForRestart(stream: stream, into: &actions)
        if announces { hand(to: &ahead) }
        actions.removeAll()
        guard announces else { return nil }
        var snapshot = PartitionSnapshot(sequence: sequence)
        snapshot.requests = order.compactMap { id in requests[id].map { (id, $0.change, $0.definition) } }
        snapshot.removed = removed.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
        snapshot.models = (try? manager.snapshot(stream: stream)) ?? []
        return snapshot
    }

    /// Puts a snapshot in force in a machine that has processed nothing.
    mutating func restore(_ snapshot: PartitionSnapshot) throws(NATSFailure) {
        for (id, change) in snapshot.removed { removed[id] = change }
        for request in snapshot.requests { apply(request.id, change: request.change, request.definition) }
        do throws(ForetailError) {
            try manager.restore(snapshot.models, stream: stream, into: &actions)
        } catch {
            throw NATSFailure(.damaged, error.message)
        }
        let trainings = actions.trainings
        actions.removeAll()
        manager.run(trainings, into: &actions)
        actions.removeAll()
    }
}
#endif
