#if Server
import FieldExtraction
import Foretail
import Synchronization

/// A file or standard input in bodies of whole events, in order.
///
/// Lines of JSON go as they stand. CSV and plain lines become JSON here rather than on the server: only who sees the whole file
/// knows its header, and which columns are numbers throughout. Used by one task at a time.
final class IngestReader: @unchecked Sendable {
    /// A line that is no event.
    struct BadLine: Hashable, Sendable {
        /// Its number in the file, from 1.
        var line: Int
        /// What is wrong with it.
        var reason: String
    }

    /// A server takes a body below 256 KiB as a whole or not at all.
    static let bodyBytes = 250 << 10
    /// How long events of a pipe wait for others to go with, in microseconds.
    static let longestWait: Int64 = 200_000
    private static let silence: Int64 = 20_000

    /// How much was read.
    let progress: SourceProgress
    private let eventLimit: Int
    private let isStrict: Bool
    private var source: DescriptorSource
    private var batch: EventBatch
    private var bodies: [IngestBody] = []
    private var current = IngestBody()
    private var begun: Int64 = 0
    private var isAtEnd = false
    private let stopped = Atomic<Bool>(false)
    private let bad = Mutex<[BadLine]>([])

    /// Opens a file, or standard input for `-`.
    ///
    /// - Throws: ``ForetailError`` (`source`) naming the file and the remedy.
    init(
        _ name: String, input: StreamDescriptor.Input, unwrap: FieldPath? = nil, eventLimit: Int? = nil, isStrict: Bool,
        wake: Int32?
    ) throws(ForetailError) {
        self.eventLimit = eventLimit ?? .max
        self.isStrict = isStrict
        var descriptor = StreamDescriptor(name: name)
        descriptor.input = input
        descriptor.unwrap = unwrap
        descriptor.stopsAtBadEvents = isStrict
        source = try DescriptorSource.open(name, descriptor: descriptor, limits: Limits().scan, wake: wake)
        progress = source.progress
        batch = EventBatch(stream: name)
    }

    /// Ends the reading: the next body is the last, none if a wait was interrupted.
    func stop() { stopped.store(true, ordering: .relaxed) }

    /// The lines so far that are no events; forgets them.
    func takeBadLines() -> [BadLine] {
        bad.withLock { lines in
            defer { lines = [] }
            return lines
        }
    }

    /// The next body; nil at the end. Waits in the kernel for a pipe that is silent.
    func next() throws(ForetailError) -> IngestBody? {
        while bodies.isEmpty {
            if stopped.load(ordering: .relaxed) { return nil }
            if isAtEnd { return nil }
            batch.removeAll()
            let state = try source.read(into: &batch, waitingAtMost: wait)
            take()
            if isStrict, !batch.problems.isEmpty {
                isAtEnd = true
                close()
                continue
            }
            switch state {
            case .end:
                isAtEnd = true
                close()
            case .idle: close()
            case .ready: if current.count > 0, SystemClock.monotonic - begun >= Self.longestWait { close() }
            }
        }
        return bodies.removeFirst()
    }

    /// How long to wait for more; nil: as long as it takes, since there is nothing that waits to be sent.
    private var wait: Int64? {
        guard current.count > 0 else { return nil }
        return max(0, min(Self.silence, begun + Self.longestWait - SystemClock.monotonic))
    }

    private func take() {
        if !batch.problems.isEmpty {
            let problems = batch.problems.map { BadLine(line: $0.line, reason: "\($0.result)") }
            bad.withLock { $0 += problems }
        }
        batch.bytes.withUnsafeBufferPointer { bytes in
            for frame in batch.frames {
                let event = bytes[frame.body]
                if current.count >= eventLimit
                    || current.count > 0 && current.bytes.count + event.count >= Self.bodyBytes
                {
                    close()
                }
                if current.count == 0 { begun = SystemClock.monotonic }
                current.append(event, line: frame.line)
            }
        }
    }

    private func close() {
        guard current.count > 0 else { return }
        bodies.append(current)
        current = IngestBody()
    }
}
#endif
