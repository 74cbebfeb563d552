#if Server
import FieldExtraction
import Foretail

/// One record in a feed: what it is, and where its bytes end.
struct FeedEntry: Sendable {
    /// The kinds of record, as their `kind` says.
    enum Kind: UInt8, Sendable {
        case event, prediction, outcome, gap, watch
        /// An event that is not delivered, because its lookup found no row and that was asked for. It has no bytes.
        case dropped
    }

    /// What it is.
    var kind: Kind
    /// Where its bytes end in its chunk, newline included.
    var end: Int
    /// The event's position, the last missing one of a gap, or the last before a watch changed its state.
    var position: Position
    /// When a prediction is of no use any more, on the wall clock: its stream's clock may stand elsewhere.
    var expires: Timestamp
    /// The last position up to which everything was delivered, once this was: its own, unless events before it still wait for rows.
    var passed: Position?
    /// The number under which a record of a watch is kept; 0: it is not.
    var watch: Int64 = 0

    init(kind: Kind, end: Int, position: Position, expires: Timestamp) {
        self.kind = kind
        self.end = end
        self.position = position
        self.expires = expires
        passed = position
    }
}

/// Records of one feed that are being rendered.
struct FeedDraft {
    let id: DestinationID
    let feed: Feed?
    var bytes: [UInt8] = []
    var entries: [FeedEntry] = []

    init(id: DestinationID, feed: Feed?) {
        self.id = id
        self.feed = feed
    }

    /// Appends a record that was rendered elsewhere.
    mutating func append(_ record: [UInt8], _ entry: FeedEntry) {
        bytes += record
        var entry = entry
        entry.end = bytes.count
        entries.append(entry)
    }

    /// Notes the record that was just rendered.
    mutating func close(_ action: Actions.Action, _ actions: borrowing Actions) {
        guard bytes.count > entries.last?.end ?? 0 else { return }
        var entry = FeedEntry(kind: .outcome, end: bytes.count, position: Position(sequence: 0), expires: .latest)
        switch action {
        case .forward(let forward):
            entry.kind = .event
            entry.position = actions.events[forward.event].position
            entry.passed = entry.position
        case .announce(let prediction, _):
            entry.kind = .prediction
            let life = prediction.expires.microseconds - prediction.made.microseconds
            entry.expires = Timestamp(microseconds: ServerClock().now().microseconds + life)
        case .gap(let gap, _, _):
            entry.kind = .gap
            entry.position = gap.to
            entry.passed = gap.to
        case .watch(let watch, _):
            entry.kind = .watch
            entry.position = watch.position ?? entry.position
        case .outcome, .train, .expect, .follow: break
        }
        entries.append(entry)
    }
}
#endif
