#if Server
import FieldExtraction

/// What a server refused, as its problem document (RFC 9457) says it.
struct ServerProblem: Hashable, Sendable {
    /// The HTTP status.
    var status: Int
    /// What kind of problem it is: the last part of its `type`.
    var kind: String
    /// What is wrong and where.
    var detail: String
    /// What can be done about it.
    var remedy: String?
    /// The request's id, under which the server's log speaks of it.
    var requestID: String?
    /// Seconds after which to try again.
    var retryAfter: Int?
    /// The document as it came; null where there was none.
    var document: JSONValue = .null

    /// Reads a response that is no success, whether the server wrote it or a proxy.
    init(status: Int, body: [UInt8], retryAfter: String? = nil) {
        self.status = status
        self.retryAfter = retryAfter.flatMap(Int.init).map { max(0, $0) }
        document = (try? JSONValue(parsing: body)) ?? .null
        kind = document["type"]?.text?.split(separator: ":").last.map(String.init) ?? ""
        remedy = document["remedy"]?.text
        requestID = document["requestId"]?.text
        detail = document["detail"]?.text ?? "the server answered \(status)"
    }

    /// What is printed: what is wrong, then the remedy.
    var message: String {
        var text = TerminalText.harmless(detail)
        if let remedy { text += "; " + TerminalText.harmless(remedy) }
        if status == 500, let requestID { text += " (request \(TerminalText.harmless(requestID)))" }
        return text
    }

    /// Whether the same may succeed later.
    var isPassing: Bool { [429, 502, 503, 504, 507].contains(status) }

    static func == (left: ServerProblem, right: ServerProblem) -> Bool {
        left.status == right.status && left.message == right.message && left.kind == right.kind
            && left.retryAfter == right.retryAfter
    }

    func hash(into hasher: inout Hasher) {
        hasher.combine(status)
        hasher.combine(detail)
    }
}
#endif
