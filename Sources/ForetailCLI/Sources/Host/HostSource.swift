#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif
import FieldExtraction
import Foretail

/// This machine's own metrics, once a second: an event per metric, with the metric as its key.
///
///     {"time":"2026-11-22T11:00:00Z","metric":"cpu.percent","value":12.5,"unit":"%"}
///
/// The time is the beat of the schedule, a multiple of the interval, so that arrivals are a regular grid. What /proc does
/// not show here, as in a container, is left out.
struct HostSource: EventSource {
    /// Counts the bytes of the events.
    let progress = SourceProgress()
    private let root: String
    private let wake: Int32?
    private var schedule: BeatSchedule
    private var earlier: HostSnapshot
    private var earlierTime: Int64

    /// The shortest interval: the kernel's own counters tick a hundred times a second.
    static let leastMicroseconds: Int64 = 100_000

    /// Takes a first look, which the first rates rest on.
    ///
    /// - Parameters:
    ///   - microseconds: The interval.
    ///   - root: Where /proc is.
    ///   - wake: A descriptor that ends a wait when it becomes readable (it is not read), for Ctrl-C; nil: none.
    /// - Throws: ``ForetailError`` (`source`) when the interval is too short or there is nothing to see.
    init(
        everyMicroseconds microseconds: Int64 = 1_000_000, root: String = "/proc", wake: Int32? = nil
    ) throws(ForetailError) {
        guard microseconds >= Self.leastMicroseconds else {
            throw ForetailError(.source, "host: an interval under 100 ms tells nothing; use --every 1s or the like")
        }
        self.root = root
        self.wake = wake
        earlier = Self.snapshot(root: root)
        earlierTime = Deadline.now
        schedule = BeatSchedule(interval: microseconds, now: Self.wallClock)
        guard earlier.processors != nil || earlier.memory != nil || earlier.load != nil else {
            throw ForetailError(
                .source, "host: nothing can be read in \(root); mount it (`mount -t proc proc /proc`) or tail a file")
        }
    }

    /// How the events are read: the metric is the key, live.
    static var descriptor: StreamDescriptor {
        var descriptor = StreamDescriptor(name: "host")
        descriptor.key = [FieldPath("metric")]
        descriptor.time = FieldPath("time")
        descriptor.input = .ndjson
        descriptor.isLive = true
        return descriptor
    }

    /// Waits for the next beat and fills `batch` with its events; never ends.
    mutating func read(
        into batch: inout EventBatch, waitingAtMost microseconds: Int64?
    ) throws(ForetailError) -> SourceState {
        let deadline = Deadline(microseconds: microseconds)
        while true {
            let wait = schedule.wait(now: Self.wallClock)
            if wait == 0 {
                report(into: &batch)
                if batch.count > 0 { return .ready }
                continue
            }
            let remaining = deadline.remaining
            if remaining == 0 { return .idle }
            var watched = pollfd(fd: wake ?? -1, events: Int16(POLLIN), revents: 0)
            let timeout = Deadline.pollTimeout(microseconds: min(wait, remaining ?? .max))
            if poll(&watched, 1, timeout) != 0 { return .idle }
        }
    }

    /// Does nothing: a moment that has passed does not come back.
    mutating func acknowledge() {}

    private mutating func report(into batch: inout EventBatch) {
        let time = Timestamp(microseconds: schedule.take(now: Self.wallClock))
        let later = Self.snapshot(root: root)
        let now = Deadline.now
        let seconds = Double(max(1, now - earlierTime)) / 1e6
        let metrics = HostMetrics(from: earlier, to: later, seconds: seconds)
        earlier = later
        earlierTime = now
        for metric in metrics.all {
            let start = batch.bytes.count
            metric.append(at: time, to: &batch.bytes)
            let body = start..<batch.bytes.count
            batch.frames.append(EventBatch.Frame(body: body, raw: body))
        }
        progress.add(bytes: batch.bytes.count)
    }

    private static func snapshot(root: String) -> HostSnapshot {
        HostSnapshot { SmallFile.text("\(root)/\($0)") }
    }

    private static var wallClock: Int64 {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_nsec) / 1_000
    }
}
