/// Reads the events of a stream for the lookups of its own past: their keys, and the rows they are later.
///
///     var follower = HistoryFollower()
///     try follower.begin(3, lookup, of: descriptor)
///     follower.note(event, of: actions, in: &histories)          // of every `Actions.Action.follow(event)`, in order
public struct HistoryFollower {
    private var readers: [(statement: Int32, request: LookupRequest)] = []
    private let writer = HistoryRowWriter()

    /// Creates a follower that follows nothing.
    public init() {}

    /// Whether it follows nothing.
    var isEmpty: Bool { readers.isEmpty }

    /// Begins to read the keys of a lookup.
    ///
    /// - Throws: ``ForetailError`` (`badSetting`) naming what is wrong with the lookup.
    public mutating func begin(
        _ statement: Int32, _ lookup: LookupSettings, of stream: StreamDescriptor
    ) throws(ForetailError) {
        guard !readers.contains(where: { $0.statement == statement }) else { return }
        let request = try LookupRequest(
            TailRequestID(0), of: stream, lookups: [lookup], limits: LookupLimits())
        readers.append((statement, request))
    }

    /// Stops reading the keys of a lookup.
    mutating func end(_ statement: Int32) { readers.removeAll { $0.statement == statement } }

    /// Notes an event.
    public func note(_ number: Int, of actions: borrowing Actions, in histories: inout KeyHistories) {
        let event = actions.events[number]
        let streamKey = event.key.map { Array(actions.bytes[$0]) } ?? []
        var row: [UInt8]?
        for reader in readers {
            reader.request.read(event, key: streamKey, bytes: actions.bytes)
            guard let key = reader.request.key(0) else { continue }
            if row == nil { row = writer.row(event, bytes: actions.bytes) }
            histories.note(reader.statement, key: key, position: event.position, json: row!)
        }
    }
}

/// Writes an event as a row: `{"position":"0:1-42","time":"2026-01-01T00:00:00Z","event":{…}}`.
@safe private final class HistoryRowWriter {
    private var writer = RecordWriter()

    func row(_ event: Actions.MatchedEvent, bytes: [UInt8]) -> [UInt8] {
        writer.append(#"{"position":""#)
        writer.append(event.position)
        writer.append(#"","time":"#)
        writer.append(event.time)
        writer.append(#","event":"#)
        unsafe bytes.withUnsafeBufferPointer { bytes in
            unsafe writer.append(UnsafeBufferPointer(rebasing: bytes[event.body]))
        }
        writer.append(UInt8(ascii: "}"))
        var row: [UInt8] = []
        writer.flush(into: &row)
        return row
    }
}
