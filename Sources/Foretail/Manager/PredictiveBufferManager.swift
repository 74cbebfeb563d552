public import FieldExtraction
public import FilterLanguage
public import Forecasting

/// The predictive buffer manager: a deterministic state machine that matches events, learns their streams, predicts what
/// will match next, and keeps the predictions until they end.
///
///     var manager = PredictiveBufferManager()
///     let id = try manager.registerTailRequest(streamName: "metrics", filter: "event.cpu > 80", destination: .init(7))
///     manager.process(.events(batch), now: time, into: &actions)
///     manager.predictionConfidence(for: id)
///
/// It does no I/O, reads no clock, draws no random numbers, takes no locks and is never `async`: time and seed are
/// parameters, and the same inputs give the same actions. Whoever owns it (one task per shard) performs the actions.
///
/// Cost per event: one walk over its bytes, one evaluation per distinct filter; for a stream with predictions about a
/// microsecond per learned field and step on top.
public struct PredictiveBufferManager: ~Copyable {
    var core: ManagerCore
    var streams: [StreamState] = []
    private(set) var streamNumbers: [String: Int] = [:]
    /// Places in `streams` whose stream was removed.
    private var freeStreams: [Int] = []
    private var requests: [TailRequestID: RequestState] = [:]
    private var nextRequest: UInt32 = 1

    /// Creates a manager without streams or requests.
    public init(configuration: ManagerConfiguration = ManagerConfiguration()) {
        core = ManagerCore(configuration: configuration)
    }

    // MARK: Streams

    /// Tells the manager how a stream's events are to be read, before its first request or event.
    ///
    /// - Throws: ``ForetailError`` (`limit`) when there are too many streams, (`badSetting`) when the stream is known already.
    public mutating func describeStream(_ descriptor: StreamDescriptor) throws(ForetailError) {
        guard streamNumbers[descriptor.name] == nil else {
            throw ForetailError(
                .badSetting, "stream '\(descriptor.name)' is described already; describe a stream before it is used")
        }
        _ = try stream(named: descriptor.name, descriptor: descriptor)
    }

    private mutating func stream(
        named name: String, descriptor: StreamDescriptor? = nil
    ) throws(ForetailError) -> Int {
        if let number = streamNumbers[name] { return number }
        guard streamNumbers.count < core.limits.streams else {
            throw ForetailError(
                .limit, "stream '\(name)': the limit of \(core.limits.streams) streams is reached; raise Limits.streams"
            )
        }
        let number = freeStreams.popLast() ?? streams.count
        let state = StreamState(number: number, descriptor: descriptor ?? StreamDescriptor(name: name), core: &core)
        if number == streams.count { streams.append(state) } else { streams[number] = state }
        streamNumbers[name] = number
        return number
    }

    // MARK: Tail requests

    /// Registers a tail request (the seed's `register_tail_request`).
    ///
    /// - Parameters:
    ///   - streamName: The stream to tail; created if it is not known.
    ///   - filter: A CEL expression, or an event pattern; nil matches every event.
    ///   - destination: Where records go; opaque to the manager.
    ///   - prediction: What to know of the future; nil: only tail.
    ///   - id: The id the request had before a restart; nil for a new one.
    /// - Returns: The id of the request; it is in force from the next batch on.
    /// - Throws: ``ForetailError``: `badFilter` with the column (also for a filter that no event of the stream's declared
    ///   schema can match), `badSetting`, or `limit`.
    public mutating func registerTailRequest(
        streamName: String, filter: FilterText? = nil, destination: DestinationID,
        prediction: PredictionSettings? = PredictionSettings(), id known: TailRequestID? = nil
    ) throws(ForetailError) -> TailRequestID {
        if let known, requests[known] != nil || known.number == .max {
            throw ForetailError(.badSetting, "tail request '\(known)' is there already; leave the id out for a new one")
        }
        try prediction?.validate(core.limits)
        guard requests.count < core.limits.requests else {
            throw ForetailError(
                .limit,
                "the limit of \(core.limits.requests) tail requests is reached; remove some or raise Limits.requests")
        }
        let compiled = try compile(filter, stream: streamName)
        // Who asks how surprising an event is has the stream learned, though nothing is predicted for it.
        let asksSurprise = compiled?.fields.contains(FieldPath(root: .meta, ["surprise"])) == true
        let prediction = prediction ?? (asksSurprise ? .surpriseOnly : nil)
        let number = try stream(named: streamName)
        let id = known ?? TailRequestID(nextRequest)
        nextRequest = max(nextRequest, id.number + 1)
        streams[number].extendPlan(compiled?.fields ?? [])
        try refuseUnindexed(compiled, stream: number)
        let plan = streams[number].plan
        let group = streams[number].index.insert(id, filter: compiled, predicts: prediction != nil, plan: plan)
        let request = RequestState(
            id: id, destination: destination, streamNumber: number, settings: prediction, filter: compiled,
            group: group, account: streams[number].account)
        requests[id] = request
        if prediction == nil {
            streams[number].tailing[group, default: []].append(request)
        } else {
            core.add(request)
            streams[number].startPredicting(request, core: &core)
        }
        return id
    }

    /// Changes a request's filter (the seed's `update_tail_request`). Takes effect with the next batch; models stay, open
    /// predictions are withdrawn with reason `filter`.
    ///
    /// - Throws: ``ForetailError``: `unknownRequest`, or `badFilter`, in which case nothing changes.
    public mutating func updateTailRequest(
        _ id: TailRequestID, filter: FilterText?, into actions: inout Actions
    ) throws(ForetailError) {
        let request = try known(id)
        let number = request.streamNumber
        let compiled = try compile(filter, stream: streams[number].descriptor.name)
        streams[number].extendPlan(compiled?.fields ?? [])
        try refuseUnindexed(compiled, stream: number)
        request.tellHidden(into: &actions)
        withdrawAll(of: request, reason: .filterChanged, actions: &actions)
        streams[number].leave(request)
        request.filter = compiled
        let plan = streams[number].plan
        request.group = streams[number].index.insert(
            id, filter: compiled, predicts: request.settings != nil, plan: plan)
        streams[number].rejoin(request, core: &core)
    }

    /// Changes a request's filter and drops the withdrawals, for callers that do not deliver outcomes.
    ///
    /// - Throws: As ``updateTailRequest(_:filter:into:)``.
    public mutating func updateTailRequest(_ id: TailRequestID, filter: FilterText?) throws(ForetailError) {
        var dropped = Actions()
        try updateTailRequest(id, filter: filter, into: &dropped)
    }

    /// Removes a request; its open predictions are withdrawn with reason `removed`.
    ///
    /// - Throws: ``ForetailError`` (`unknownRequest`).
    public mutating func removeTailRequest(_ id: TailRequestID, into actions: inout Actions) throws(ForetailError) {
        let request = try known(id)
        request.tellHidden(into: &actions)
        withdrawAll(of: request, reason: .requestRemoved, actions: &actions)
        streams[request.streamNumber].remove(request)
        for number in request.series.numbers {
            core.models.book(-request.forget(series: number), to: request.account)
        }
        if request.settings != nil { core.predicting.remove(request) }
        requests[id] = nil
    }

    /// The request as it is registered; nil if there is none with this id.
    public func tailRequest(_ id: TailRequestID) -> TailRequest? {
        requests[id].map { request in
            TailRequest(
                id: id, streamName: streams[request.streamNumber].descriptor.name, filter: request.filter,
                destination: request.destination, prediction: request.settings)
        }
    }

    /// The ids of all requests, oldest first.
    public var tailRequests: [TailRequestID] { requests.keys.sorted() }

    // MARK: Input

    /// Takes an input and appends what has to be done to `actions`.
    ///
    /// - Parameters:
    ///   - input: Events, history, an answer, or a tick.
    ///   - now: The wall clock. On streams of files it decides nothing.
    ///   - actions: Gets the actions, in order. Empty it between batches.
    /// - Returns: The texts that could not be read as events, with line and remedy.
    @discardableResult
    public mutating func process(_ input: Input, now: Timestamp, into actions: inout Actions) -> [BadEvent] {
        var problems: [BadEvent] = []
        switch input {
        case .events(let batch):
            guard let number = try? stream(named: batch.stream) else { return problems }
            streams[number].process(
                batch, isHistory: false, now: now, core: &core, actions: &actions, problems: &problems)
        case .history(let batch):
            guard let number = try? stream(named: batch.stream) else { return problems }
            streams[number].process(
                batch, isHistory: true, now: now, core: &core, actions: &actions, problems: &problems)
        case .trained(let id, let result):
            for number in streams.indices where streams[number].accept(result, id: id) { break }
        case .tick:
            for number in streams.indices { streams[number].tick(now: now, core: &core, actions: &actions) }
        }
        return problems
    }

    /// Ends a stream's input: what is still open is withdrawn with reason `end`.
    public mutating func endOfInput(stream name: String, into actions: inout Actions) {
        if let number = streamNumbers[name] { streams[number].tellHidden(into: &actions) }
        withdrawAll(stream: name, reason: .endOfInput, into: &actions)
    }

    /// Begins or ends to hand on every event of a stream as ``Actions/Action/follow(_:)``, behind the records of those it matched.
    public mutating func setFollowed(_ isFollowed: Bool, stream name: String) {
        guard let number = streamNumbers[name] else { return }
        streams[number].isFollowed = isFollowed
    }

    /// Tells every request of a stream that events are missing from it.
    public mutating func noteGap(stream name: String, _ gap: Actions.Gap, into actions: inout Actions) {
        guard let number = streamNumbers[name] else { return }
        for id in tailRequests {
            guard let request = requests[id], request.streamNumber == number else { continue }
            actions.items.append(.gap(gap, request: id, to: request.destination))
        }
    }

    /// Forgets a stream and its requests: what is open is withdrawn with reason `removed`, models and counters go. A stream
    /// of the same name begins anew, with any descriptor.
    public mutating func removeStream(_ name: String, into actions: inout Actions) {
        guard let number = streamNumbers.removeValue(forKey: name) else { return }
        for id in tailRequests where requests[id]?.streamNumber == number {
            try? removeTailRequest(id, into: &actions)
        }
        core.models.book(-streams[number].modelBytes, to: streams[number].account)
        // Its place stays, empty: numbers of streams are handed around.
        streams[number] = StreamState(number: number, descriptor: StreamDescriptor(name: name), core: &core)
        freeStreams.append(number)
    }

    // MARK: Status

    /// The last position of a stream's partition that was processed; nil before the first.
    public func lastPosition(stream name: String, partition: UInt32 = 0) -> Position? {
        streamNumbers[name].flatMap { streams[$0].partitions[partition] }
    }

    /// What is known of a stream; nil if it is not known at all.
    public func streamStatus(_ name: String) -> StreamStatus? {
        streamNumbers[name].map { streams[$0].status }
    }

    /// What repeats in the learned fields of a stream's busiest series, how strongly, and since when: kinds, seasons, trend,
    /// level shifts, arrival grid, from the values that the models keep (at most 4,096 of a field). Nil for an unknown stream.
    ///
    /// - Parameter most: How many series to look at.
    /// - Complexity: About 10 ms per series and numeric field. Not for every event; changes nothing.
    public func patterns(stream name: String, most: Int = 20) -> [SeriesPatterns]? {
        streamNumbers[name].map { streams[$0].patterns(most: most) }
    }

    /// The confidence in a request's predictions (the seed's `get_prediction_confidence`); nil for an unknown request.
    public func predictionConfidence(for id: TailRequestID) -> PredictionConfidence? {
        requests[id].map { PredictionConfidence($0, stream: streams[$0.streamNumber]) }
    }

    /// Whether ``filterFindings(for:)`` has anything to go by.
    public func canJudgeFilter(of id: TailRequestID) -> Bool {
        guard let request = requests[id] else { return false }
        let stream = streams[request.streamNumber]
        return stream.descriptor.schema != nil || stream.inference.schema != nil
    }

    /// What speaks against a request's filter: that it can match no event like those seen at the stream's beginning, or that a
    /// branch of it cannot; where a schema is declared, by that. Empty for an unknown request, and before about a hundred events.
    public func filterFindings(for id: TailRequestID) -> [FilterFinding] {
        guard let request = requests[id], let filter = request.filter else { return [] }
        let stream = streams[request.streamNumber]
        guard let schema = stream.descriptor.schema ?? stream.inference.schema else { return [] }
        return filter.findings(for: schema)
    }

    /// The state of a request's predictive buffer (the seed's `get_buffer_status`); nil for an unknown request.
    public func bufferStatus(for id: TailRequestID) -> BufferStatus? {
        requests[id].map { BufferStatus($0, core: core) }
    }

    /// A request's live predictions, by series and slot.
    public func livePredictions(of id: TailRequestID) -> [Prediction] {
        var live: [Prediction] = []
        requests[id]?.buffer.forEach { live.append($0) }
        return live
    }

    /// The prediction for a key that is nearest to a time ahead, announced or not: of the steps that the request asks for, the one
    /// whose event is expected nearest to it.
    ///
    ///     let next = try manager.next(for: id, key: "web-1", inMicroseconds: 600_000_000, now: clock.now())
    ///     next.number(field: 0)?.high
    ///
    /// Asking changes nothing that is learned, announced or judged. Cost: that of predicting once.
    ///
    /// - Parameters:
    ///   - id: The request.
    ///   - key: The key; empty for a stream without one.
    ///   - microseconds: How far ahead of the stream's time. That is the largest event time seen; on a live stream it goes on with
    ///     the wall clock while the stream is silent.
    ///   - now: The wall clock.
    /// - Throws: ``ForetailError``: `unknownRequest`; `badSetting` for a request that asks for no predictions or a time of the
    ///   past; `unknownKey`; `tooFarAhead`, naming the steps that would reach; `notPredicted` while a key is too young, and when
    ///   it is silent for so long that all its steps lie in the past.
    public mutating func next(
        for id: TailRequestID, key: String, inMicroseconds microseconds: Int64, now: Timestamp
    ) throws(ForetailError) -> NextPrediction {
        let request = try known(id)
        guard request.settings?.isAhead == true else {
            throw ForetailError(
                .badSetting, "tail request '\(id)' asks for no predictions; register one that does")
        }
        guard microseconds >= 0 else {
            throw ForetailError(.badSetting, "in: expected a time ahead, not one of the past")
        }
        return try streams[request.streamNumber].next(
            for: request, key: Array(key.utf8), inMicroseconds: microseconds, now: now, limits: core.limits)
    }

    /// What the models say of the key of the event processed last; nil before any, and for a key the request does not reach.
    ///
    /// Of a batch of many events only the last is told: hand them in one by one to see all.
    public func outlook(of id: TailRequestID) -> SeriesOutlook? {
        requests[id].flatMap { streams[$0.streamNumber].outlook(of: $0) }
    }

    /// The names that records need: fields, keys and values by number.
    public func names(stream name: String) -> StreamNames? {
        streamNumbers[name].map { StreamNames(streams[$0]) }
    }

    /// The names behind a request's records; nil for an unknown request.
    public func names(of id: TailRequestID) -> StreamNames? {
        requests[id].map { StreamNames(streams[$0.streamNumber]) }
    }

    /// How many events of a stream to process between two deliveries, so that the records on their way stay few.
    public func sliceLength(stream name: String) -> Int {
        guard let number = streamNumbers[name] else { return .max }
        let steps = streams[number].askedSteps
        return steps == 0 ? .max : max(1, core.limits.predictionsPerDelivery / steps)
    }

    /// The bytes of all buffers, and of all models, as they are counted.
    public var memory: (bufferBytes: Int, modelBytes: Int) { (core.budget.used, core.models.used) }

    /// Changes the memory that live predictions may hold, as under memory pressure; what no longer fits is evicted when
    /// the next prediction is made.
    public mutating func setBufferBudget(_ bytes: Int) {
        core.limits.bufferBytes = bytes
        core.budget.limit = bytes
    }

    // MARK: Helpers

    private func known(_ id: TailRequestID) throws(ForetailError) -> RequestState {
        guard let request = requests[id] else {
            throw ForetailError(.unknownRequest, "no tail request '\(id)'; list those there are with `tailRequests`")
        }
        return request
    }

    /// Filters without anything to index are evaluated on every event: their number is limited.
    private mutating func refuseUnindexed(_ filter: Filter?, stream number: Int) throws(ForetailError) {
        guard streams[number].index.mustRefuse(filter, plan: streams[number].plan) else { return }
        throw ForetailError(
            .limit,
            "filter: it compares no field with a constant, so it has to be evaluated on every event, and the limit of such "
                + "filters on one stream is reached; add a condition such as event.type == \"…\", or remove some")
    }

    private func compile(_ text: FilterText?, stream name: String) throws(ForetailError) -> Filter? {
        guard let text, !text.source.isEmpty else { return nil }
        let filter = try checked(text, stream: name)
        guard core.offersSurprise || !filter.fields.contains(FieldPath(root: .meta, ["surprise"])) else {
            throw ForetailError(
                .badFilter,
                "meta.surprise is known only when an event comes, and here events are also read from a log; leave it out, or "
                    + "tail a file or a pipe with --surprise")
        }
        return filter
    }

    private func checked(_ text: FilterText, stream name: String) throws(ForetailError) -> Filter {
        do throws(FilterError) {
            let filter = try Filter(text.source, dialect: text.dialect, limits: core.limits.filter, zones: core.zones)
            guard let number = streamNumbers[name], let schema = streams[number].descriptor.schema else {
                return filter
            }
            return try filter.checked(for: schema)
        } catch {
            throw ForetailError(.badFilter, error.description)
        }
    }

    mutating func withdrawAll(
        stream name: String, reason: Outcome.Reason, keepsWatches: Bool = false, into actions: inout Actions
    ) {
        guard let number = streamNumbers[name] else { return }
        for request in streams[number].predicting {
            withdrawAll(of: request, reason: reason, keepsWatches: keepsWatches, actions: &actions)
        }
        if !keepsWatches { streams[number].forgetWatchDeadlines() }
    }

    private mutating func withdrawAll(
        of request: RequestState, reason: Outcome.Reason, keepsWatches: Bool = false, actions: inout Actions
    ) {
        var ended: [PredictiveBuffer.Ended] = []
        let before = request.buffer.bytes
        request.buffer.withdrawAll(reason: reason, into: &ended)
        core.budget.book(request.buffer.bytes - before, to: request.account)
        actions.append(ended, of: request, position: nil, time: nil, errors: { _ in [] })
        guard !keepsWatches else { return }
        streams[request.streamNumber].closeWatches(of: request, reason: .init(reason), core: &core, actions: &actions)
    }
}
