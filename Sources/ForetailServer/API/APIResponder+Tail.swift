#if Server
import FieldExtraction
import Foretail
import HTTPTypes
import Hummingbird
import NIOCore

/// Readers: matched events, and what is expected, as they come.
extension APIResponder {
    /// `GET /v1/tail-requests/{id}/events`.
    func events(_ request: Request, _ id: String) async throws -> Response {
        var query = try QueryReader(request)
        let isAhead = try query.bool("ahead") ?? false
        _ = query.string("ticket")
        let start = try start(request, &query)
        try query.finish(knows: "ahead, after, from, ticket")
        let known = try registry.request(text: id)
        if request.method == .head { return RecordFormat(for: request).head }
        return try await read(known, for: request, from: start, isAhead: isAhead, ends: nil)
    }

    /// `GET /v1/streams/{name}/tail`.
    func tail(_ request: Request, stream name: String) async throws -> Response {
        var query = try QueryReader(request)
        let isAhead = try query.bool("ahead") ?? false
        _ = query.string("ticket")
        let condition = query.string("filter")
        let filter = try self.filter(condition, key: query.string("key"))
        let watch = try Self.watch(&query)
        let start = try start(request, &query)
        try query.finish(knows: "filter, key, ahead, within, overdue, probability, after, from, ticket")
        let host = try registry.known(name)
        if request.method == .head { return RecordFormat(for: request).head }
        var definition = RequestDefinition(stream: name, filter: filter)
        if isAhead {
            definition.prediction?.watch = watch
        } else {
            definition.prediction = watch.map { .watching($0) }
        }
        let temporary = try await registry.registerTemporary(definition, host: host)
        let registry = registry
        return try await read(temporary, for: request, from: start, isAhead: isAhead) {
            registry.removeTemporary(temporary)
        }
    }

    /// What a tail is to be warned and alarmed of, as the options of `foretail tail` say it.
    private static func watch(_ query: inout QueryReader) throws(Problem) -> WatchSettings? {
        let within = try query.duration("within")
        let isOverdue = try query.bool("overdue") ?? false
        let probability = try query.probability("probability")
        guard within != nil || isOverdue else { return nil }
        var settings = WatchSettings()
        if let within { settings.within = .init(microseconds: within, probability: probability ?? 0.8) }
        // One probability for both: whoever wants to be warned early of a match is not told of arrivals that are hardly due.
        if isOverdue { settings.overdue = .init(probability: max(0.5, probability ?? 0.95)) }
        do throws(ForetailError) {
            try settings.validate()
        } catch {
            throw .invalid("within", error.message)
        }
        return settings
    }

    /// Where the reader wants to begin: after the last id it saw, or as its query says; with what comes, otherwise.
    private func start(_ request: Request, _ query: inout QueryReader) throws(Problem) -> Subscription.Start {
        let after = try query.position("after")
        let from = query.string("from")
        if let from, from != "oldest", from != "now" { throw .invalid("from", "expected oldest or now") }
        if let last = request.headers[HTTPField.Name("Last-Event-ID")!], !last.isEmpty {
            guard let position = Position(last) else {
                throw .invalid("Last-Event-ID", "expected a position such as 0:1-42")
            }
            return .after(position)
        }
        if let after { return .after(after) }
        return from == "oldest" ? .oldest : .now
    }

    private func read(
        _ tail: RegisteredRequest, for request: Request, from start: Subscription.Start, isAhead: Bool,
        ends: (@Sendable () -> Void)?
    ) async throws -> Response {
        guard !registry.isEnding else {
            ends?()
            throw Problem.shuttingDown
        }
        let (use, access) = (access.use, access)
        guard use?.tenant.enterReader(limit: use?.definition.quotas.readers) ?? true else {
            ends?()
            throw Problem.quotaReached(
                "readers", use?.definition.quotas.readers ?? 0, used: use?.tenant.readers ?? 0, what: "readers")
        }
        let leaves: @Sendable () -> Void = {
            use?.tenant.leaveReader()
            ends?()
        }
        guard readers.enter() else {
            leaves()
            throw Problem.limitReached(
                "limits.subscribers", registry.configuration.limits.subscribers, what: "readers",
                remedy: "close readers that are not needed, or raise the limit")
        }
        let session: ReaderSession
        do {
            session = ReaderSession(
                try await registry.subscribe(tail, from: start, for: access), readers: readers, ends: leaves)
        } catch {
            readers.leave()
            leaves()
            throw error
        }
        let format = RecordFormat(for: request)
        return Response(
            status: .ok, headers: format.headers,
            body: ResponseBody { writer in
                defer { session.end() }
                // In silence nothing is written that would fail: who went is noticed by his side of the connection.
                try await request.body.consumeWithCancellationOnInboundClose { _ in
                    var reading = Reading(
                        subscription: session.subscription, format: format, isAhead: isAhead,
                        pace: tail.definition.rateLimit.map(Pace.init), access: access)
                    try await reading.run(&writer)
                }
            })
    }
}

/// Writes what a subscription gives.
private struct Reading {
    let subscription: Subscription
    let format: RecordFormat
    let isAhead: Bool
    var pace: Pace?
    /// Who reads.
    let access: Access
    private let clock = ServerClock()

    init(subscription: Subscription, format: RecordFormat, isAhead: Bool, pace: Pace?, access: Access) {
        self.access = access
        self.subscription = subscription
        self.format = format
        self.isAhead = isAhead
        self.pace = pace
    }

    @concurrent mutating func run(_ writer: inout any ResponseBodyWriter) async throws {
        var buffer = ByteBuffer()
        format.appendPrelude(to: &buffer)
        if buffer.readableBytes > 0 { try await writer.write(buffer) }
        while true {
            let delivery: Subscription.Delivery
            do {
                delivery = try await subscription.next()
            } catch {
                // The head of the response is out: the end says why, and where to go on.
                buffer.clear()
                format.appendEnd(cursor: subscription.cursor, reason: error.kind, to: &buffer)
                try await writer.write(buffer)
                break
            }
            buffer.clear()
            // From the moment that a token is revoked nothing more is told to whoever came with it.
            guard access.isInForce(clock.now()) else {
                format.appendEnd(cursor: subscription.cursor, reason: "unauthenticated", to: &buffer)
                try await writer.write(buffer)
                break
            }
            switch delivery {
            case .records(let chunks):
                for chunk in chunks { try await append(chunk, to: &buffer, &writer) }
            case .idle: format.appendHeartbeat(cursor: subscription.cursor, to: &buffer)
            case .ended(let reason):
                format.appendEnd(cursor: subscription.cursor, reason: reason.rawValue, to: &buffer)
                try await writer.write(buffer)
                try await writer.finish(nil)
                return
            }
            if buffer.readableBytes > 0 { try await writer.write(buffer) }
        }
        try await writer.finish(nil)
    }

    @concurrent private mutating func append(
        _ chunk: Feed.Chunk, to buffer: inout ByteBuffer, _ writer: inout any ResponseBodyWriter
    ) async throws {
        var start = 0
        for entry in chunk.entries {
            defer { start = entry.end }
            guard subscription.isNew(entry, in: chunk) else { continue }
            switch entry.kind {
            // The clock is read at each: those before it may have waited for their turn.
            case .prediction where !isAhead || entry.expires < clock.now(), .outcome where !isAhead: continue
            case .event:
                // Over the rate: what is there goes out, the rest waits.
                if let wait = pace?.take(clock.monotonic) {
                    if buffer.readableBytes > 0 {
                        try await writer.write(buffer)
                        buffer.clear()
                    }
                    try await Task.sleep(for: .microseconds(wait))
                }
            default: break
            }
            format.append(chunk.bytes[start..<entry.end], entry, cursor: subscription.cursor, to: &buffer)
        }
    }
}

/// A bucket of tokens: so many events a second, and as many at once as a second brings.
struct Pace {
    private let rate: Double
    private var tokens: Double
    private var last: Int64?

    init(_ rate: Double) {
        self.rate = rate
        tokens = max(1, rate)
    }

    /// Takes a token at a time in microseconds.
    ///
    /// - Returns: Microseconds to wait before the event may go; nil: none.
    mutating func take(_ now: Int64) -> Int64? {
        if let last { tokens = min(max(1, rate), tokens + Double(now - last) / 1e6 * rate) }
        last = now
        tokens -= 1
        // At most a day: the smallest rates make more than an integer holds.
        return tokens >= 0 ? nil : Int64(min(-tokens / rate * 1e6, 86_400e6))
    }
}
#endif
