internal import Synchronization

/// The reading of a stream's plain lines: each becomes an event, with what can be recognised of it as fields.
///
///     let reader = LogLineReader()
///     reader.append(line, to: &output)
///
/// `Jun 14 15:16:01 combo sshd[19939]: Failed password for root from 10.0.0.7` becomes
///
///     {"message":"Jun 14 …","time":"2026-06-14T15:16:01Z","host":"combo","app":"sshd","pid":19939,
///      "template":"Failed password for <*> from <*>","parameters":["root","10.0.0.7"]}
///
/// `message` is the whole line. A JSON object behind the prefix of a container tool is the event itself, with the prefix's fields
/// behind its own. What is recognised depends on the line alone; templates are learned, one set per reader, so a stream has
/// one reader. It may be used from several threads; a lock is held for a line. Memory: 4 MB once it is full
/// (``byteCount``), nothing before the first line. Costs 1 to 3 µs a line.
public final class LogLineReader: Sendable {
    /// How much of a line is looked at.
    public enum Detail: UInt8, Sendable, Hashable {
        /// Nothing: the line is a message.
        case message
        /// The fields of known formats.
        case fields
        /// Fields, template and parameters.
        case templates
    }

    /// Touched under the lock alone.
    nonisolated(unsafe) private var state: LogLineState
    private let lock = Mutex(())
    /// How much of a line is looked at.
    public let detail: Detail

    /// Creates a reader.
    ///
    /// - Parameters:
    ///   - detail: How much of a line is looked at.
    ///   - limits: What a JSON text behind a prefix may hold.
    public init(detail: Detail = .templates, limits: ScanLimits = ScanLimits()) {
        self.detail = detail
        unsafe state = LogLineState(detail: detail, limits: limits)
    }

    /// States an instant that no line lies after by more than a day, from which stamps without a year get one: the time of day, or
    /// when the file was changed last. What was stated first stays. Without it they follow the stamp before, from 1970 on.
    public func setReference(_ time: Timestamp) {
        lock.withLock { _ in unsafe state.setReference(time) }
    }

    /// Appends the event that a line is, as JSON.
    public func append(_ line: UnsafeBufferPointer<UInt8>, to output: inout [UInt8]) {
        let view = unsafe ByteView(line)
        lock.withLock { _ in unsafe state.append(view, to: &output) }
    }

    /// Finds the template of a line, without making an event of it.
    ///
    /// - Parameters:
    ///   - line: The line.
    ///   - parameters: Gets the parameters as a JSON array.
    /// - Returns: The number of the template; 0 for a line without a message.
    package func template(of line: UnsafeBufferPointer<UInt8>, parameters: inout [UInt8]) -> UInt64 {
        let view = unsafe ByteView(line)
        return lock.withLock { _ in unsafe state.template(view, &parameters) }
    }

    /// Calls a function with the tree of templates.
    package func withTree<Result>(_ body: (inout TemplateTree) -> Result) -> Result {
        lock.withLock { _ in unsafe body(&state.tree) }
    }

    /// The bytes that its tables hold, at their capacity.
    public var byteCount: Int { lock.withLock { _ in unsafe state.byteCount } }
}
