#if Server
import FieldExtraction

/// What a server says of a body: how much it took, and what it did not.
struct IngestAnswer: Hashable, Sendable {
    /// A line of the body that is no event.
    struct Rejection: Hashable, Sendable {
        /// Its number in the body, from 1.
        var line: Int
        /// What is wrong with it.
        var reason: String
    }

    /// The events that are stored.
    var accepted: Int
    /// The lines that are no events, as far as they are listed.
    var rejected: [Rejection]
    /// All lines that are no events.
    var rejectedCount: Int
    /// The position of the last event that is stored.
    var last: String?

    /// What an answer said that was lost.
    init(accepted: Int, rejected: [Rejection], last: String) {
        self.accepted = accepted
        self.rejected = rejected
        rejectedCount = rejected.count
        self.last = last
    }

    /// Reads an answer, or a problem document that tells as much; nil for anything else.
    init?(_ document: JSONValue) {
        guard let accepted = document["accepted"]?.whole else { return nil }
        self.accepted = accepted
        rejected = (document["rejected"]?.elements ?? []).compactMap { entry in
            entry["line"]?.whole.map { Rejection(line: $0, reason: entry["reason"]?.text ?? "no event") }
        }
        rejectedCount = document["rejectedCount"]?.whole ?? rejected.count
        last = document["last"]?.text
    }
}
#endif
