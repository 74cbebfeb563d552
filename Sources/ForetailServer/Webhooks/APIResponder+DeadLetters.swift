#if Server
import FieldExtraction
import Foretail
import ForetailSQLite
import HTTPTypes
import Hummingbird
import NIOCore

/// Dead letters: listed, shown, sent again, purged.
extension APIResponder {
    /// `GET /v1/dead-letters`.
    func listDeadLetters(_ request: Request) async throws -> Response {
        var query = try QueryReader(request)
        let limit = try query.integer("limit", in: 1...registry.configuration.limits.pageEntries) ?? 100
        let number = try requestNumber(&query)
        let after = try query.string("after").map { text throws(Problem) in try Self.number(text, field: "after") } ?? 0
        try query.finish(knows: "request, limit, after")
        let letters = try await visibleLetters(of: number, after: after, limit: limit + 1)
        let page = letters.prefix(limit)
        return Response(
            json: JSONValue(members: [
                ("deadLetters", .array(page.map { JSONValue(members: $0.members) })),
                ("next", letters.count > limit ? page.last.map { .string($0.name) } : nil),
            ]))
    }

    /// `GET /v1/dead-letters/{id}`.
    func getDeadLetter(_ request: Request, _ id: String) async throws -> Response {
        try QueryReader(request).finish(knows: "")
        let number = try Self.known(id)
        let found = try await registry.webhooks.store { (store) throws(CatalogueFailure) in
            try store.deadLetter(number)
        }
        guard let found else { throw Problem.unknownDeadLetter(id) }
        // The body as it was sent: what it says is not read again.
        var text = JSONValue(members: found.letter.members).bytes
        text.removeLast()
        text += Array(#","events":"#.utf8) + found.body + [UInt8(ascii: "}")]
        return Response(
            status: .ok, headers: [.contentType: "application/json"], body: ResponseBody(byteBuffer: .init(bytes: text))
        )
    }

    /// `POST /v1/dead-letters/{id}/replay`.
    func replayDeadLetter(_ request: Request, _ id: String) async throws -> Response {
        try QueryReader(request).finish(knows: "")
        let number = try Self.known(id)
        let found = try await registry.webhooks.store { (store) throws(CatalogueFailure) in
            try store.deadLetter(number)?.letter
        }
        guard let found else { throw Problem.unknownDeadLetter(id) }
        let delivery = try running(found.request)
        let owner = try await registry.webhooks.store { (store) throws(CatalogueFailure) in
            try store.queueDeadLetter(number)
        }
        guard owner != nil else { throw Problem.unknownDeadLetter(id) }
        delivery.replays.continuation.yield()
        return Response(json: JSONValue(members: [("queued", .number(1))]), status: .accepted)
    }

    /// `POST /v1/dead-letters/replay`.
    func replayDeadLetters(_ request: Request) async throws -> Response {
        var query = try QueryReader(request)
        let number = try requestNumber(&query)
        try query.finish(knows: "request")
        guard let number else {
            throw Problem.invalid("request", "say whose dead letters are to be sent again, such as request=tr_7")
        }
        let delivery = try running(number)
        let count = try await registry.webhooks.store { (store) throws(CatalogueFailure) in
            try store.queueDeadLetters(of: number)
        }
        if count > 0 { delivery.replays.continuation.yield() }
        return Response(json: JSONValue(members: [("queued", .number(count))]), status: .accepted)
    }

    /// `DELETE /v1/dead-letters/{id}`.
    func purgeDeadLetter(_ request: Request, _ id: String) async throws -> Response {
        try QueryReader(request).finish(knows: "")
        let number = try Self.known(id)
        let isGone = try await registry.webhooks.store { (store) throws(CatalogueFailure) in
            try store.removeDeadLetter(number)
        }
        guard isGone else { throw Problem.unknownDeadLetter(id) }
        return Response(status: .noContent)
    }

    /// `DELETE /v1/dead-letters`.
    func purgeDeadLetters(_ request: Request) async throws -> Response {
        var query = try QueryReader(request)
        let isAll = query.peek("request") == "all"
        let number = isAll ? nil : try requestNumber(&query)
        if isAll { _ = query.string("request") }
        try query.finish(knows: "request")
        guard isAll || number != nil else {
            throw Problem.invalid("request", "say whose dead letters are to go: request=tr_7, or request=all")
        }
        let count = try await purge(number)
        return Response(json: JSONValue(members: [("purged", .number(count))]))
    }

    /// Dead letters behind an id that the caller has to do with.
    private func visibleLetters(of number: UInt32?, after: Int64, limit: Int) async throws(Problem) -> [DeadLetter] {
        var (found, place): ([DeadLetter], Int64) = ([], after)
        while found.count < limit {
            let (start, room) = (place, limit)
            let letters = try await registry.webhooks.store { (store) throws(CatalogueFailure) in
                try store.deadLetters(of: number, after: start, limit: room)
            }
            found += letters.filter(isVisible)
            guard letters.count == room, let last = letters.last else { break }
            place = last.id
        }
        return Array(found.prefix(limit))
    }

    /// Removes dead letters of a tail request, or all that the caller has to do with.
    private func purge(_ number: UInt32?) async throws(Problem) -> Int {
        if access.isWhole {
            return try await registry.webhooks.store { (store) throws(CatalogueFailure) in
                try store.removeDeadLetters(of: number)
            }
        }
        let letters = try await visibleLetters(of: number, after: 0, limit: .max - 1)
        return try await registry.webhooks.store { (store) throws(CatalogueFailure) in
            var count = 0
            for letter in letters where try store.removeDeadLetter(letter.id) { count += 1 }
            return count
        }
    }

    /// The delivery that can send a dead letter again.
    private func running(_ number: UInt32) throws(Problem) -> WebhookDelivery {
        let id = TailRequestID(number)
        guard isOwn(number: number), registry.request(id)?.webhook != nil, let delivery = registry.webhooks.delivery(id)
        else {
            throw Problem(
                .conflict, "no-webhook", "\(id) was removed, or its delivery has not begun", field: "request",
                remedy: "show the dead letter and send its events yourself, or purge it")
        }
        if let reason = delivery.status.webhook?.stopped {
            throw Problem(
                .conflict, "webhook-stopped", "\(id): \(reason)", field: "request",
                remedy: "PATCH the tail request's destination; then the webhook goes on")
        }
        return delivery
    }

    private func requestNumber(_ query: inout QueryReader) throws(Problem) -> UInt32? {
        guard let text = query.peek("request") else { return nil }
        _ = query.string("request")
        if let id = TailRequestID(text: text) { return id.number }
        // A number that no tail request can have is one of none.
        guard text.hasPrefix("tr_"), let number = UInt64(text.dropFirst(3)), text == "tr_\(number)",
            text.utf8.count <= 13
        else { throw .invalid("request", "expected the id of a tail request, such as tr_7") }
        return .max
    }

    private static func number(_ text: String, field: String) throws(Problem) -> Int64 {
        guard let number = DeadLetter.number(text) else {
            throw .invalid(field, "expected the id of a dead letter, such as dl_7")
        }
        return number
    }

    private static func known(_ id: String) throws(Problem) -> Int64 {
        guard let number = DeadLetter.number(id) else { throw .unknownDeadLetter(id) }
        return number
    }
}

extension Problem {
    /// There is no dead letter with this id.
    static func unknownDeadLetter(_ id: String) -> Problem {
        Problem(
            .notFound, "unknown-dead-letter", "there is no dead letter '\(id)'",
            remedy: "GET /v1/dead-letters lists those there are")
    }
}

extension DeadLetter {
    /// Its id as it is shown, `dl_7`.
    var name: String { "dl_\(id)" }

    /// Reads `dl_7`; nil for anything else.
    static func number(_ text: String) -> Int64? {
        guard text.hasPrefix("dl_"), let number = Int64(text.dropFirst(3)), number > 0, text == "dl_\(number)" else {
            return nil
        }
        return number
    }

    /// The letter as it is shown, without its events.
    var members: [(String, JSONValue?)] {
        [
            ("id", .string(name)), ("request", .string(TailRequestID(request).description)),
            ("stream", .string(stream)),
            ("message", .string(message)), ("first", .string(first.description)), ("last", .string(last.description)),
            ("records", .number(records)), ("bytes", .number(bytes)), ("attempts", .number(attempts)),
            ("reason", .string(reason)), ("started", .string(started.description)),
            ("ended", .string(ended.description)), ("queued", .bool(isQueued)),
        ]
    }
}
#endif
