#if NATS
/// What happens in a bucket: first what is there, then every change, over lost connections and leaders.
///
/// Of a key that changes several times while nobody reads, or while the connection is away, only the last change may be seen. An
/// entry that was forgotten (`maxAge`, or purged by another client) is not told.
public struct KeyValueWatch: Sendable {
    private var reader: MessageReader
    private var batch = MessageBatch()
    private let prefixLength: Int

    /// Whether everything that was there when the watch began was given.
    public private(set) var isCurrent = false

    /// Why nothing comes at the moment; nil: the watch stands.
    public var trouble: NATSFailure? { reader.trouble }

    init(_ bucket: KeyValueBucket, _ pattern: String, headersOnly: Bool) {
        var settings = ReaderSettings(stream: bucket.stream, subject: bucket.subject(pattern), start: .lastPerSubject)
        settings.header = "KV-Operation"
        settings.isHeadersOnly = headersOnly
        reader = MessageReader(bucket.jetStream, settings)
        prefixLength = bucket.subject("").utf8.count
    }

    /// Reads entries as they come, marks of deletions too.
    ///
    /// - Parameter microseconds: How long to wait for the first; nil: as long as it takes.
    /// - Returns: Entries in the order of their revisions; none where nothing came, and where the bucket was found empty.
    public mutating func read(waitingAtMost microseconds: Int64? = nil) async throws(NATSFailure) -> [KeyValueEntry] {
        if !isCurrent, reader.pending == nil {
            try await reader.prepare(within: microseconds)
        }
        if !isCurrent, reader.pending == 0 {
            isCurrent = true
            return []
        }
        try await reader.read(into: &batch, waitingAtMost: microseconds)
        if batch.messages.last?.pending == 0 { isCurrent = true }
        return batch.messages.map { message in
            KeyValueEntry(
                key: String(decoding: batch.bytes[message.subject].dropFirst(prefixLength), as: UTF8.self),
                value: Array(batch.bytes[message.payload]), revision: message.sequence, time: message.time,
                isDeleted: !message.header.isEmpty)
        }
    }

    /// Gives back what it holds at the server.
    public mutating func close() async { await reader.close() }
}
#endif
