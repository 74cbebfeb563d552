#if Server
import FieldExtraction
import Foretail

/// One run of `foretail ingest`: reads the next body while the server stores the one before.
struct IngestRun {
    private let command: IngestCommand
    private let client: ServerClient
    private let path: [String]
    private let stream: String
    private let reader: IngestReader
    private let policy = RetryPolicy()
    private let interruption: Interruption
    private var meter: Progress?
    private var accepted = 0
    private var rejected = 0
    private var uncertain = 0
    private var last: String?
    /// Where the stream stood before the body at hand; nil: not known.
    private var base: RemoteCursor?
    /// The line of the file up to which everything was taken or rejected.
    private var lastLine = 0
    private static let reportLimit = 10

    /// Opens the file.
    ///
    /// - Parameter wake: A descriptor that becomes readable with the interruption; nil: none.
    /// - Throws: ``ForetailError`` naming the file and the remedy.
    init(
        _ command: IngestCommand, client: ServerClient, stream: String, interruption: Interruption, wake: Int32?
    ) throws(ForetailError) {
        self.command = command
        self.client = client
        self.stream = stream
        path = ["v1", "streams", stream, "events"]
        self.interruption = interruption
        reader = try IngestReader(
            command.file, input: command.form, unwrap: command.unwrap?.paths.first, eventLimit: command.batch,
            isStrict: command.strict, wake: wake)
        interruption.stops(reader)
        if StandardError.isTerminal, !command.quiet {
            meter = Progress(
                size: reader.progress.size, style: TerminalStyle(descriptor: 2), now: SystemClock.monotonic)
        }
    }

    /// Sends everything.
    ///
    /// - Throws: ``ForetailError`` that says how much was taken.
    mutating func run() async throws {
        // The reader has a thread of its own, where it may wait.
        let executor = ThreadExecutor()
        let reader = reader
        func read() -> Task<IngestBody?, any Error> {
            Task(executorPreference: executor) { try reader.next() }
        }
        do {
            var coming = read()
            while let body = try await coming.value {
                coming = read()
                try await send(body)
                // Under --strict a bad line ends the reading; what stands before it is sent first.
                if !command.strict { try reportBadLines() }
            }
            try reportBadLines()
        } catch {
            finish(isWhole: false)
            throw error
        }
        finish(isWhole: !interruption.isNoted)
        if interruption.isNoted { throw ForetailError(.source, "interrupted; \(whatIsIn)") }
    }

    // MARK: Sending

    /// Sends a body until the server has it.
    private mutating func send(_ whole: IngestBody) async throws {
        var body = whole
        var attempt = 0
        var since: Int64?
        var isLost = false
        while body.count > 0 {
            if base == nil { base = await position() }
            let outcome =
                isLost ? try await recover(body) : try await post(body, isRetry: since != nil)
            if isLost, outcome == .missing {
                isLost = false
                continue
            }
            guard case .failed(let failure) = outcome else { break }
            if case .problem(let problem) = failure, let answer = IngestAnswer(problem.document) {
                // What was taken before is answered for; nothing but bad lines is no failure of the server's.
                try note(answer, of: body)
                if problem.kind == "no-events" { break }
                body.removeFirst(accepted: answer.accepted, rejected: Set(answer.rejected.map(\.line)))
            }
            guard failure.isPassing else { throw failed(failure) }
            if case .connection(_, wasSent: true) = failure { isLost = true }
            let now = SystemClock.monotonic
            let delay = policy.delay(attempt: attempt, retryAfter: failure.retryAfter)
            guard now - (since ?? now) + delay <= command.patience, !interruption.isNoted else {
                throw failed(failure)
            }
            if since == nil {
                let patience = Readable.shortDuration(microseconds: command.patience)
                say("\(failure.message); trying again for \(patience)")
                since = now
            }
            attempt += 1
            try await wait(delay)
        }
        lastLine = max(lastLine, whole.lastLine)
        draw()
    }

    /// What became of an attempt.
    private enum Outcome: Equatable {
        /// The server has the body.
        case taken
        /// The server does not have the body of an attempt before.
        case missing
        /// The server did not take it, or did not say.
        case failed(ClientFailure)
    }

    /// Sends a body once.
    ///
    /// - Throws: ``ForetailError`` for a bad line under `--strict`.
    private mutating func post(_ body: IngestBody, isRetry: Bool) async throws(ForetailError) -> Outcome {
        let bytes: [UInt8]
        do throws(ClientFailure) {
            bytes = try await client.bytes("POST", path, body: body.bytes, contentType: "application/x-ndjson")
        } catch {
            return .failed(error)
        }
        guard let document = try? JSONValue(parsing: bytes), let answer = IngestAnswer(document) else {
            return .failed(.answer("the answer says nothing of events; is \(client.address) a foretail server?"))
        }
        if isRetry { say("the server takes events again") }
        try note(answer, of: body)
        return .taken
    }

    /// Looks whether the server has a body whose answer was lost.
    private mutating func recover(_ body: IngestBody) async throws(ForetailError) -> Outcome {
        var answer: IngestAnswer?
        var isKnown = base != nil
        do throws(ClientFailure) {
            if let base {
                answer = try await IngestRecovery(body).lookUp(stream: stream, behind: base, client: client)
            }
        } catch {
            if error.isPassing { return .failed(error) }
            // The stream is not there: neither are the events.
            if case .problem(let problem) = error, problem.kind == "unknown-stream" { return .missing }
            isKnown = false
        }
        guard let answer else {
            if !isKnown { uncertain += body.count }
            return .missing
        }
        say("the server takes events again; it has those whose answer was lost")
        try note(answer, of: body)
        return .taken
    }

    /// Where the stream stands; nil where that cannot be told now.
    private func position() async -> RemoteCursor? {
        do throws(ClientFailure) {
            let known = try await client.get(["v1", "streams", stream])
            return known["log"]?["lastDurable"]?.text.map { .after($0) } ?? .oldest
        } catch {
            guard case .problem(let problem) = error, problem.kind == "unknown-stream" else { return nil }
            return .oldest
        }
    }

    /// Waits in short parts, since Ctrl-C ends it.
    private mutating func wait(_ microseconds: Int64) async throws {
        var left = microseconds
        while left > 0, !interruption.isNoted {
            let part = min(left, 100_000)
            try await Task.sleep(for: .microseconds(part))
            left -= part
            draw()
        }
    }

    private mutating func note(_ answer: IngestAnswer, of body: IngestBody) throws(ForetailError) {
        accepted += answer.accepted
        if let position = answer.last {
            last = position
            base = .after(position)
        }
        for rejection in answer.rejected { report(line: body.line(rejection.line), rejection.reason) }
        rejected += answer.rejectedCount - answer.rejected.count
        if command.strict, let first = answer.rejected.first {
            throw ForetailError(
                .source, "\(name), line \(body.line(first.line)): \(TerminalText.harmless(first.reason)); \(whatIsIn)")
        }
    }

    private func failed(_ failure: ClientFailure) -> ForetailError {
        if accepted == 0 { return failure.error(at: client.address) }
        return ForetailError(.source, "\(failure.error(at: client.address).message); \(whatIsIn)")
    }

    /// Where to go on after an end before the file's.
    private var whatIsIn: String {
        guard accepted > 0 else { return "nothing was taken" }
        let extent = lastLine > 0 ? ", up to line \(lastLine) of \(name)" : ""
        return "\(Readable.count(accepted)) \(accepted == 1 ? "event was" : "events were") taken\(extent)"
    }

    // MARK: What a person is told

    private var name: String { command.file == "-" ? "standard input" : command.file }

    private mutating func reportBadLines() throws {
        for bad in reader.takeBadLines() {
            if command.strict { throw ForetailError(.source, "\(name), line \(bad.line): \(bad.reason); \(whatIsIn)") }
            report(line: bad.line, bad.reason)
        }
    }

    private mutating func report(line: Int, _ reason: String) {
        rejected += 1
        guard rejected <= Self.reportLimit, !command.strict else { return }
        say("\(name), line \(line): \(TerminalText.harmless(reason)); the line is skipped")
    }

    private mutating func say(_ sentence: String) {
        if meter != nil { StandardError.write(meter!.clear()) }
        if !command.quiet { StandardError.write("foretail: \(sentence)\n") }
    }

    private mutating func draw() {
        guard meter != nil else { return }
        let note = "\(Readable.count(accepted)) events" + (last.map { ", at \($0)" } ?? "")
        StandardError.write(
            meter!.draw(
                bytes: reader.progress.bytesRead, events: accepted, now: SystemClock.monotonic, note: note))
    }

    private mutating func finish(isWhole: Bool) {
        if meter != nil { StandardError.write(meter!.clear()) }
        if rejected > Self.reportLimit, !command.strict {
            say("\(Readable.count(rejected - Self.reportLimit)) more bad lines were skipped")
        }
        if uncertain > 0 {
            say(
                "the connection broke before \(Readable.count(uncertain)) events were answered for; "
                    + "they were sent again and may be there twice")
        }
        guard isWhole else { return }
        var text = "\(Readable.count(accepted)) \(accepted == 1 ? "event" : "events") taken by '\(stream)'"
        if let last { text += ", the last at \(last)" }
        if rejected > 0 { text += "; \(Readable.count(rejected)) bad \(rejected == 1 ? "line" : "lines") skipped" }
        say(text)
    }
}
#endif
