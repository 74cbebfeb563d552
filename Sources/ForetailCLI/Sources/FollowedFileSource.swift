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
/// The name is followed. A file that takes it is opened at once and read from its start when the one before is read to its
/// end and the new one has bytes, which says that the writer has moved; the old one is looked at for a while longer, for
/// writers that are slow to move. A last line without newline is held until the newline comes or the file is left. A file
/// that takes the name and loses it again between two looks (they follow inotify, or each other in a tenth of a second) is
/// not seen.
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
    /// The files that have had the name, oldest first; the last one has it now, as far as is known.
    private var files: [FollowedFile] = []
    /// What was last said about the name, so that it is said once.
    private var lastNotice: SourceNotice.Reason?
    /// How long a file that lost its name is still looked at.
    static let lingerMicroseconds: Int64 = 5_000_000
    /// Files kept open at a time.
    static let fileLimit = 16

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
        // One reader for all files that will bear the name.
        let lineReader = descriptor.lineReader ?? LogLineReader(detail: descriptor.lineDetail, limits: limits)
        lineReader.setReference(SystemClock().now())
        var descriptor = descriptor
        descriptor.lineReader = lineReader
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
            throw ForetailError(.source, "\(path): not a regular file, so it cannot be followed; name one")
        }
        var framer = LineFramer(descriptor, limits: limits)
        var offset = 0
        if case .last(let count) = start {
            offset = LastLines.offset(of: count, in: file, size: status.size)
            if offset > 0 { framer = try LastLines.framer(for: file, stream: descriptor, limits: limits) }
        }
        files = [FollowedFile(file, identity: status.identity, framer: framer, offset: offset)]
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
        lookAtName()
        var index = 0
        while index < files.count {
            if try drain(index, into: &batch) { return true }
            if files[index].end() == .truncated {
                note(.truncated)
                let hasRest = try finish(index, into: &batch)
                files[index].restart(LineFramer(descriptor, limits: limits))
                if hasRest { return true }
                continue
            }
            if files[index].leftUntil == nil, files[(index + 1)...].contains(where: \.hasBytes) {
                // Once more, for what was written between the two looks.
                if try drain(index, into: &batch) { return true }
                files[index].leftUntil = Deadline(microseconds: Self.lingerMicroseconds)
                note(.rotated)
                if try finish(index, into: &batch) { return true }
            }
            index += 1
        }
        while let until = files.first?.leftUntil, until.remaining == 0 || files.count > Self.fileLimit {
            let hasRest = try finish(0, into: &batch)
            files.removeFirst()
            if hasRest { return true }
        }
        return false
    }

    /// Reads a file until it gives records or has no more.
    private mutating func drain(_ index: Int, into batch: inout EventBatch) throws(ForetailError) -> Bool {
        while true {
            switch try files[index].readBlock(into: &batch) {
            case .bytes(let count):
                progress.add(bytes: count)
                if Self.hasSomething(batch) { return true }
                batch.removeAll()
            case .end, .nothing: return false
            case .failed(let error):
                throw ForetailError(.source, "\(path): \(error.text); \(error.readingRemedy)")
            }
        }
    }

    /// Frames a last line that never got its newline.
    private mutating func finish(_ index: Int, into batch: inout EventBatch) throws(ForetailError) -> Bool {
        try files[index].finish(into: &batch)
        if Self.hasSomething(batch) { return true }
        batch.removeAll()
        return false
    }

    private static func hasSomething(_ batch: borrowing EventBatch) -> Bool {
        !batch.frames.isEmpty || !batch.problems.isEmpty
    }

    // MARK: The name

    /// Opens the file that has the name now, if it is another one; it is read once those before it are.
    private mutating func lookAtName() {
        guard let found = OpenDescriptor.status(path: path) else {
            note(files.isEmpty ? .waiting : .deleted)
            return
        }
        if found.identity == files.last?.identity { return }
        guard let file = OpenDescriptor(path: path, flags: O_RDONLY | O_NONBLOCK) else {
            note(.unreadable, detail: ErrorNumber.current.text)
            return
        }
        guard let status = file.status, status.isRegular else {
            note(.unreadable, detail: "not a regular file")
            return
        }
        if files.isEmpty { note(.appeared) }
        lastNotice = nil
        files.append(FollowedFile(file, identity: status.identity, framer: LineFramer(descriptor, limits: limits)))
        watcher.watch(file)
    }

    private mutating func note(_ reason: SourceNotice.Reason, detail: String = "") {
        let isState = [.waiting, .deleted, .unreadable].contains(reason)
        if isState, reason == lastNotice { return }
        lastNotice = reason
        progress.add(SourceNotice(reason: reason, path: path, detail: detail))
    }
}
