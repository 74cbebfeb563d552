#if Server && NATS
import FieldExtraction
import Foretail
import ForetailNATS
import Hummingbird
import Logging
import NIOCore

/// Writes the records of a tail request to one reader, from the output log, and predictions as they come.
struct ClusterReading {
    /// Where reading begins.
    enum Start: Sendable {
        case now
        case oldest
        case after(OutputCursor)
    }

    let request: ClusterRequest
    let services: ClusterServices
    let format: RecordFormat
    let isAhead: Bool
    let start: Start
    let isEnding: @Sendable () -> Bool
    private static let heartbeatMicroseconds: Int64 = 10_000_000

    init(
        _ request: ClusterRequest, services: ClusterServices, format: RecordFormat, isAhead: Bool, start: Start,
        isEnding: @escaping @Sendable () -> Bool
    ) {
        self.request = request
        self.services = services
        self.format = format
        self.isAhead = isAhead
        self.start = start
        self.isEnding = isEnding
    }

    @concurrent func run(_ writer: inout any ResponseBodyWriter) async throws {
        var cursor: OutputCursor?
        var settings = ReaderSettings(
            stream: ClusterNames.output(request.definition.stream),
            subject: ClusterNames.output(request.definition.stream, request.id))
        switch start {
        case .now: settings.start = .new
        case .oldest: settings.start = .all
        case .after(let seen):
            cursor = seen
            settings.start = .sequence(max(1, seen.sequence))
        }
        var records = MessageReader(services.jetStream, settings)
        var predictions = MessageReader(
            services.jetStream,
            ReaderSettings(stream: ClusterNames.ahead, subject: ClusterNames.ahead(request.id), start: .new))
        do {
            try await run(&writer, &records, &predictions, cursor)
        } catch {
            await records.close()
            await predictions.close()
            throw error
        }
        await records.close()
        await predictions.close()
        try await writer.finish(nil)
    }

    @concurrent private func run(
        _ writer: inout any ResponseBodyWriter, _ records: inout MessageReader, _ predictions: inout MessageReader,
        _ from: OutputCursor?
    ) async throws {
        let clock = ServerClock()
        var cursor = from
        var batch = MessageBatch()
        var buffer = ByteBuffer()
        format.appendPrelude(to: &buffer)
        if buffer.readableBytes > 0 { try await writer.write(buffer) }
        var wroteAt = clock.monotonic
        do {
            while !isEnding(), !services.agent.isCutOff {
                buffer.clear()
                try await records.read(into: &batch, waitingAtMost: isAhead ? 20_000 : 200_000)
                if cursor == nil, batch.messages.isEmpty, let next = records.position {
                    // From now on the reader can come back, though it has seen nothing yet.
                    cursor = OutputCursor(sequence: max(1, next) - 1, seen: OutputCursor.wholeMessage)
                    appendHeartbeat(cursor, to: &buffer)
                }
                for gap in batch.gaps where cursor != nil || gap.isExact {
                    append(gap, to: &buffer)
                    // Only forward: a gap between subjects may lie before what was read since.
                    if cursor?.sequence ?? 0 < gap.through {
                        cursor = OutputCursor(sequence: gap.through, seen: OutputCursor.wholeMessage)
                    }
                }
                for message in batch.messages { append(message, of: batch, &cursor, to: &buffer) }
                if isAhead {
                    do throws(NATSFailure) {
                        try await predictions.read(into: &batch, waitingAtMost: 20_000)
                        for message in batch.messages { append(ahead: batch.bytes[message.payload], to: &buffer) }
                    } catch {
                        // Predictions are perishable: the events go on.
                    }
                }
                if buffer.readableBytes == 0, clock.monotonic - wroteAt >= Self.heartbeatMicroseconds {
                    appendHeartbeat(cursor, to: &buffer)
                }
                if buffer.readableBytes > 0 {
                    try await writer.write(buffer)
                    wroteAt = clock.monotonic
                }
            }
        } catch let failure as NATSFailure {
            guard failure.kind != .cancelled else { throw CancellationError() }
            services.logger.warning(
                "a reader is cut off",
                metadata: ["request": .string(request.id.description), "problem": .string(failure.message)])
        }
        buffer.clear()
        appendEnd(cursor, to: &buffer)
        try await writer.write(buffer)
    }

    private func append(
        _ message: MessageBatch.Message, of batch: borrowing MessageBatch, _ cursor: inout OutputCursor?,
        to buffer: inout ByteBuffer
    ) {
        let bytes = batch.bytes[message.payload]
        // The first line says how far the subject is written; readers do not see it.
        guard var start = bytes.firstIndex(of: 0x0A).map({ $0 + 1 }) else { return }
        var seen = 0
        let skip = cursor?.sequence == message.sequence ? cursor?.seen ?? 0 : 0
        while start < bytes.endIndex {
            let end = bytes[start...].firstIndex(of: 0x0A).map { $0 + 1 } ?? bytes.endIndex
            seen += 1
            if seen > skip {
                let place = OutputCursor(sequence: message.sequence, seen: seen)
                if format == .serverSentEvents { buffer.writeString("id: \(place)\ndata: ") }
                buffer.writeBytes(bytes[start..<end])
                if format == .serverSentEvents { buffer.writeString("\n") }
                cursor = place
            }
            start = end
        }
    }

    private func append(ahead bytes: ArraySlice<UInt8>, to buffer: inout ByteBuffer) {
        let now = ServerClock().now().microseconds
        var start = bytes.startIndex
        while start < bytes.endIndex {
            let end = bytes[start...].firstIndex(of: 0x0A).map { $0 + 1 } ?? bytes.endIndex
            defer { start = end }
            guard let space = bytes[start..<end].firstIndex(of: 0x20), space > start,
                let expires = Int64(String(decoding: bytes[(start + 1)..<space], as: UTF8.self)), expires >= now
            else { continue }
            let isPrediction = bytes[start] == AheadSender.Kind.prediction.rawValue
            if format == .serverSentEvents {
                buffer.writeString("event: \(isPrediction ? "prediction" : "outcome")\ndata: ")
            }
            buffer.writeBytes(bytes[(space + 1)..<end])
            if format == .serverSentEvents { buffer.writeString("\n") }
        }
    }

    /// Records that the output log has forgotten. How many, and which positions, it cannot say: it has those of all requests.
    private func append(_ gap: MessageBatch.Gap, to buffer: inout ByteBuffer) {
        let end = OutputCursor(sequence: gap.through, seen: OutputCursor.wholeMessage)
        let record =
            #"{"kind":"gap","request":"\#(request.id)","from":"o-\#(gap.from)-0","to":"\#(end)","count":null,"reason":"retention"}"#
            + "\n"
        switch format {
        case .serverSentEvents: buffer.writeString("event: gap\nid: \(end)\ndata: \(record)\n")
        case .ndjson: buffer.writeString(record)
        }
    }

    private func appendHeartbeat(_ cursor: OutputCursor?, to buffer: inout ByteBuffer) {
        switch format {
        case .serverSentEvents:
            buffer.writeString(": heartbeat\n" + (cursor.map { "id: \($0)\n" } ?? "") + "\n")
        case .ndjson: buffer.writeString(record("heartbeat", cursor, nil))
        }
    }

    private func appendEnd(_ cursor: OutputCursor?, to buffer: inout ByteBuffer) {
        let record = record("end", cursor, isEnding() ? "shutdown" : "cut-off")
        buffer.writeString(format == .serverSentEvents ? "event: end\ndata: \(record)\n" : record)
    }

    private func record(_ kind: String, _ cursor: OutputCursor?, _ reason: String?) -> String {
        #"{"kind":"\#(kind)""# + (cursor.map { #","cursor":"\#($0)""# } ?? "")
            + (reason.map { #","reason":"\#($0)""# } ?? "")
            + "}\n"
    }
}
#endif
