#if Server
import FieldExtraction
import Foretail

/// Finds out whether a body whose answer was lost is in its stream: a server stores a body's events one behind the other.
struct IngestRecovery {
    /// The body's events, those lines left out that a server refuses.
    private var events: [ArraySlice<UInt8>] = []
    private var rejected: [IngestAnswer.Rejection] = []

    /// Takes a body apart.
    init(_ body: IngestBody) {
        var start = body.bytes.startIndex
        var line = 0
        while start < body.bytes.endIndex {
            let end = body.bytes[start...].firstIndex(of: UInt8(ascii: "\n")) ?? body.bytes.endIndex
            let event = body.bytes[start..<end]
            line += 1
            let result = JSONScanner.validate(Array(event), limits: Limits().scan)
            if !result.isValid {
                rejected.append(.init(line: line, reason: "\(result)"))
            } else if event.first(where: { $0 > 0x20 }) != UInt8(ascii: "{") {
                rejected.append(.init(line: line, reason: "expected a JSON object"))
            } else {
                events.append(event)
            }
            start = min(end + 1, body.bytes.endIndex)
        }
    }

    /// Looks for the body behind a position.
    ///
    /// - Returns: What the lost answer said; nil where the stream does not hold the body.
    func lookUp(
        stream: String, behind cursor: RemoteCursor, client: ServerClient
    ) async throws(ClientFailure) -> IngestAnswer? {
        guard !events.isEmpty else { return nil }
        var query = [("limit", "\(max(1_000, 2 * events.count))")]
        if case .after(let position) = cursor { query.append(("after", position)) }
        let records = try await client.bytes(
            "GET", ["v1", "streams", stream, "history"], query, accept: "application/x-ndjson, */*")
        return answer(in: records)
    }

    /// Looks for the body in records of the stream's history.
    func answer(in records: [UInt8]) -> IngestAnswer? {
        var lines = RecordLines()
        var reader = RecordReader()
        var found: [(event: [UInt8], position: String)] = []
        lines.append(records)
        lines.forEach { line in
            guard let record = reader.read(line), let event = record.event, let position = record.cursor else { return }
            found.append((Array(line[event]), position))
        }
        guard !events.isEmpty, found.count >= events.count else { return nil }
        for start in 0...found.count - events.count
        where events.indices.allSatisfy({ found[start + $0].event.elementsEqual(Self.trimmed(events[$0])) }) {
            return IngestAnswer(
                accepted: events.count, rejected: rejected, last: found[start + events.count - 1].position)
        }
        return nil
    }

    /// An event without white space around it, as a record holds it.
    private static func trimmed(_ event: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        var event = event
        while let last = event.last, last <= 0x20 { event.removeLast() }
        return event.drop { $0 <= 0x20 }
    }
}
#endif
