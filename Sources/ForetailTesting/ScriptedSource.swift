public import Foretail

/// A source that gives what its script says, read by read.
///
///     var source = ScriptedSource([.events([#"{"v":1}"#]), .idle, .fail(error)])
///
/// After the last entry it is at its end.
public struct ScriptedSource: EventSource {
    /// What one read gives.
    public enum Entry: Sendable {
        /// Events, as JSON texts.
        case events([String])
        /// A batch as it is; its positions are given by the log.
        case batch(EventBatch)
        /// Nothing in the time allowed.
        case idle
        /// The last events; nothing follows.
        case end([String])
        /// The source fails.
        case fail(ForetailError)
    }

    private let script: [Entry]
    private var next = 0
    /// The entries that were read.
    public var entriesRead: Int { next }
    /// How often the pipeline acknowledged.
    public private(set) var acknowledgements = 0
    /// The entries that had been read when the last acknowledgement came.
    public private(set) var entriesAcknowledged = 0

    /// Creates a source.
    public init(_ script: [Entry]) { self.script = script }

    /// Gives the next entry.
    public mutating func read(
        into batch: inout EventBatch, waitingAtMost microseconds: Int64?
    ) async throws(ForetailError) -> SourceState {
        guard next < script.count else { return .end }
        defer { next += 1 }
        switch script[next] {
        case .events(let texts):
            Self.fill(&batch, texts)
            return .ready
        case .batch(let scripted):
            batch = scripted
            return .ready
        case .idle:
            return .idle
        case .end(let texts):
            Self.fill(&batch, texts)
            next = script.count - 1
            return .end
        case .fail(let error):
            throw error
        }
    }

    /// Notes how far the pipeline has come.
    public mutating func acknowledge() async throws(ForetailError) {
        acknowledgements += 1
        entriesAcknowledged = next
    }

    private static func fill(_ batch: inout EventBatch, _ texts: [String]) {
        for text in texts { batch.append(text, at: Position(sequence: 0)) }
    }
}
