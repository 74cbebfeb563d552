#if NATS
import CNATS
import Foretail

extension JetStream {
    /// Publishes the messages of a batch in order and awaits what the stream says of each.
    ///
    /// Up to `window` messages are on their way at a time. After the first failure no more are sent; those on their way are awaited, so
    /// that the results say of each message whether it is stored. Publishing the batch again is safe where messages have ids and
    /// the stream's duplicate window is not over.
    ///
    /// Order: messages are sent over one connection in order, and a stream takes them in that order. Where a leader is lost with
    /// messages that it had not yet stored, later ones may be stored by the next leader: ``PublishResults/hasHole``. A sole
    /// writer rules that out with ``PublishExpectation/lastSequence(_:)`` in each message: behind one that is missing all are refused.
    ///
    /// - Parameters:
    ///   - batch: The messages.
    ///   - window: The most messages on their way.
    ///   - microseconds: How long nothing may be acknowledged before the rest is given up; nil: as the settings say.
    public func publish(
        _ batch: PublishBatch, window: Int = 2_048, within microseconds: Int64? = nil
    ) async -> PublishResults {
        guard batch.count > 0 else { return PublishResults(count: 0) }
        let patience = microseconds ?? connection.settings.answerMicroseconds
        let acks = AckWindow(count: batch.count, patience: patience)
        do throws(NATSFailure) {
            try await connection.waitUntilConnected(until: Monotonic.deadline(after: patience))
        } catch {
            acks.withdraw(0..<0, error)
            return acks.results
        }
        let number = connection.hub.register(.acknowledgements(acks))
        defer { connection.hub.unregister(number) }
        let sender = BatchSender(batch: batch, reply: connection.hub.inbox + "\(number).", connection: connection)
        let window = max(1, window)
        var next = 0
        while next < batch.count {
            let range = next..<min(batch.count, next + max(1, min(256, window / 2)))
            await acks.wait(untilAtMost: window - range.count)
            guard acks.begin(range) else { break }
            let (sent, status) = await connection.onThread { sender.send(range, over: $0) }
            next = range.upperBound
            if status != NATS_OK {
                let failure = LibraryStatus.failure(
                    status, "publishing to '\(sender.subject(of: range.lowerBound + sent))'")
                acks.withdraw(range.lowerBound + sent..<range.upperBound, failure)
                break
            }
        }
        await acks.wait(untilAtMost: 0)
        return acks.results
    }
}

/// Hands messages of a batch to the library.
struct BatchSender: Sendable {
    let batch: PublishBatch
    let reply: String
    let connection: NATSConnection

    func subject(of index: Int) -> String {
        batch.bytes.withUnsafeBufferPointer {
            String(cString: $0.baseAddress! + batch.entries[index].subject)
        }
    }

    /// Sends messages until one cannot be sent; how many were, and why it ended.
    func send(_ range: Range<Int>, over handle: OpaquePointer) -> (sent: Int, status: natsStatus) {
        var reply = Array(reply.utf8)
        let prefix = reply.count
        for index in range {
            // Sending into the void would hold the message until a connection is there, and then it comes out of turn.
            guard !natsConnection_IsReconnecting(handle) else {
                return (index - range.lowerBound, NATS_CONNECTION_DISCONNECTED)
            }
            reply.removeLast(reply.count - prefix)
            Self.append(index, to: &reply)
            let status = send(batch.entries[index], reply: reply, over: handle)
            guard status == NATS_OK else { return (index - range.lowerBound, status) }
        }
        return (range.count, NATS_OK)
    }

    private func send(_ entry: PublishBatch.Entry, reply: [UInt8], over handle: OpaquePointer) -> natsStatus {
        batch.bytes.withUnsafeBytes { raw in
            reply.withUnsafeBytes { reply in
                let base = raw.baseAddress!.assumingMemoryBound(to: CChar.self)
                let reply = reply.baseAddress!.assumingMemoryBound(to: CChar.self)
                let payload = base + entry.payload.lowerBound
                guard entry.id >= 0 || !entry.headers.isEmpty || entry.expectation != .nothing else {
                    return natsConnection_PublishRequest(
                        handle, base + entry.subject, reply, payload, Int32(entry.payload.count))
                }
                var message: OpaquePointer?
                var status = natsMsg_Create(
                    &message, base + entry.subject, reply, payload, Int32(entry.payload.count))
                defer { natsMsg_Destroy(message) }
                if status == NATS_OK, entry.id >= 0 {
                    status = natsMsgHeader_Set(message, "Nats-Msg-Id", base + entry.id)
                }
                if status == NATS_OK { status = Self.set(entry.expectation, message) }
                if status == NATS_OK, entry.previous >= 0 {
                    status = natsMsgHeader_Set(message, "Nats-Expected-Last-Msg-Id", base + entry.previous)
                }
                var place = entry.headers.lowerBound
                while status == NATS_OK, place < entry.headers.upperBound {
                    status = natsMsgHeader_Set(
                        message, base + batch.headers[place], base + batch.headers[place + 1])
                    place += 2
                }
                return status == NATS_OK ? natsConnection_PublishMsg(handle, message) : status
            }
        }
    }

    private static func set(_ expectation: PublishExpectation, _ message: OpaquePointer?) -> natsStatus {
        switch expectation {
        case .nothing: NATS_OK
        case .lastSequence(let sequence):
            natsMsgHeader_Set(message, "Nats-Expected-Last-Sequence", String(sequence))
        case .lastSubjectSequence(let sequence):
            natsMsgHeader_Set(message, "Nats-Expected-Last-Subject-Sequence", String(sequence))
        case .lastSequences(let stream, let subject):
            both(
                natsMsgHeader_Set(message, "Nats-Expected-Last-Sequence", String(stream)),
                natsMsgHeader_Set(message, "Nats-Expected-Last-Subject-Sequence", String(subject)))
        }
    }

    private static func both(_ first: natsStatus, _ second: natsStatus) -> natsStatus {
        first == NATS_OK ? second : first
    }

    /// Appends a number and the zero byte that ends a C string.
    private static func append(_ number: Int, to text: inout [UInt8]) {
        let start = text.count
        var rest = number
        repeat {
            text.append(UInt8(ascii: "0") + UInt8(rest % 10))
            rest /= 10
        } while rest > 0
        text[start...].reverse()
        text.append(0)
    }
}
#endif
