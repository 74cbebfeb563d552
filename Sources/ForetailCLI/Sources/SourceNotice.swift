/// Something that happened to a source and that the person at the terminal should know.
struct SourceNotice: Hashable, Sendable {
    /// What happened.
    enum Reason: String, Sendable {
        /// The file became shorter: it is read from its start; what stood there unread is lost, as with a `gap`.
        case truncated
        /// Another file took the name: the old one was read to its end, the new one is read from its start.
        case rotated
        /// The file is gone; its name is watched.
        case deleted
        /// There is no file of that name yet; its name is watched.
        case waiting
        /// The file that was waited for is there.
        case appeared
        /// The file is there and cannot be opened; it is tried again.
        case unreadable
        /// A stream forgot events before they were read.
        case forgotten
        /// An event came too late to be counted.
        case late
        /// Something that a source on another machine says in words of its own, which are the detail.
        case said
    }

    /// What happened.
    var reason: Reason
    /// The file, or the stream.
    var path: String
    /// More words, or nothing.
    var detail = ""

    /// A sentence for people: `app.log: truncated; …`.
    var message: String {
        // Who has words of its own names the place in them.
        guard let sentence = reason.sentence else { return detail }
        return "\(path): \(sentence)" + (detail.isEmpty ? "" : " (\(detail))")
    }
}

extension SourceNotice.Reason {
    /// What happened, in words; nil: the source has its own.
    fileprivate var sentence: String? {
        switch self {
        case .truncated: "truncated; reading it from its start, lines not yet read are lost"
        case .rotated: "rotated; going on with the new file"
        case .deleted: "deleted; waiting for a new file of that name"
        case .waiting: "no such file yet; waiting for it"
        case .appeared: "is there now"
        case .unreadable: "cannot be read; trying again"
        case .forgotten: "the stream forgot events before they were read"
        case .late:
            "an event came when its window was closed and is not counted; allow for it with --lateness. "
                + "Others like it are told at the end"
        case .said: nil
        }
    }
}
