#if Server
/// Where the reading of a server's stream goes on.
enum RemoteCursor: Hashable, Sendable {
    /// With the oldest event that is stored.
    case oldest
    /// With what comes.
    case now
    /// Exactly behind a position.
    case after(String)

    /// The parameters that say so.
    var query: [(String, String)] {
        switch self {
        case .oldest: [("from", "oldest")]
        case .now: [("from", "now")]
        case .after(let position): [("after", position)]
        }
    }

    /// In words.
    var text: String {
        switch self {
        case .oldest: "from its oldest event"
        case .now: "from now on"
        case .after(let position): "behind \(position)"
        }
    }
}
#endif
