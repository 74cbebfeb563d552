#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif
import FieldExtraction
import Foretail

/// The events of a file, a pipe or a terminal, read to their end in blocks.
///
///     var source = try DescriptorSource(path: "app.ndjson", descriptor: descriptor)
///     let progress = source.progress                       // keeps counting while the pipeline owns the source
///     while try source.read(into: &batch, waitingAtMost: nil) != .end { … }
///
/// A regular file is read without waiting; anything else is polled first, so that a silent pipe is reported as idle. It
/// waits in the kernel: run it on a thread that may wait.
struct DescriptorSource: EventSource {
    /// How far it has come.
    let progress: SourceProgress
    private let name: String
    private let descriptor: OpenDescriptor
    private let isRegular: Bool
    private let wake: Int32?
    private var reader: BlockReader
    private var isAtEnd = false
    /// `F_SETPIPE_SZ`, which the system's module does not show.
    private static let setPipeSize: Int32 = 1_031

    /// Opens a file, or standard input under the name `-`.
    ///
    /// - Throws: ``ForetailError`` (`source`) naming the file and the remedy.
    static func open(
        _ source: String, descriptor: StreamDescriptor, limits: ScanLimits = ScanLimits(), wake: Int32? = nil
    ) throws(ForetailError) -> DescriptorSource {
        if source == "-" { return try DescriptorSource(descriptor: descriptor, limits: limits, wake: wake) }
        return try DescriptorSource(path: source, descriptor: descriptor, limits: limits, wake: wake)
    }

    /// Opens a file.
    ///
    /// - Parameters:
    ///   - path: The file.
    ///   - stream: How its lines are framed.
    ///   - limits: The longest line and the like.
    ///   - wake: A descriptor that ends a wait when it becomes readable (it is not read), for Ctrl-C; nil: none.
    /// - Throws: ``ForetailError`` (`source`) naming the file and the remedy.
    init(
        path: String, descriptor stream: StreamDescriptor, limits: ScanLimits = ScanLimits(), wake: Int32? = nil
    ) throws(ForetailError) {
        guard let descriptor = OpenDescriptor(path: path, flags: O_RDONLY) else {
            throw Self.failure(.current, name: path)
        }
        try self.init(descriptor, name: path, descriptor: stream, limits: limits, wake: wake)
    }

    /// Reads standard input, or another descriptor that somebody else closes.
    init(
        standardInput number: Int32 = STDIN_FILENO, descriptor stream: StreamDescriptor,
        limits: ScanLimits = ScanLimits(),
        wake: Int32? = nil
    ) throws(ForetailError) {
        let name = number == STDIN_FILENO ? "standard input" : "descriptor \(number)"
        try self.init(
            OpenDescriptor(borrowing: number), name: name, descriptor: stream, limits: limits, wake: wake)
    }

    private init(
        _ descriptor: OpenDescriptor, name: String, descriptor stream: StreamDescriptor, limits: ScanLimits,
        wake: Int32?
    ) throws(ForetailError) {
        guard let status = descriptor.status else { throw Self.failure(.current, name: name) }
        if status.isDirectory { throw Self.failure(ErrorNumber(value: EISDIR), name: name) }
        self.name = name
        self.descriptor = descriptor
        self.wake = wake
        // What /proc and the like call a regular file has no size; there is no telling how far one has come.
        isRegular = status.isRegular
        progress = SourceProgress(size: status.isRegular && status.size > 0 ? status.size : nil)
        var stream = stream
        let lineReader = stream.lineReader ?? LogLineReader(detail: stream.lineDetail, limits: limits)
        lineReader.setReference(status.isRegular ? status.modified : SystemClock().now())
        stream.lineReader = lineReader
        reader = BlockReader(LineFramer(stream, limits: limits))
        if status.isRegular {
            posix_fadvise(descriptor.number, 0, 0, POSIX_FADV_SEQUENTIAL)
        } else if status.isPipe {
            // As much as one block takes, where the system allows it: fewer calls for a busy pipe.
            _ = fcntl(descriptor.number, Self.setPipeSize, Int32(BlockReader.blockBytes))
        }
    }

    /// Fills `batch` with the events of the next block.
    ///
    /// The batch of a regular file may be empty although it is `ready`: a block can lie within one long line.
    mutating func read(
        into batch: inout EventBatch, waitingAtMost microseconds: Int64?
    ) throws(ForetailError) -> SourceState {
        if isAtEnd { return .end }
        let deadline = Deadline(microseconds: microseconds)
        while true {
            if !isRegular, try !waitForBytes(until: deadline) { return .idle }
            switch try reader.readBlock(from: descriptor.number, into: &batch) {
            case .bytes(let count):
                progress.add(bytes: count)
                if isRegular || !batch.frames.isEmpty || !batch.problems.isEmpty { return .ready }
                batch.removeAll()
                if deadline.hasPassed { return .idle }
            case .end:
                isAtEnd = true
                try reader.finish(into: &batch)
                return .end
            case .nothing: continue
            case .failed(let error): throw Self.failure(error, name: name)
            }
        }
    }

    /// Does nothing: a file keeps its lines, a pipe has forgotten them.
    mutating func acknowledge() {}

    /// Waits until a read would not wait.
    ///
    /// - Returns: Whether there is something to read; false when the time is over, a signal came, or `wake` is readable.
    private func waitForBytes(until deadline: Deadline) throws(ForetailError) -> Bool {
        var watched = [
            pollfd(fd: descriptor.number, events: Int16(POLLIN), revents: 0),
            pollfd(fd: wake ?? -1, events: Int16(POLLIN), revents: 0),
        ]
        let count = poll(&watched, 2, deadline.pollTimeout)
        if count < 0 {
            let error = ErrorNumber.current
            // A signal may mean that the pipeline is to end: it has to look up.
            guard error.value == EINTR || error.value == EAGAIN else { throw Self.failure(error, name: name) }
            return false
        }
        if watched[0].revents & Int16(POLLNVAL) != 0 { throw Self.failure(ErrorNumber(value: EBADF), name: name) }
        return count > 0 && watched[1].revents == 0
    }

    private static func failure(_ error: ErrorNumber, name: String) -> ForetailError {
        ForetailError(.source, "\(name): \(error.text); \(error.readingRemedy)")
    }
}
