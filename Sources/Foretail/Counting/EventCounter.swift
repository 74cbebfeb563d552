import FieldExtraction
import FilterLanguage

/// Events in, counts out: reads, matches, and counts per key and window. Pure, as the manager is: time is a parameter.
///
/// Events are read as any stream's are: the same time field, key, messages and bad lines.
struct EventCounter {
    var stream: StreamState
    let core: ManagerCore
    private let settings: CountSettings
    private let filter: BoundFilter?
    private let source: Filter?
    private var evaluator = FilterEvaluator()
    private var failures = FilterCounts()
    var windows: WindowCounter
    private var key = CountKey()
    var counted = 0
    var late = 0
    var longKeys = 0
    var sequence: UInt64 = 0
    private var problems: [BadEvent] = []

    /// Creates a counter of a stream's events.
    ///
    /// - Throws: ``ForetailError``: `badSetting`, or `badFilter` with the column.
    init(
        _ descriptor: StreamDescriptor, filter: FilterText?, settings: CountSettings, limits: Limits
    ) throws(ForetailError) {
        try settings.validate()
        var descriptor = descriptor
        descriptor.key = settings.by
        var core = ManagerCore(configuration: ManagerConfiguration(limits: limits))
        stream = StreamState(number: 0, descriptor: descriptor, core: &core)
        self.core = core
        self.settings = settings
        windows = WindowCounter(settings)
        if let filter {
            source = try Self.compile(filter, schema: descriptor.schema, core: core)
        } else {
            source = nil
        }
        stream.extendPlan(source?.fields ?? [])
        stream.followPlan(limits.scan)
        self.filter = source?.bound(to: stream.plan)
    }

    private static func compile(
        _ text: FilterText, schema: EventSchema?, core: ManagerCore
    ) throws(ForetailError) -> Filter? {
        guard !text.source.isEmpty else { return nil }
        let filter: Filter
        do throws(FilterError) {
            let compiled = try Filter(
                text.source, dialect: text.dialect, limits: core.limits.filter, zones: core.zones)
            filter = if let schema { try compiled.checked(for: schema) } else { compiled }
        } catch {
            throw ForetailError(.badFilter, error.description)
        }
        for name in ["surprise", "position"] where filter.fields.contains(FieldPath(root: .meta, [name])) {
            throw ForetailError(
                .badFilter, "meta.\(name) is not known of events that are counted; leave it out of their filter")
        }
        return filter
    }

    // MARK: Counting

    /// Whether nothing is counted any more, because an event was bad and the stream is strict.
    var isStopped: Bool { stream.descriptor.stopsAtBadEvents && stream.counters.bad > 0 }

    /// Takes note of a batch that has come.
    mutating func begin(_ batch: EventBatch, now: Timestamp) {
        if !batch.frames.isEmpty { stream.lastArrival = now }
        stream.counters.bad += batch.problems.count
        problems += batch.problems
    }

    /// Takes events until one closes a window, or all are taken; then ``drain(into:)`` has to be called.
    ///
    /// - Parameter place: The next event of the batch; moves on.
    /// - Throws: ``ForetailError`` (`source`) where the events have no time.
    mutating func take(_ batch: EventBatch, from place: inout Int, now: Timestamp) throws(ForetailError) {
        stream.followPlan(core.limits.scan)
        let before = windows.firstOpen
        unsafe batch.bytes.withUnsafeBufferPointer { bytes in
            while place < batch.count, windows.firstOpen == before, !isStopped, !lacksTime {
                unsafe take(batch.frames[place], bytes: bytes, acceptsText: batch.acceptsText, now: now)
                place += 1
            }
        }
        guard !lacksTime else {
            throw ForetailError(
                .source,
                "the first event has none of the usual time fields, so no window; name the field with --time (`time` of "
                    + "the descriptor)")
        }
    }

    /// Hands over the texts that could not be read as events since the last call.
    mutating func takeProblems(into batch: inout EventBatch) {
        guard !problems.isEmpty else { return }
        batch.problems += problems.sorted { $0.line < $1.line }
        problems = []
    }

    /// Whether events have no time but their number, by which no window is to be had.
    private var lacksTime: Bool {
        guard stream.eventsRead > 0, stream.timeSlot == nil else { return false }
        switch stream.descriptor.clock {
        case .wall: return false
        case .automatic: return !stream.descriptor.isLive
        case .event, .order: return true
        }
    }

    private mutating func take(
        _ frame: EventBatch.Frame, bytes: UnsafeBufferPointer<UInt8>, acceptsText: Bool, now: Timestamp
    ) {
        sequence += 1
        guard
            let reading = unsafe stream.read(
                frame, bytes: bytes, acceptsText: acceptsText, isHistory: false, now: now, core: core,
                problems: &problems),
            // What has no place in time is in no window.
            reading.movesClock, !lacksTime
        else { return }
        if reading.time > stream.largestTime ?? Timestamp(microseconds: .min) { stream.largestTime = reading.time }
        let matched = matches(reading)
        // Without a key the series begins with the stream, whether its first events match or not.
        if matched || settings.by.isEmpty { count(matched ? 1 : 0, at: reading.time) }
        close(until: stream.largestTime ?? reading.time)
    }

    private mutating func matches(_ reading: StreamState.Reading) -> Bool {
        guard let filter else { return true }
        stream.fillMeta(time: reading.time, position: Position(sequence: sequence), surprise: nil)
        switch unsafe evaluator.evaluate(filter, row: stream.row.slots) {
        case .match: return true
        case .noMatch: break
        case .missingField(let slot): failures.noteMissing(slot: slot)
        case .failure(let failure): failures.note(failure)
        }
        return false
    }

    private mutating func count(_ number: Int, at time: Timestamp) {
        let window = windows.window(of: time)
        guard window >= windows.firstOpen else {
            late += number
            return
        }
        key.read(stream.row, slots: stream.keySlots, limit: core.limits.keyBytes)
        longKeys += key.cuts
        let slot: Int
        if let known = windows.slot(of: key.identity) {
            slot = known
        } else {
            let members = CountKey.members(
                stream.row, slots: stream.keySlots, paths: settings.by, limit: core.limits.keyBytes)
            slot = windows.add(key.identity, members: members)
        }
        windows.add(number, window: window, slot: slot)
        counted += number
    }

    // MARK: Closing

    private mutating func close(until time: Timestamp) {
        windows.close(
            until: Timestamp(microseconds: time.microseconds - stream.descriptor.latenessMicroseconds))
    }

    /// Lets time pass while a live stream is silent, as ``StreamState/tick(now:core:actions:)`` does.
    mutating func tick(now: Timestamp) {
        guard stream.descriptor.isLive, stream.descriptor.clock != .event, let arrival = stream.lastArrival,
            let largest = stream.largestTime
        else { return }
        let silence = now.microseconds - arrival.microseconds - core.limits.silenceGraceMicroseconds
        if silence > 0 { close(until: Timestamp(microseconds: largest.microseconds + silence)) }
    }

    /// Closes all windows, at the end of the input.
    mutating func end() {
        if let largest = stream.largestTime, !isStopped { windows.close(through: largest) }
    }

    /// The bytes after which a batch is full.
    private static let batchBytes = 256 << 10

    /// Appends the counts of closed windows as events, as many as a batch takes.
    ///
    /// - Returns: Whether those are all.
    mutating func drain(into batch: inout EventBatch) -> Bool {
        while batch.bytes.count < Self.batchBytes {
            guard let count = windows.next() else { return true }
            append(count, to: &batch)
        }
        return false
    }

    /// Whether windows have closed whose counts are to be told.
    var hasClosed: Bool { windows.hasClosed }

    /// The same by whole windows, about so many bytes.
    mutating func drainWindows(into batch: inout EventBatch, bytes: Int) -> Bool {
        while windows.hasClosed, batch.bytes.count < bytes {
            while let count = windows.nextOfWindow() { append(count, to: &batch) }
        }
        return !windows.hasClosed
    }

    private func append(_ count: WindowCounter.Count, to batch: inout EventBatch) {
        let start = batch.bytes.count
        batch.bytes.append(contentsOf: #"{"time":""#.utf8)
        windows.end(of: count.window).append(to: &batch.bytes)
        batch.bytes.append(contentsOf: #"","count":"#.utf8)
        NumberText.appendInteger(Int64(count.count), to: &batch.bytes)
        batch.bytes.append(contentsOf: windows.members(of: count.slot))
        batch.bytes.append(UInt8(ascii: "}"))
        let range = start..<batch.bytes.count
        batch.frames.append(EventBatch.Frame(body: range, raw: range))
    }

    // MARK: Status

    var status: CountStatus {
        var status = CountStatus()
        let counters = stream.counters
        status.events = counters.events
        status.counted = counted - windows.lost
        status.late = late
        status.lost = windows.lost
        status.withoutTime = counters.withoutTime
        status.farFuture = counters.farFuture
        status.withoutKey = counters.withoutKey
        status.longKeys = longKeys
        status.bad = counters.bad
        status.keys = windows.keyCount
        status.silences = windows.silences
        status.skippedWindows = windows.skippedWindows
        status.closedEarly = windows.closedEarly
        if let filter { status.filterProblems = failures.descriptions(filter, plan: stream.plan) }
        return status
    }

    /// What speaks against the filter, by the declared schema or the first events.
    var findings: [FilterFinding] {
        guard let source, let schema = stream.descriptor.schema ?? stream.inference.schema else { return [] }
        return source.findings(for: schema)
    }
}
