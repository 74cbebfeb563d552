#if Server
import FieldExtraction
import Foretail

/// Joining: records of requests with lookups go through a stage on their way to the feeds.
extension ShardState {
    /// What a record takes along through the stage.
    struct JoinTag: Sendable {
        var destination: DestinationID
        var entry: FeedEntry
    }

    /// The present moment, as the stage counts it.
    var moment: LookupMoment { LookupMoment(clock) }

    /// Lets a record go through the stage.
    mutating func join(
        _ action: Actions.Action, of request: TailRequestID, feed: Feed, id: DestinationID, now: LookupMoment
    ) {
        guard let names = manager.names(stream: feed.stream) else { return }
        if case .announce(let prediction, _) = action { stage.expect(prediction, names: names, now: now) }
        var draft = FeedDraft(id: id, feed: nil)
        renderer.render(action, of: actions, names: names, into: &draft.bytes)
        draft.close(action, actions)
        guard let entry = draft.entries.first else { return }
        let tag = JoinTag(destination: id, entry: entry)
        switch action {
        case .forward(let forward): stage.admit(forward, of: actions, record: draft.bytes, tag: tag, now: now)
        case .announce(let prediction, _):
            stage.admit(draft.bytes, of: request, key: prediction.key, tag: tag, now: now)
        case .outcome(let outcome, _):
            stage.admit(draft.bytes, of: request, key: outcome.prediction.key, tag: tag, now: now)
        case .watch(let watch, _): stage.admit(draft.bytes, of: request, key: watch.key, tag: tag, now: now)
        case .gap, .train, .expect, .follow: stage.admit(draft.bytes, of: request, key: [], tag: tag, now: now)
        }
    }

    /// Fetches ahead what a request's readers may need.
    mutating func expect(_ prediction: Prediction, now: LookupMoment) {
        guard stage.joins(prediction.request),
            let feed = feeds[DestinationID(Int(prediction.request.number))],
            let names = manager.names(stream: feed.stream)
        else { return }
        stage.expect(prediction, names: names, now: now)
    }

    /// Hands over what may leave the stage, and asks the stores for what it lacks.
    mutating func passStage() {
        guard !stage.isEmpty else { return }
        stage.advance(to: moment)
        for released in stage.takeReleased() {
            let id = released.tag.destination
            guard let feed = feeds[id] else { continue }
            var entry = released.tag.entry
            entry.passed = released.safe
            let place = draft(of: id, feed: feed)
            // What is dropped moves the cursor all the same.
            if released.record.isEmpty { entry.kind = .dropped }
            drafts[place].append(released.record, entry)
        }
        let fetches = stage.takeFetches()
        if !fetches.isEmpty { stores.submit(fetches, from: source, to: receiver) }
    }

    /// Takes what stores said.
    mutating func receive(_ answers: [ReferenceAnswer]) {
        stage.receive(answers, now: moment)
        passStage()
        hand()
    }

    /// Takes a store's notice of changes.
    mutating func note(_ notice: ReferenceNotice, from store: String) {
        stage.note(notice, from: store, now: moment)
        passStage()
        hand()
    }

    /// Removes a request; what waits of it leaves as it is.
    mutating func removeRequest(_ id: TailRequestID) {
        let stream = manager.names(of: id)?.streamName
        tellAll(of: id)
        leaving.insert(id)
        try? manager.removeTailRequest(id, into: &actions)
        guard stage.joins(id) else { return }
        stage.remove(id, now: moment)
        if let stream, !stage.follows(stream) { manager.setFollowed(false, stream: stream) }
    }

    /// Joins a request's events from now on.
    mutating func register(
        _ lookups: [LookupSettings], of id: TailRequestID, stream: StreamDescriptor
    ) throws(ForetailError) {
        guard !lookups.isEmpty else { return }
        try stage.register(id, of: stream, lookups: lookups, now: moment)
        if stage.follows(stream.name) { manager.setFollowed(true, stream: stream.name) }
    }

    /// Puts what came before a lookup began to what came since, and lets go what waited for it.
    mutating func fillHistory(_ statement: Int32, with past: KeyHistories?, isComplete: Bool) {
        stage.fill(statement, with: past, isComplete: isComplete, now: moment)
        passStage()
        hand()
    }
}
#endif
