import FieldExtraction
import Forecasting
import Foretail

/// One walk over one file, event by event, with a manager of its own.
///
/// Hits are counted from the manager's actions, as `foretail tail --ahead` would have written them. Forecasts are read off the
/// manager after every event (``SeriesOutlook``), announced or not, and scored when their events come.
struct FileWalk: ~Copyable {
    private let options: BacktestOptions
    private let path: String
    private let number: Int
    private let descriptor: StreamDescriptor
    private let request: TailRequestID
    private let scoring: SeriesAccount.Scoring
    private var manager: PredictiveBufferManager
    private var actions = Actions()
    private var account = Account()
    private var book: SeriesBook
    private var categories: CategoryBook
    private var rehearsal: LookupRehearsal?
    private var events = 0
    private var warmUp: Int
    private var timeline = Timeline()
    private var showcase = Showcase()
    private var times: (first: Timestamp, last: Timestamp)?
    private var reported = 0

    /// Registers the request.
    ///
    /// - Throws: ``UsageError`` for a filter or a setting that cannot be.
    init(_ path: String, number: Int, options: BacktestOptions) throws {
        var descriptor = options.descriptor
        descriptor.schema = try SchemaOption.schema(options.schema, command: "backtest")
        let settings = options.predictionSettings
        var manager = PredictiveBufferManager()
        let request = try options.register(descriptor, on: &manager)
        let rehearsal = try options.rehearsal(of: request, stream: descriptor)
        self.request = request
        self.rehearsal = rehearsal
        self.manager = manager
        self.descriptor = descriptor
        self.path = path
        self.number = number
        self.options = options
        warmUp = options.warmUp ?? BacktestLimits.warmUp.lowerBound
        scoring = SeriesAccount.Scoring(asked: settings.steps, season: options.season)
        book = SeriesBook(scoring: scoring)
        categories = CategoryBook(steps: settings.steps)
        account.steps = settings.steps.map { ($0, Tally.Counts()) }
    }

    /// Walks the file.
    consuming func run() throws(ForetailError) -> FileResult {
        if let history = options.history { try learn(history) }
        var source = try DescriptorSource.open(path, descriptor: descriptor, limits: Limits().scan)
        var meter = Progress(
            size: source.progress.size, style: TerminalStyle(descriptor: 2), now: SystemClock.monotonic)
        let isShown = StandardError.isTerminal && !options.quiet
        var batch = EventBatch(stream: descriptor.name)
        var one = EventBatch(stream: descriptor.name)
        var state = SourceState.ready
        var sequence: UInt64 = 0
        while state != .end {
            batch.removeAll()
            state = try source.read(into: &batch, waitingAtMost: nil)
            for problem in batch.problems { try report(problem, of: path) }
            if sequence == 0, options.warmUp == nil {
                warmUp = BacktestLimits.warmUp(
                    events: batch.count, ofBytes: source.progress.bytesRead, size: source.progress.size)
            }
            one.acceptsText = batch.acceptsText
            one.bytes = batch.bytes
            for var frame in batch.frames {
                sequence += 1
                frame.position = Position(sequence: sequence)
                one.frames = [frame]
                try walk(one)
            }
            // The next block is read into the same bytes, unless somebody else holds them.
            one.bytes = []
            one.frames = []
            if isShown {
                StandardError.write(
                    meter.draw(bytes: source.progress.bytesRead, events: events, now: SystemClock.monotonic))
            }
        }
        if isShown { StandardError.write(meter.clear()) }
        manager.endOfInput(stream: descriptor.name, into: &actions)
        _ = count()
        return finish()
    }

    // MARK: Walking

    /// Takes one event through the manager and counts what came of it.
    private mutating func walk(_ event: EventBatch) throws(ForetailError) {
        let now = Timestamp(microseconds: 0)
        let start = BenchClock.now
        let bad = manager.process(.events(event), now: now, into: &actions)
        if actions.trainingCount > 0 { train(now: now) }
        account.seconds += BenchClock.now - start
        for problem in bad { try report(problem, of: path) }
        let seen = count()
        guard bad.isEmpty, let outlook = manager.outlook(of: request) else {
            if bad.isEmpty { note(nil, seen: seen) }
            return
        }
        let series = book.account(of: outlook.key)
        if let series {
            series.tally.events += 1
            book.observe(outlook, account: series, isWarm: events + 1 >= warmUp)
            showcase.observe(
                outlook, series: series, places: scoring.places, isMatched: seen.matched > 0, isHit: seen.hits > 0)
        }
        note(outlook.lastTime, seen: seen, price: categories.observe(outlook))
    }

    /// What the actions of one event amount to.
    private struct Seen {
        var matched = 0
        var hits = 0
        var judged = 0
        var right = 0
        var time: Timestamp?
    }

    /// Counts the actions at hand and empties them.
    private mutating func count() -> Seen {
        var seen = Seen()
        rehearse()
        for action in actions.items {
            switch action {
            case .forward(let forward):
                account.tally.note(forward)
                seen.matched += 1
                seen.hits += forward.prediction == nil ? 0 : 1
                let event = actions.events[forward.event]
                seen.time = event.time
                book.account(of: event.key.map { Array(actions.bytes[$0]) } ?? [])?.tally.note(forward)
            case .announce(let prediction, _):
                account.tally.counts.announced += 1
                book.account(of: prediction.key)?.tally.counts.announced += 1
                if let place = place(of: prediction.step) { account.steps[place].counts.announced += 1 }
            case .outcome(let outcome, _):
                account.tally.note(outcome)
                book.account(of: outcome.prediction.key)?.tally.note(outcome)
                if let place = place(of: outcome.prediction.step) { account.steps[place].counts.note(outcome) }
                showcase.note(outcome)
                guard outcome.result != .withdrawn, !outcome.prediction.isTrivial else { continue }
                seen.judged += 1
                seen.right += outcome.result == .hit ? 1 : 0
            case .gap, .watch, .train, .expect, .follow: break
            }
        }
        actions.removeAll()
        return seen
    }

    /// Lets the actions at hand ask for rows.
    private mutating func rehearse() {
        guard rehearsal != nil, let names = manager.names(of: request) else { return }
        for action in actions.items {
            switch action {
            case .forward(let forward): rehearsal?.admit(forward, of: actions)
            case .announce(let prediction, _), .expect(let prediction): rehearsal?.expect(prediction, names: names)
            default: break
            }
        }
    }

    private func place(of step: Int) -> Int? {
        var low = 0
        var high = account.steps.count
        while low < high {
            let middle = (low + high) / 2
            if account.steps[middle].step < step { low = middle + 1 } else { high = middle }
        }
        return low < account.steps.count && account.steps[low].step == step ? low : nil
    }

    /// Counts an event of the file.
    private mutating func note(_ time: Timestamp?, seen: Seen, price: CategoryBook.Price? = nil) {
        events += 1
        account.tally.events += 1
        if let time = seen.time ?? time { times = (times?.first ?? time, max(time, times?.last ?? time)) }
        if let price { timeline.add(price) }
        let isComplete = timeline.add(
            time: seen.time ?? time, matched: seen.matched, hits: seen.hits, judged: seen.judged, right: seen.right)
        if isComplete { closePoint() }
    }

    private mutating func closePoint() {
        let models = manager.predictionConfidence(for: request)?.models ?? []
        // Models without a name have their part, too; those with one are shown as shares of what they have together.
        let named = max(models.reduce(0) { $0 + $1.weight }, .leastNonzeroMagnitude)
        let buffer = manager.bufferStatus(for: request)
        account.modelBytes = max(account.modelBytes, manager.memory.modelBytes)
        account.bufferBytes = max(account.bufferBytes, buffer?.peakBytes ?? 0)
        timeline.close(
            bufferSize: buffer?.size ?? 0, bufferBytes: buffer?.bytes ?? 0,
            models: models.map { ($0.name, $0.weight / named) })
    }

    // MARK: Learning

    private mutating func train(now: Timestamp) {
        for case .train(let training) in actions.items {
            manager.process(.trained(id: training.id, training.job.run()), now: now, into: &actions)
        }
    }

    /// Lets the models learn `--history` before the walk begins.
    private mutating func learn(_ history: String) throws(ForetailError) {
        guard history != path else {
            throw ForetailError(.source, "--history \(history): the same as the file; name an earlier one")
        }
        var source = try DescriptorSource.open(history, descriptor: descriptor, limits: Limits().scan)
        var batch = EventBatch(stream: descriptor.name)
        var state = SourceState.ready
        var sequence: UInt64 = 0
        let now = Timestamp(microseconds: 0)
        while state != .end {
            batch.removeAll()
            state = try source.read(into: &batch, waitingAtMost: nil)
            for index in batch.frames.indices {
                sequence += 1
                batch.frames[index].position = Position(epoch: 0, sequence: sequence)
            }
            let bad = manager.process(.history(batch), now: now, into: &actions)
            for problem in bad { try report(problem, of: history) }
            train(now: now)
            actions.removeAll()
        }
    }

    /// Says that a line is bad; under `--strict` that is the end.
    private mutating func report(_ problem: BadEvent, of path: String) throws(ForetailError) {
        let message = "\(path == "-" ? "standard input" : path), \(problem.message)"
        if options.strict { throw ForetailError(.source, message) }
        reported += 1
        if reported <= TailObserver.reportLimit, !options.quiet {
            StandardError.write("foretail: \(message); the line is skipped\n")
        }
    }

    // MARK: The end

    private consuming func finish() -> FileResult {
        closePoint()
        rehearsal?.finish()
        account.lookups = rehearsal?.statistics
        let names = manager.names(of: request)
        func fieldName(_ field: Int) -> String { names?.field(field) ?? "" }
        var result = FileResult(path: path, figures: Figures(account))
        var scored: [(name: String, figures: Figures)] = []
        for series in book.byEvents {
            var fieldNames: [Int: String] = [:]
            for field in series.fields.keys { fieldNames[field] = fieldName(field) }
            let own = Account(series, file: number, fieldNames: fieldNames)
            account.addScores(own)
            scored.append((series.name, Figures(own)))
        }
        account.categories = categories.scores.map {
            Account.Categories(file: number, name: fieldName($0.field), score: $0.score)
        }
        account.keys = book.keys
        account.gridMicroseconds = scored.first?.figures.account.gridMicroseconds
        account.hasTimes = manager.streamStatus(descriptor.name)?.timeField != nil || account.tally.events == 0
        let confidence = manager.predictionConfidence(for: request)
        if account.fields.isEmpty { account.categorySkill = confidence?.skill }
        result.figures = Figures(account)
        result.series = descriptor.key.isEmpty ? [] : scored
        result.omittedSeries = book.keys - scored.count
        result.from = times?.first
        result.to = times?.last
        result.timeline = timeline
        showcase.finish()
        result.showcase = showcase
        result.showcaseField = showcase.field.map(fieldName)
        result.showcaseKey = descriptor.key.isEmpty ? nil : showcase.key.map { String(decoding: $0, as: UTF8.self) }
        if let status = manager.streamStatus(descriptor.name) {
            var summary = Summary(stream: status, confidence: confidence)
            summary.stream.counters.bad = reported
            result.remarks = summary.remarks
        }
        return result
    }
}
