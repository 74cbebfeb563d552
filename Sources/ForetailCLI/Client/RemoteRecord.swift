#if Server
/// A record as a server wrote it: what has to be known of it to go on behind it, and to show it.
struct RemoteRecord {
    /// What it is. A kind that is not known here is passed on as it came.
    enum Kind: Hashable {
        case event, prediction, outcome, gap, watch, heartbeat, end, other
    }

    /// What it is.
    var kind: Kind
    /// Where a reading goes on that has seen this record; nil: where it stood.
    var cursor: String?
    /// Why the server ends the answer.
    var reason: String?
    /// The event's JSON text within the line.
    var event: Range<Int>?
}
#endif
