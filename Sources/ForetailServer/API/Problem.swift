#if Server
import FieldExtraction
import Foretail
import ForetailSQLite
import HTTPTypes
import Hummingbird
import NIOCore

/// What went wrong with a request, as RFC 9457 describes it: the thing, the place, the remedy.
struct Problem: Error, Sendable {
    /// The HTTP status.
    var status: HTTPResponse.Status
    /// What kind of problem it is, stable: the last part of its `type`.
    var kind: String
    /// A sentence that says what is wrong and where.
    var detail: String
    /// The field, parameter or header at fault.
    var field: String?
    /// What can be done about it.
    var remedy: String?
    /// The limit that was reached, and how much of it is used.
    var limit: Limit?
    /// Seconds after which to try again.
    var retryAfter: Int?
    /// Methods that the path knows, for 405.
    var allow: [String] = []
    /// How to say who calls, for 401.
    var challenge: String?
    /// Further members.
    var extra: [JSONValue.Member] = []

    /// A limit that was reached.
    struct Limit: Sendable {
        var name: String
        var value: Int
        var used: Int?
    }

    init(_ status: HTTPResponse.Status, _ kind: String, _ detail: String, field: String? = nil, remedy: String? = nil) {
        self.status = status
        self.kind = kind
        self.detail = detail
        self.field = field
        self.remedy = remedy
    }

    /// The members of the problem document.
    func document(requestID: String?) -> JSONValue {
        var members: [(String, JSONValue?)] = [
            ("type", .string("urn:foretail:problem:\(kind)")),
            ("title", .string(status.reasonPhrase)),
            ("status", .integer(Int64(status.code))),
            ("detail", .string(detail)),
            ("field", field.map(JSONValue.string)),
            ("limit", limit.map { .string($0.name) }),
            ("maximum", limit.map { .integer(Int64($0.value)) }),
            ("used", limit?.used.map { .integer(Int64($0)) }),
            ("remedy", remedy.map(JSONValue.string)),
        ]
        members += extra.map { ($0.key, $0.value) }
        members.append(("requestId", requestID.map(JSONValue.string)))
        return JSONValue(members: members)
    }

    /// The response that says it.
    func response(requestID: String?) -> Response {
        var response = Response(json: document(requestID: requestID), status: status)
        response.headers[.contentType] = "application/problem+json"
        if let retryAfter { response.headers[.retryAfter] = String(retryAfter) }
        if !allow.isEmpty { response.headers[.allow] = allow.joined(separator: ", ") }
        if let challenge { response.headers[.wwwAuthenticate] = challenge }
        return response
    }
}

extension Problem {
    /// The server is on its way out.
    static var shuttingDown: Problem {
        var problem = Problem(
            .serviceUnavailable, "shutting-down", "the server is shutting down", remedy: "try again in a moment")
        problem.retryAfter = 1
        return problem
    }

    /// The models of a stream are not yet where its past left them.
    static func learning(_ stream: String) -> Problem {
        var problem = Problem(
            .serviceUnavailable, "learning", "the models of stream '\(stream)' are still learning its past",
            remedy: "try again in a moment; `warmUp` of GET /v1/streams/\(stream) says how far they are")
        problem.retryAfter = 1
        return problem
    }

    /// A field, parameter or header with a value it cannot have.
    static func invalid(_ field: String, _ detail: String, remedy: String? = nil) -> Problem {
        Problem(.badRequest, "invalid", detail, field: field, remedy: remedy)
    }

    /// There is no stream of this name.
    static func unknownStream(_ name: String) -> Problem {
        Problem(
            .notFound, "unknown-stream", "there is no stream '\(name)'",
            remedy:
                "write its first events, or create it with PUT /v1/streams/\(name); GET /v1/streams lists those there are"
        )
    }

    /// There is no tail request with this id.
    static func unknownRequest(_ id: String) -> Problem {
        Problem(
            .notFound, "unknown-request", "there is no tail request '\(id)'",
            remedy: "GET /v1/tail-requests lists those there are")
    }

    /// A named limit is reached.
    static func limitReached(_ name: String, _ value: Int, used: Int? = nil, what: String, remedy: String) -> Problem {
        var problem = Problem(
            .tooManyRequests, "limit", "\(what): the limit \(name) of \(value) is reached", remedy: remedy)
        problem.limit = Limit(name: name, value: value, used: used ?? value)
        problem.retryAfter = 5
        return problem
    }

    /// What the core refused.
    init(_ error: ForetailError, field: String? = nil) {
        switch error.code {
        case .badFilter: self = .invalid(field ?? "filter", error.message)
        case .badSetting: self = .invalid(field ?? "settings", error.message)
        case .unknownKey:
            self = Problem(
                .notFound, "unknown-key", error.message, field: "key",
                remedy: "a key is known from its first event on")
        case .tooFarAhead:
            self = Problem(
                .badRequest, "too-far-ahead", error.message, field: "in",
                remedy: "ask for a nearer time, or register a tail request with more `steps`")
        case .notPredicted:
            self = Problem(
                .notFound, "not-predicted", error.message, field: "key",
                remedy: "ask again when further events of the key have come")
        case .unknownRequest: self = Problem(.notFound, "unknown-request", error.message)
        case .limit:
            self = Problem(.tooManyRequests, "limit", error.message)
            retryAfter = 5
            if error.message.hasPrefix("filter:") {
                self.field = "filter"
                remedy = #"add a condition such as event.type == "…", or remove some of these filters"#
                limit = Limit(name: "scannedFilters", value: FilterIndex.scanLimit, used: FilterIndex.scanLimit)
            }
        case .snapshot: self = Problem(.conflict, "snapshot", error.message)
        default: self = Problem(.internalServerError, "internal", error.message)
        }
    }

    /// What the catalogue refused.
    init(_ failure: CatalogueFailure) {
        let status = failure.isFull ? Self.insufficientStorage : .serviceUnavailable
        self = Problem(
            status, failure.isFull ? "storage-full" : "catalogue", failure.message,
            remedy: "nothing was changed; try again when the disk has room and answers")
        retryAfter = 1
    }

    /// Source: RFC 4918, 11.5.
    private static let insufficientStorage = HTTPResponse.Status(code: 507, reasonPhrase: "Insufficient Storage")

    /// A stream that is on its way out.
    static func removed(_ name: String) -> Problem {
        var problem = Problem(
            .conflict, "stream-removed", "stream '\(name)' is being removed", field: "name",
            remedy: "try again when it is gone, in a moment; what was acknowledged before is removed with it")
        problem.retryAfter = 1
        return problem
    }

    /// A stream that is counted from another takes no events.
    static func counted(_ name: String, from source: String) -> Problem {
        Problem(
            .conflict, "stream-of-counts", "stream '\(name)' is counted from '\(source)' and takes no other events",
            field: "name", remedy: "write to '\(source)'; the counts follow")
    }

    /// What the log refused.
    init(_ failure: LogFailure, _ host: StreamHost) {
        let stream = host.name
        let remedy = Self.nothingTaken
        switch failure.kind {
        case .full:
            self = Problem(
                Self.insufficientStorage, "storage-full", "stream '\(stream)': \(failure.message)",
                remedy: "make room on the disk of the data folder; the log goes on by itself. " + remedy)
        case .busy:
            self = Problem(.serviceUnavailable, "log-busy", "stream '\(stream)': \(failure.message)", remedy: remedy)
        case .closed: self = host.isRemoved ? .removed(stream) : .shuttingDown
        case .unavailable:
            self = Problem(
                .serviceUnavailable, "log-unavailable", "stream '\(stream)': \(failure.message)", remedy: remedy)
        }
        retryAfter = 1
    }

    /// More events of a stream wait than a limit allows.
    static func busy(stream: String, limit name: String, _ value: Int) -> Problem {
        var problem = Problem(
            .serviceUnavailable, "busy",
            "stream '\(stream)': more events wait than the limit \(name) of \(value) allows",
            remedy: "send more slowly, or raise the limit. " + nothingTaken)
        problem.retryAfter = 1
        return problem
    }

    private static let nothingTaken = "nothing of this was acknowledged; send it again"

    /// Says that the body is durable up to a line (or a place in an array).
    mutating func noteTaken(through line: Int) {
        let taken = "what stands up to line \(line) is durable; send only what follows"
        if let remedy, !remedy.hasSuffix(Self.nothingTaken) {
            self.remedy = "\(remedy); \(taken)"
        } else {
            remedy = (remedy?.dropLast(Self.nothingTaken.count)).map { $0 + taken } ?? taken
        }
    }
}

extension JSONValue {
    /// An object of those members that have a value.
    init(members: [(String, JSONValue?)]) {
        self = .object(members.compactMap { key, value in value.map { Member(key: key, value: $0) } })
    }

    /// A whole number.
    static func number(_ value: Int) -> JSONValue { .integer(Int64(value)) }

    /// A number, or null where there is none.
    static func number(_ value: Double?) -> JSONValue {
        guard let value, value.isFinite else { return .null }
        return .double(value)
    }

    /// The compact text.
    var bytes: [UInt8] {
        var output: [UInt8] = []
        append(to: &output)
        return output
    }
}

extension Response {
    /// A JSON response.
    init(json: JSONValue, status: HTTPResponse.Status = .ok, headers: HTTPFields = [:]) {
        var headers = headers
        headers[.contentType] = "application/json"
        self.init(
            status: status, headers: headers, body: ResponseBody(byteBuffer: ByteBuffer(bytes: json.bytes)))
    }

    /// The same answer without its content, which a client would take for its next answer.
    func withoutContent() -> Response {
        var response = createHeadResponse()
        if body.contentLength == nil {
            // How long a stream will be is not known. The mark of its end would follow; nobody may take it for an answer.
            response.headers[.contentLength] = nil
            response.headers[.connection] = "close"
        }
        return response
    }
}
#endif
