#if Server
import Crypto
import FieldExtraction
import HTTPTypes
import Synchronization

/// What a ticket lets its holder read.
struct Ticket: Hashable, Sendable {
    /// The one thing.
    enum Target: Hashable, Sendable {
        /// The events of a tail request.
        case request(String)
        /// The tail of a stream.
        case stream(String)
    }

    var target: Target

    /// Whether it lets somebody read this.
    func opens(_ route: Route) -> Bool {
        switch (route, target) {
        case (.requestEvents(let id), .request(let meant)): id == meant
        case (.streamTail(let name), .stream(let meant)): name == meant
        default: false
        }
    }
}

/// Tickets that are out: for readers that cannot send a header, as a browser's EventSource.
///
/// A ticket stands in a URL, and URLs stand in logs: so it opens one reading, for a minute. Within the minute it may be used
/// again, because an EventSource that lost its connection asks for the same URL by itself.
final class TicketDesk: Sendable {
    private struct Entry {
        var ticket: Ticket
        var use: TokenUse?
        var ends: Int64
    }

    /// Microseconds for which a ticket may be used.
    static let lifeMicroseconds: Int64 = 60_000_000

    private let limit: Int
    private let entries = Mutex<[[UInt8]: Entry]>([:])

    /// Creates a desk that gives so many tickets at a time.
    init(limit: Int) { self.limit = limit }

    /// Gives a ticket out.
    ///
    /// - Parameter now: Microseconds of a clock that only ever grows.
    func issue(_ ticket: Ticket, for use: TokenUse?, now: Int64) throws(Problem) -> String {
        let text = "tt_" + TokenSecret.hexadecimal(WebhookSecret.randomBytes(32))
        let isKept = entries.withLock { entries in
            if entries.count >= limit { entries = entries.filter { $0.value.ends > now } }
            guard entries.count < limit else { return false }
            entries[Self.hash(text)] = Entry(ticket: ticket, use: use, ends: now + Self.lifeMicroseconds)
            return true
        }
        guard isKept else {
            throw .limitReached(
                "limits.tickets", limit, what: "tickets", remedy: "try again when some have ended, or raise the limit")
        }
        return text
    }

    /// Who comes with a ticket, and what he may read; nil where it is over, or there is none.
    func access(_ text: String, to route: Route, now: Int64) -> Access? {
        // Found by its hash: how long that takes says nothing of the text.
        guard let entry = entries.withLock({ $0[Self.hash(text)] }), entry.ends > now, let use = entry.use,
            entry.ticket.opens(route)
        else { return nil }
        return Access(use: use, ticket: entry.ticket)
    }

    private static func hash(_ text: String) -> [UInt8] { Array(SHA256.hash(data: Array(text.utf8))) }
}
#endif
