import FieldExtraction
import FilterLanguage
import Foretail

/// What a person is told while a tail runs: bad lines, notices, progress, the status line.
struct TailObserver: PipelineObserver {
    /// The first bad line under `--strict`.
    private(set) var failure: ForetailError?

    private let name: String
    private let options: TailOptions
    private let request: TailRequestID
    private let control: PipelineControl
    private let progress: SourceProgress
    private let status: StatusLine?
    private var meter: Progress?
    private let started = SystemClock.monotonic
    private var reported = 0
    private var unreported = 0
    private var hasCheckedFilter = false

    /// Bad lines that are reported one by one; the others are counted.
    static let reportLimit = 10

    init(
        name: String, options: TailOptions, request: TailRequestID, control: PipelineControl, progress: SourceProgress,
        status: StatusLine?
    ) {
        self.name = name
        self.options = options
        self.request = request
        self.control = control
        self.progress = progress
        self.status = status
        if status == nil, StandardError.isTerminal, !options.quiet {
            meter = Progress(size: progress.size, style: TerminalStyle(descriptor: 2), now: started)
        }
    }

    /// How long the tail has run, in microseconds.
    var elapsed: Int64 { SystemClock.monotonic - started }

    mutating func completed(
        _ batch: borrowing EventBatch, problems: [BadEvent], manager: borrowing PredictiveBufferManager, now: Timestamp
    ) {
        for problem in problems { report(problem) }
        warnOfFilter(manager, stream: batch.stream)
        for notice in progress.takeNotices() where !options.quiet { say("\(notice.message)") }
        if options.to == nil, OutputWatch.isClosed { control.stop() }
        if let duration = options.duration, elapsed >= duration.microseconds { control.stop() }
        let clock = SystemClock.monotonic
        // Figures cost a walk over the series: only when they are about to be shown.
        guard status?.isDue(now: clock) ?? (meter != nil), let stream = manager.streamStatus(batch.stream) else {
            return
        }
        if let status {
            let figures = StatusFigures(
                stream: stream, confidence: options.ahead ? manager.predictionConfidence(for: request) : nil,
                buffer: options.ahead ? manager.bufferStatus(for: request) : nil)
            StandardError.write(status.draw(figures, now: clock))
        } else if meter != nil {
            StandardError.write(
                meter!.draw(bytes: progress.bytesRead, events: stream.counters.events, now: clock))
        }
    }

    /// Says, once there are events enough to tell, if none like them can match the filter.
    private mutating func warnOfFilter(_ manager: borrowing PredictiveBufferManager, stream: String) {
        guard !hasCheckedFilter, manager.canJudgeFilter(of: request) else { return }
        hasCheckedFilter = true
        guard !options.quiet else { return }
        let source = options.schema == nil ? "the stream's first events" : "the declared schema"
        let hasMatched = (manager.streamStatus(stream)?.counters.matched ?? 0) > 0
        for finding in manager.filterFindings(for: request) {
            // An event behind the first ones of the same batch may have been of another kind.
            if finding.severity == .neverMatches, hasMatched { continue }
            let what = finding.severity == .neverMatches ? "the filter" : "a part of the filter"
            say("\(finding) (by \(source) \(what) never holds)")
        }
    }

    /// Takes progress and status line away and says how many bad lines were not reported.
    mutating func finish() {
        if let status { StandardError.write(status.clear()) }
        if meter != nil { StandardError.write(meter!.clear()) }
        if unreported > 0 { say("\(unreported) more bad lines were skipped") }
    }

    private mutating func report(_ problem: BadEvent) {
        guard !options.strict else {
            if failure == nil { failure = ForetailError(.source, "\(name), \(problem.message)") }
            control.stop()
            return
        }
        reported += 1
        if reported > Self.reportLimit {
            unreported += 1
        } else {
            say("\(name), \(problem.message); the line is skipped")
        }
    }

    private mutating func say(_ sentence: String) {
        if let status { StandardError.write(status.clear()) }
        if meter != nil { StandardError.write(meter!.clear()) }
        StandardError.write("foretail: \(sentence)\n")
    }
}
