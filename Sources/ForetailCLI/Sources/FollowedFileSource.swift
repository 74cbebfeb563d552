#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif
import FieldExtraction
import Foretail

/// The lines of a file as they are written, through rotation and truncation, as `tail -F` gives them.
///
///     var source = try FollowedFileSource(path: "app.log", descriptor: descriptor, start: .last(10))
///     let progress = source.progress                       // its takeNotices() tells of rotation and truncation
///
/// The name is followed. When another file takes it, the old one is read to its end before the new one is read from its
/// start; the old one is left only when the new one has bytes, and even then looked at for a while, for writers that are
/// slow to move. A last line without newline is held until the newline comes or the file is left.
struct FollowedFileSource: EventSource {
    /// Where to begin in a file that is there already.
    enum Start: Hashable, Sendable {
        /// At its start.
        case all
        /// With its last lines; 0: with what comes next.
        case last(Int)
    }

    /// Counts bytes and keeps notices.
    let progress = SourceProgress()
    private let path: String
    private let descriptor: StreamDescriptor
    private let limits: ScanLimits
    private var watcher: FileWatcher
    private var current: FollowedFile?
    /// The file that had the name before, until its writers have surely moved.
    private var previous: FollowedFile?
    private var previousEnd = Deadline(microseconds: 0)
    /// What was last said about the name, so that it is said once.
    private var lastNotice: SourceNotice.Reason?
    /// How long a file that lost its name is still looked at.
    static let lingerMicroseconds: Int64 = 5_000_000

    /// Opens the file, or begins to wait for it.
    ///
    /// - Parameters:
    ///   - path: The file.
    ///   - descriptor: How its lines are framed.
    ///   - start: Where to begin if it is there already.
    ///   - limits: The longest line and the like.
    ///   - wake: A descriptor that ends a wait when it becomes readable (it is not read), for Ctrl-C; nil: none.
    ///   - usesNotification: Whether to ask inotify rather than look ten times a second.
    /// - Throws: ``ForetailError`` (`source`) when it is there and cannot be followed.
    init(
        path: String, descriptor: StreamDescriptor, start: Start = .last(10), limits: ScanLimits = ScanLimits(),
        wake: Int32? = nil, usesNotification: Bool = true
    ) throws(ForetailError) {
        self.path = path
        self.descriptor = descriptor
        self.limits = limits
        watcher = FileWatcher(path: path, wake: wake, usesNotification: usesNotification)
        guard let file = OpenDescriptor(path: path, flags: O_RDONLY | O_NONBLOCK) else {
            let error = ErrorNumber.current
            guard error.value == ENOENT else {
                throw ForetailError(.source, "\(path): \(error.text); \(error.readingRemedy)")
            }
            note(.waiting)
            return
        }
        guard let status = file.status, status.isRegular else {
            throw ForetailError(.source, "\(path): not a regular file, so it cannot be followed; leave out -f")
        }
        var framer = LineFramer(descriptor, limits: limits)
        var offset = 0
        if case .last(let count) = start {
            offset = LastLines.offset(of: count, in: file, size: status.size)
            if offset > 0 { framer = try LastLines.framer(for: file, stream: descriptor, limits: limits) }
        }
        current = FollowedFile(file, identity: status.identity, framer: framer, offset: offset)
        watcher.watch(file)
    }

    /// Fills `batch` with the next lines; never ends.
    mutating func read(
        into batch: inout EventBatch, waitingAtMost microseconds: Int64?
    ) throws(ForetailError) -> SourceState {
        let deadline = Deadline(microseconds: microseconds)
        while true {
            if try readLines(into: &batch) { return .ready }
            let remaining = deadline.remaining
            if remaining == 0 { return .idle }
            if case .interrupted = watcher.wait(atMost: remaining) { return .idle }
        }
    }

    /// Does nothing: the file keeps its lines.
    mutating func acknowledge() {}

    // MARK: Reading

    /// Reads what there is now.
    ///
    /// - Returns: Whether there was anything.
    private mutating func readLines(into batch: inout EventBatch) throws(ForetailError) -> Bool {
        if try readPrevious(into: &batch) { return true }
        if current == nil { openNew() }
        while current != nil {
            if try Self.drain(&current, path: path, progress: progress, into: &batch) { return true }
            // All of it is read. Is it still the file of that name?
            if current!.end() == .truncated {
                try current!.finish(into: &batch)
                current!.restart(LineFramer(descriptor, limits: limits))
                note(.truncated)
            } else {
                guard isReplaced() else { return false }
                // Once more, for what was written between the two looks; from now on the new file has bytes.
                if try Self.drain(&current, path: path, progress: progress, into: &batch) { return true }
                try leaveCurrent(into: &batch)
                openNew()
            }
            if Self.hasSomething(batch) { return true }
        }
        return false
    }

    /// Reads a file until it gives records or has no more.
    private static func drain(
        _ file: inout FollowedFile?, path: String, progress: SourceProgress, into batch: inout EventBatch
    ) throws(ForetailError) -> Bool {
        while file != nil {
            switch try file!.readBlock(into: &batch) {
            case .bytes(let count):
                progress.add(bytes: count)
                if hasSomething(batch) { return true }
                batch.removeAll()
            case .end, .nothing: return false
            case .failed(let error):
                throw ForetailError(.source, "\(path): \(error.text); \(error.readingRemedy)")
            }
        }
        return false
    }

    private mutating func readPrevious(into batch: inout EventBatch) throws(ForetailError) -> Bool {
        guard previous != nil else { return false }
        if try Self.drain(&previous, path: path, progress: progress, into: &batch) { return true }
        guard previousEnd.remaining == 0 else { return false }
        try previous!.finish(into: &batch)
        previous = nil
        return Self.hasSomething(batch)
    }

    private static func hasSomething(_ batch: borrowing EventBatch) -> Bool {
        !batch.frames.isEmpty || !batch.problems.isEmpty
    }

    // MARK: The name

    /// Whether another file with bytes in it has the name.
    private mutating func isReplaced() -> Bool {
        guard let status = OpenDescriptor.status(path: path) else {
            note(.deleted)
            return false
        }
        return status.isRegular && status.identity != current?.identity && status.size > 0
    }

    /// Frames what the current file ends with, and keeps an eye on it for a while.
    private mutating func leaveCurrent(into batch: inout EventBatch) throws(ForetailError) {
        try current!.finish(into: &batch)
        _ = current!.end()
        previous = current
        previousEnd = Deadline(microseconds: Self.lingerMicroseconds)
        current = nil
        note(.rotated)
    }

    /// Opens the file of that name from its start, if there is one.
    private mutating func openNew() {
        guard let file = OpenDescriptor(path: path, flags: O_RDONLY | O_NONBLOCK), let status = file.status else {
            let error = ErrorNumber.current
            if error.value != ENOENT { note(.unreadable, detail: error.text) }
            return
        }
        guard status.isRegular else {
            note(.unreadable, detail: "not a regular file")
            return
        }
        if lastNotice != .rotated { note(.appeared) }
        lastNotice = nil
        current = FollowedFile(file, identity: status.identity, framer: LineFramer(descriptor, limits: limits))
        watcher.watch(file)
    }

    private mutating func note(_ reason: SourceNotice.Reason, detail: String = "") {
        // Truncation is news each time, a missing file only once.
        if reason == lastNotice, reason != .truncated { return }
        lastNotice = reason
        progress.add(SourceNotice(reason: reason, path: path, detail: detail))
    }
}
