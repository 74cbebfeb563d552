import FieldExtraction
import Forecasting

/// Snapshots: what a stream and its requests have learned, as bytes that survive a restart.
///
///     manager.withdrawForRestart(stream: "metrics", into: &actions)      // deliver, then:
///     let bytes = try manager.snapshot(stream: "metrics")
///     …
///     try manager.describeStream(descriptor)                             // in the next process
///     _ = try manager.registerTailRequest(streamName: "metrics", filter: filter, destination: destination, id: id)
///     try manager.restore(bytes, stream: "metrics", into: &actions)
extension PredictiveBufferManager {
    /// What a stream and its requests have learned, in bytes. Open predictions are not part of it: they end before
    /// (``withdrawForRestart(stream:into:)``) and are made anew after.
    ///
    /// Cost: a copy of the models and a checksum. The same state gives the same bytes.
    ///
    /// - Throws: ``ForetailError`` (`badSetting`) for a stream that is not known.
    public func snapshot(stream name: String) throws(ForetailError) -> [UInt8] {
        let number = try knownStream(name)
        var stream = streams[number]
        var coder = SnapshotCoder()
        do throws(SnapshotError) {
            try coder.begin("manager")
            var next = core.nextPrediction
            try coder.pass(&next)
            var nextWatch = core.nextWatch
            try coder.pass(&nextWatch, in: 0...(.max / 2))
            try stream.pass(through: &coder, core: core)
            _ = try coder.count(stream.predicting.count, bytesEach: 1)
            for request in stream.predicting {
                var learning = RequestLearning(request)
                try learning.pass(through: &coder, stream: stream)
            }
        } catch {
            preconditionFailure("writing a snapshot refuses nothing")
        }
        return SnapshotContainer.wrap(coder.bytes, kind: .stream, fingerprint: stream.fingerprint)
    }

    /// Puts a snapshot in force for a stream that was described as then. Of its requests those with the same filter and
    /// settings go on with what they had learned, in the order they were registered; others begin afresh on the stream's
    /// models. What the stream had learned until now is dropped, its open predictions are withdrawn (`restart`); watches under
    /// way go on.
    ///
    /// - Parameter actions: Gets the withdrawals, and the training jobs that were under way.
    /// - Throws: ``ForetailError``: `badSetting` for a stream that is not known; `snapshot` for bytes that are foreign,
    ///   damaged, or of another version, layout, configuration or stream. Then nothing has changed.
    public mutating func restore(
        _ bytes: [UInt8], stream name: String, into actions: inout Actions
    ) throws(ForetailError) {
        let number = try knownStream(name)
        var fresh = streams[number].blank()
        var learned: [RequestLearning] = []
        var nextPrediction: UInt64 = 0
        var nextWatch: UInt64 = 0
        do throws(SnapshotError) {
            let payload = try SnapshotContainer.payload(of: bytes, kind: .stream, fingerprint: fresh.fingerprint)
            var coder = SnapshotCoder(reading: bytes, payload)
            try coder.begin("manager")
            try coder.pass(&nextPrediction, in: 0...(.max / 2))
            try coder.pass(&nextWatch, in: 0...(.max / 2))
            try fresh.pass(through: &coder, core: core)
            for _ in 0..<(try coder.count(0, bytesEach: 1)) {
                learned.append(try RequestLearning(reading: &coder, stream: fresh))
            }
            try coder.finish()
        } catch {
            throw ForetailError(.snapshot, "stream '\(name)', \(error.message)")
        }
        // From here on nothing can fail.
        let open = streams[number].openWatches
        streams[number].releaseWatches()
        withdrawForRestart(stream: name, into: &actions)
        streams[number].deadlines.removeAll(of: streams[number].predicting)
        core.models.book(-streams[number].modelBytes, to: streams[number].account)
        core.nextPrediction = max(core.nextPrediction, nextPrediction)
        core.nextWatch = max(core.nextWatch, nextWatch)
        fresh.takeUp(learned, core: &core, actions: &actions)
        core.models.book(fresh.modelBytes, to: fresh.account)
        streams[number] = fresh
        resumeWatches(open, stream: name, into: &actions)
    }

    /// Ends a stream's open predictions with reason `restart`, before the program ends, and its watches.
    ///
    /// - Parameter keepsWatches: Whether watches go on, for callers that hand them over (``openWatches(stream:)``).
    public mutating func withdrawForRestart(
        stream name: String, keepingWatches keepsWatches: Bool = false, into actions: inout Actions
    ) {
        withdrawAll(stream: name, reason: .restart, keepsWatches: keepsWatches, into: &actions)
    }

    private func knownStream(_ name: String) throws(ForetailError) -> Int {
        if let number = streamNumbers[name] { return number }
        throw ForetailError(
            .badSetting, "no stream '\(name)'; describe it, or register a tail request on it, before its snapshot")
    }
}

extension StreamState {
    /// The bytes of the model budget that series, shadows, sequence models and the network take.
    var modelBytes: Int {
        let series = table.series.reduce(0) { $0 + ($1?.countedBytes ?? 0) }
        return series + predicting.reduce(0) { $0 + $1.shadowBytes } + networkBytes + sequenceBytes
    }

    /// Hands what was learned to the requests it belongs to, and the training under way to whoever trains.
    fileprivate mutating func takeUp(
        _ learned: [RequestLearning], core: inout ManagerCore, actions: inout Actions
    ) {
        var places: [UInt64: [Int]] = [:]
        for (place, learning) in learned.enumerated().reversed() {
            places[learning.fingerprint, default: []].append(place)
        }
        var strangers: [RequestState] = []
        for request in predicting {
            if let place = places[request.fingerprint]?.popLast() {
                learned[place].apply(to: request, fields: fields)
            } else {
                request.series = SeriesLedgers()
                strangers.append(request)
            }
        }
        for case let series? in table.series {
            for place in series.trainings.indices {
                let training = Actions.Training(id: core.makeTrainingID(), job: .series(series.trainings[place].job))
                series.trainings[place].id = training.id
                trainingSeries[training.id] = series
                actions.items.append(.train(training))
                actions.trainingCount += 1
            }
        }
        if let job = network?.pending { ask(for: job, core: &core, actions: &actions) }
        for request in strangers { learn(for: request, core: core) }
        for request in predicting { request.stepIndices = stepIndices(request.settings) }
    }
}
