#if Server
import AsyncHTTPClient
import FieldExtraction
import Foretail
import NIOCore

/// A reading of a server's records across as many connections as it takes.
struct RemoteReading {
    /// Why an answer came to its end.
    private enum Ending {
        /// The server said so, and why.
        case said(String)
        /// The connection broke.
        case broken(String)
        /// Nobody wants more.
        case cancelled
    }

    private let options: TailOptions
    private let reference: RemoteReference
    private let client: ServerClient
    private let format: TailOptions.Format
    private let policy = RetryPolicy()
    private var destination: TailDestination
    private var pretty: PrettyRecords
    private var records = RecordReader()
    private var cursor: RemoteCursor
    /// Attempts that failed since a record came last.
    private var attempts = 0
    private var isInterrupted = false
    /// What the destination refused.
    private var failure: ForetailError?

    init(_ options: TailOptions, reference: RemoteReference, client: ServerClient) throws(ForetailError) {
        self.options = options
        self.reference = reference
        self.client = client
        format = options.shownFormat
        destination = try TailDestination(options, status: nil)
        pretty = PrettyRecords(style: .plain, options: PrettyRenderer.Options())
        cursor =
            switch options.from {
            case nil, "now": .now
            case "oldest": .oldest
            case let position?: .after(position)
            }
    }

    /// Reads until cancelled.
    ///
    /// - Throws: ``ClientFailure`` that cannot pass, or at the first connection; ``ForetailError`` of the destination.
    mutating func run() async throws {
        do throws(ClientFailure) {
            try await prepare()
        } catch {
            if error == .cancelled { return }
            throw error
        }
        if options.shownFormat == .pretty, StandardError.isTerminal { say("\(name), \(cursor.text); Ctrl-C ends") }
        var isFirst = true
        while !Task.isCancelled {
            var retryAfter: Int?
            // Empty: nobody wants more.
            let reason: String
            do throws(ClientFailure) {
                let response = try await client.open("GET", path, query, accept: "application/x-ndjson")
                isFirst = false
                if isInterrupted { say("connected again, \(cursor.text)") }
                isInterrupted = false
                let ending = try await read(response.body)
                switch ending {
                case .cancelled: reason = ""
                case .said("shutdown"): reason = "the server is shutting down"
                case .said(let why): reason = "the server ended the answer (\(TerminalText.harmless(why)))"
                case .broken(let why): reason = why
                }
            } catch {
                if error == .cancelled { return }
                if isMissing(error), options.follow {
                    // Removed; one that comes after it gives its own positions.
                    cursor = .oldest
                } else if isFirst || !error.isPassing {
                    throw error
                }
                reason = error.message
                retryAfter = error.retryAfter
            }
            if reason.isEmpty {
                if let failure { throw failure }
                return
            }
            if !isInterrupted { say("\(reason); trying again until it comes back") }
            isInterrupted = true
            let delay = policy.delay(attempt: attempts, retryAfter: retryAfter)
            attempts += 1
            try await Task.sleep(for: .microseconds(delay))
        }
    }

    // MARK: Where and what

    private var name: String {
        switch reference.target {
        case .stream(let name): "stream '\(TerminalText.harmless(name))'"
        case .request(let id): TerminalText.harmless(id)
        }
    }

    private var path: [String] {
        switch reference.target {
        case .stream(let name): ["v1", "streams", name, "tail"]
        case .request(let id): ["v1", "tail-requests", id, "events"]
        }
    }

    private var query: [(String, String)] {
        var query = cursor.query
        if options.ahead { query.append(("ahead", "true")) }
        if let filter = options.filter { query.append(("filter", filter)) }
        return query
    }

    /// Learns where the stream stands and which of its fields have columns of their own.
    ///
    /// "Now" becomes the position behind which it begins: a connection that breaks before anything has come loses nothing.
    private mutating func prepare() async throws(ClientFailure) {
        let stream: String
        switch reference.target {
        case .stream(let name): stream = name
        case .request(let id): stream = try await client.get(["v1", "tail-requests", id])["stream"]?.text ?? ""
        }
        let known = try await self.stream(stream)
        var hidden = Set((known["key"]?.elements ?? []).compactMap(\.text))
        hidden.formUnion([known["time"]?.text, known["events"]?["timeField"]?.text].compactMap(\.self))
        if cursor == .now { cursor = known["log"]?["lastDurable"]?.text.map { .after($0) } ?? .oldest }
        var looks = PrettyRenderer.Options()
        looks.hiddenFields = hidden
        looks.today = SystemClock().now()
        pretty = PrettyRecords(
            style: options.to == nil ? TerminalStyle(descriptor: 1) : .plain, options: looks)
    }

    /// What the server knows of a stream. With `-f` it is waited for, and begins with its first event.
    private mutating func stream(_ name: String) async throws(ClientFailure) -> JSONValue {
        var waits = 0
        while true {
            do throws(ClientFailure) {
                return try await client.get(["v1", "streams", name])
            } catch {
                guard isMissing(error), case .problem(var problem) = error else { throw error }
                guard options.follow else {
                    problem.remedy = "begin it with `foretail ingest \(name)`, or wait for it with -f"
                    throw .problem(problem)
                }
                if cursor == .now { cursor = .oldest }
            }
            if waits == 0 { say("there is no \(self.name) yet; waiting for it") }
            let delay = min(policy.delay(attempt: waits, retryAfter: nil), Self.longestWait)
            waits += 1
            try? await Task.sleep(for: .microseconds(delay))
            if Task.isCancelled { throw .cancelled }
        }
    }

    /// Microseconds between two looks for a stream that is not there.
    private static let longestWait: Int64 = 2_000_000

    private func isMissing(_ failure: ClientFailure) -> Bool {
        if case .problem(let problem) = failure { problem.kind == "unknown-stream" } else { false }
    }

    // MARK: Reading

    private mutating func read(_ body: HTTPClientResponse.Body) async throws(ClientFailure) -> Ending {
        var lines = RecordLines()
        var pieces = body.makeAsyncIterator()
        while true {
            let piece: ByteBuffer?
            do {
                piece = try await pieces.next()
            } catch {
                let failure = ServerClient.failure(error)
                return failure == .cancelled || Task.isCancelled ? .cancelled : .broken(failure.message)
            }
            if Task.isCancelled { return .cancelled }
            guard let piece else { return .broken("the connection was closed") }
            lines.append(piece.readableBytesView)
            var output: [UInt8] = []
            let reason = try show(&lines, into: &output)
            if !output.isEmpty {
                do throws(ForetailError) {
                    try await destination.deliver(output, to: DestinationID(0))
                } catch {
                    failure = error
                    return .cancelled
                }
            }
            if let reason { return .said(reason) }
        }
    }

    /// Renders the lines that are whole.
    ///
    /// - Returns: Why the server ends the answer, if it does.
    private mutating func show(_ lines: inout RecordLines, into output: inout [UInt8]) throws(ClientFailure) -> String?
    {
        let now = SystemClock().now()
        var reason: String?
        while reason == nil {
            let isRecord = lines.next { line in
                guard let record = records.read(line) else { return line.isEmpty }
                append(record, line, now: now, to: &output)
                if record.kind == .end { reason = record.reason ?? "no reason given" }
                return true
            }
            guard let isRecord else { break }
            guard isRecord else {
                throw .answer("the answer holds no records; is \(reference.address) a foretail server?")
            }
        }
        guard lines.openBytes <= RecordReader.lineBytes else {
            throw .answer("a record is longer than \(RecordReader.lineBytes >> 20) MiB")
        }
        return reason
    }

    private mutating func append(
        _ record: RemoteRecord, _ line: UnsafeBufferPointer<UInt8>, now: Timestamp, to output: inout [UInt8]
    ) {
        attempts = 0
        if let position = record.cursor { cursor = .after(position) }
        guard record.kind != .heartbeat, record.kind != .end else { return }
        switch format {
        case .ndjson:
            output.append(contentsOf: line)
            output.append(UInt8(ascii: "\n"))
        case .raw:
            if let event = record.event {
                output.append(contentsOf: line[event])
                output.append(UInt8(ascii: "\n"))
            } else if record.kind == .gap {
                say(PrettyRecords.gapText(line))
            }
        case .pretty: pretty.append(record, line: line, now: now, to: &output)
        }
    }

    private func say(_ sentence: String) {
        if !options.quiet { StandardError.write("foretail: \(sentence)\n") }
    }
}
#endif
