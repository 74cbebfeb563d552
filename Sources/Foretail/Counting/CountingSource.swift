import FieldExtraction
public import FilterLanguage

/// A source of counts: replaces the events of another source by one `{"time":…,"count":n}` per key and window of event time.
///
///     var settings = CountSettings(windowMicroseconds: 60_000_000)
///     settings.by = [FieldPath("path")]
///     let counts = try CountingSource(file, of: descriptor, filter: "event.status >= 500", settings: settings, clock: clock)
///     try manager.describeStream(counts.descriptor)
///     let id = try manager.registerTailRequest(
///         streamName: counts.descriptor.name, filter: "event.count > 100", destination: .init(7))
///     var pipeline = Pipeline(stream: counts.descriptor.name, manager: manager, source: counts, …)
///
/// A count is an event like any other: `{"time":"2026-01-01T00:01:00Z","count":3,"path":"/a"}`. `time` is the end of its window,
/// which holds its first instant and not its last; the fields counted by stand as they stood in the first event of their key. A
/// window without events counts zero, from the first window of its key on; see ``CountSettings/silentWindows``. Without fields
/// to count by, the series begins with the stream's first event, whether it matches or not.
///
/// **When a window closes.** When the largest event time seen, less the descriptor's lateness, has reached its end; on a live
/// stream that is silent, event time goes on with the wall clock (unless `clock` is `event`); at the end of the source, the last
/// window with it, as far as it came. An event counts as long as its window is open, which is certain if it is late by no more
/// than the lateness; one that comes later is not counted, and counted apart (``CountStatus/late``). A pipeline that is stopped
/// tells nothing of open windows. What comes out depends on the events and their order, never on how they were batched.
///
/// Open windows are kept in memory only: events are acknowledged to the source when they are counted.
///
/// Cost: reading and matching the event, and one look-up of its key; a closed window costs a look at every known key. Memory: per
/// key and per open count, both limited.
public struct CountingSource<Source: EventSource, Clock: WallClock>: EventSource {
    /// Where the events come from.
    public private(set) var source: Source
    /// The stream of counts: its key are the fields counted by, its time is `time`.
    public let descriptor: StreamDescriptor
    private let clock: Clock
    private var counter: EventCounter
    private var events: EventBatch
    /// The next event of ``events``.
    private var place = 0
    /// Whether all of ``events`` is counted, and all that it closed is told.
    private var isTaken = true
    private var state = SourceState.ready
    private var now = Timestamp(microseconds: 0)

    /// Creates a source of counts.
    ///
    /// - Parameters:
    ///   - source: The events.
    ///   - events: How they are read: time field, lateness, clock, schema. Its key does not matter.
    ///   - filter: Which of them are counted; nil: all.
    ///   - settings: By which window and fields.
    ///   - limits: What one event and one filter may hold.
    ///   - clock: The wall clock; decides nothing unless the stream is live or its clock is `wall`.
    /// - Throws: ``ForetailError``: `badSetting` naming the setting, or `badFilter` with the column. Reading throws `source`
    ///   where the first event has no time field and none is named: windows need one.
    public init(
        _ source: Source, of events: StreamDescriptor, filter: FilterText? = nil, settings: CountSettings,
        limits: Limits = Limits(), clock: Clock
    ) throws(ForetailError) {
        counter = try EventCounter(events, filter: filter, settings: settings, limits: limits)
        self.source = source
        self.clock = clock
        self.events = EventBatch(stream: events.name)
        descriptor = StreamDescriptor(countsOf: events, settings: settings)
    }

    /// Gives the counts of windows that have closed. A batch may be empty although it is `ready`.
    public mutating func read(
        into counts: inout EventBatch, waitingAtMost microseconds: Int64?
    ) async throws(ForetailError) -> SourceState {
        if isTaken {
            guard state != .end else { return .end }
            try await fill(&counts, waitingAtMost: microseconds)
        }
        // The counts that an event has made due come before the next event.
        guard counter.drain(into: &counts) else { return .ready }
        while place < events.count, !counter.isStopped {
            try counter.take(events, from: &place, now: now)
            guard counter.drain(into: &counts) else { return .ready }
        }
        counter.takeProblems(into: &counts)
        if counter.isStopped { state = .end }
        if state == .end {
            counter.end()
            guard counter.drain(into: &counts) else { return .ready }
        }
        isTaken = true
        return state == .idle && !counts.frames.isEmpty ? .ready : state
    }

    private mutating func fill(
        _ counts: inout EventBatch, waitingAtMost microseconds: Int64?
    ) async throws(ForetailError) {
        events.removeAll()
        state = try await source.read(into: &events, waitingAtMost: microseconds)
        now = clock.now()
        place = 0
        isTaken = false
        counter.begin(events, now: now)
        if state == .idle { counter.tick(now: now) }
    }

    /// Says that all events read are counted, unless some of them are still to be.
    public mutating func acknowledge() async throws(ForetailError) {
        if isTaken { try await source.acknowledge() }
    }

    /// What became of the events so far. Cost: linear in nothing that grows.
    public var status: CountStatus { counter.status }

    /// What speaks against the filter of the events, by their declared schema or their first hundred; empty before those.
    public var filterFindings: [FilterFinding] { counter.findings }
}

extension StreamDescriptor {
    /// The stream of the counts of another stream's events.
    ///
    /// Its clock is `event`: on a silent live stream counts go on coming, and they say what time it is.
    public init(countsOf events: StreamDescriptor, settings: CountSettings) {
        self.init(name: events.name)
        key = settings.by
        time = FieldPath("time")
        input = .ndjson
        clock = .event
        isLive = events.isLive
        var fields = EventSchema(isClosed: true)
        fields[FieldPath("time")] = EventSchema.Field(.text)
        fields[FieldPath("count")] = EventSchema.Field(.number)
        for path in settings.by { fields[path] = EventSchema.Field(.any, mayBeAbsent: true) }
        schema = fields
    }
}
