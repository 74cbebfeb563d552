#if Server
import DequeModule
import Foretail

/// A record of a watch that waits until it is kept.
struct UnkeptWatch: Sendable {
    var number: Int64
    var watch: WatchRecord
    var destination: DestinationID
    var stream: String
    var bytes: [UInt8]
    var entry: FeedEntry
}

/// Watches: their records are kept before they are told. Events do not wait for them.
extension ShardState {
    /// Hands a record to the journal, if it has to be kept: those of tails that end with their connection, and of requests that
    /// are being removed, are told at once.
    ///
    /// - Returns: Whether it waits there.
    mutating func keep(_ action: Actions.Action) -> Bool {
        guard case .watch(let watch, let destination) = action, let journal,
            watch.request.number < RegisteredRequest.firstTemporary, !leaving.contains(watch.request),
            let names = manager.names(of: watch.request)
        else { return false }
        var draft = FeedDraft(id: destination, feed: nil)
        renderer.render(action, of: actions, names: names, into: &draft.bytes)
        draft.close(action, actions)
        guard let entry = draft.entries.first else { return false }
        let number = journal.add(watch, bytes: draft.bytes, from: Int(source), receiver: keptReceiver)
        unkept.append(
            UnkeptWatch(
                number: number, watch: watch, destination: destination,
                stream: manager.tailRequest(watch.request)?.streamName ?? "", bytes: draft.bytes, entry: entry))
        return true
    }

    /// Tells readers of the records that are kept now.
    mutating func tell(through number: Int64) {
        while let next = unkept.first, next.number <= number {
            unkept.removeFirst()
            tell(next)
        }
        passStage()
        hand()
    }

    /// Tells readers of what waits of a request that goes: nobody will ask for it later.
    mutating func tellAll(of request: TailRequestID) {
        let meant = unkept.filter { $0.watch.request == request }
        guard !meant.isEmpty else { return }
        unkept.removeAll { $0.watch.request == request }
        for record in meant { tell(record) }
    }

    private mutating func tell(_ record: UnkeptWatch) {
        lastTold = max(lastTold, record.number)
        // Whoever has seen an event behind this one was told of the watch before.
        let head = max(manager.lastPosition(stream: record.stream) ?? .none, firstHeads[record.stream] ?? .none)
        if head != .none { journal?.noteTold(record.number, after: head) }
        guard let feed = feeds[record.destination] else { return }
        var entry = record.entry
        entry.watch = record.number
        let request = record.watch.request
        if !stage.isEmpty, stage.joins(request) {
            let tag = JoinTag(destination: record.destination, entry: entry)
            stage.admit(record.bytes, of: request, key: record.watch.key, tag: tag, now: moment)
        } else {
            let place = draft(of: record.destination, feed: feed)
            drafts[place].append(record.bytes, entry)
        }
    }

    /// Goes on with what was under way when the server ended.
    mutating func resumeWatches(_ open: [OpenWatch], of host: StreamHost) {
        firstHeads[host.name] = host.head
        manager.resumeWatches(open, stream: host.name, into: &actions)
        publish()
    }

    /// Notes how far a stream was watched, where watches are under way.
    mutating func noteWatched(_ stream: String) {
        guard let position = manager.lastPosition(stream: stream), watched[stream] != position,
            !manager.openWatches(stream: stream).isEmpty
        else { return }
        watched[stream] = position
        journal?.noteWatched(stream, through: position)
    }
}
#endif
