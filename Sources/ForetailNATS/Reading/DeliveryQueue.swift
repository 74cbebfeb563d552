#if NATS
import CNATS
import Foretail
import Synchronization

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// Messages of one consumer as the library hands them over, until the reader takes them.
///
/// Bounded by what the reader pulled. A consumer counts what it sends: a number that does not follow means that messages were lost
/// on the way, and ends the queue, so that the reader makes a new consumer where it stands.
final class DeliveryQueue: Sendable {
    /// Why a queue gives no more.
    enum End: Sendable {
        /// The consumer is gone, or messages were lost on the way: make a new one.
        case broken(NATSFailure)
        /// The server refuses; a new consumer would not help.
        case refused(NATSFailure)
    }

    struct Taken: Sendable {
        var end: End?
        /// Messages asked for that have not come.
        var outstanding: Int
        /// When something was heard of the consumer last.
        var lastHeard: Int64
    }

    private struct State {
        var batch = MessageBatch()
        var consumerSequence: UInt64
        var next: UInt64
        var outstanding = 0
        var lastHeard = Monotonic.now()
        var end: End?
        var waiter: CheckedContinuation<Void, Never>?
    }

    private let state: Mutex<State>
    private let header: String?
    private let isWhole: Bool

    /// - Parameters:
    ///   - next: The sequence from which on the stream is read; 0: not known before the first message.
    ///   - header: The header whose value is kept.
    ///   - isWhole: Whether the consumer gives all subjects of the stream, so that a jump of sequences is a gap.
    init(next: UInt64, header: String?, isWhole: Bool) {
        state = Mutex(State(consumerSequence: 1, next: next))
        self.header = header
        self.isWhole = isWhole
    }

    /// Takes a message or a word of the server.
    func take(_ message: OpaquePointer) {
        guard let reply = natsMsg_GetReply(message), let mark = DeliveryMark(reply) else { return hear(message) }
        let header = header.flatMap { name -> UnsafePointer<CChar>? in
            var value: UnsafePointer<CChar>?
            return natsMsgHeader_Get(message, name, &value) == NATS_OK ? value : nil
        }
        change { state in
            guard state.end == nil else { return false }
            state.lastHeard = Monotonic.now()
            guard mark.consumerSequence == state.consumerSequence else {
                state.end = .broken(NATSFailure(.connection, "messages were lost on their way; reading them again"))
                return true
            }
            state.consumerSequence += 1
            if state.outstanding > 0 { state.outstanding -= 1 }
            append(message, mark, header, to: &state)
            return true
        }
    }

    private func append(
        _ message: OpaquePointer, _ mark: DeliveryMark, _ header: UnsafePointer<CChar>?, to state: inout State
    ) {
        if isWhole, state.next > 0, mark.sequence > state.next {
            state.batch.gaps.append(
                MessageBatch.Gap(
                    from: state.next, through: mark.sequence - 1, before: state.batch.messages.count, isExact: true))
        }
        state.next = mark.sequence &+ 1
        var start = state.batch.bytes.count
        func range() -> Range<Int> {
            defer { start = state.batch.bytes.count }
            return start..<state.batch.bytes.count
        }
        var subject = 0..<0
        if let text = natsMsg_GetSubject(message) {
            let bytes = UnsafeRawBufferPointer(start: text, count: strlen(text))
            if let last = state.batch.messages.last?.subject, last.count == bytes.count,
                state.batch.bytes[last].elementsEqual(bytes)
            {
                subject = last
            } else {
                state.batch.bytes.append(contentsOf: bytes)
                subject = range()
            }
        }
        if let header {
            state.batch.bytes.append(contentsOf: UnsafeRawBufferPointer(start: header, count: strlen(header)))
        }
        let headerRange = range()
        let count = Int(natsMsg_GetDataLength(message))
        if count > 0, let data = natsMsg_GetData(message) {
            state.batch.bytes.append(contentsOf: UnsafeRawBufferPointer(start: data, count: count))
        }
        state.batch.messages.append(
            MessageBatch.Message(
                subject: subject, payload: range(), header: headerRange, sequence: mark.sequence,
                nanoseconds: mark.nanoseconds, pending: mark.pending))
    }

    /// Takes a word of the server: a heartbeat, the end of a pull, the end of the consumer.
    private func hear(_ message: OpaquePointer) {
        guard let status = MessageBytes.header(message, "Status") else { return }
        let words = MessageBytes.header(message, "Description") ?? ""
        let left = MessageBytes.header(message, "Nats-Pending-Messages").flatMap { Int($0) }
        change { state in
            state.lastHeard = Monotonic.now()
            guard state.end == nil else { return false }
            switch status {
            case "100": return false
            case "404", "408": state.outstanding = left.map { max(0, state.outstanding - $0) } ?? 0
            case "409" where words.contains("MaxBytes") || words.contains("Batch Completed"): state.outstanding = 0
            case "409" where words.contains("Exceeded"):
                state.end = .refused(NATSFailure(.refused, "the consumer refuses the pull: \(words)"))
            case "503":
                state.end = .broken(NATSFailure(.noResponders, "the consumer is gone; making another"))
            default:
                state.end = .broken(
                    NATSFailure(.unavailable, "the consumer ended (\(status) \(words)); making another"))
            }
            return true
        }
    }

    /// Ends the queue: nothing comes over this connection any more.
    func breakOff(_ failure: NATSFailure) {
        change { state in
            if state.end == nil { state.end = .broken(failure) }
            return true
        }
    }

    /// Notes a pull.
    func asked(for count: Int) {
        state.withLock { state in
            state.outstanding += count
            state.lastHeard = Monotonic.now()
        }
    }

    /// Hands over what came, in exchange for an empty batch.
    func exchange(_ batch: inout MessageBatch) -> Taken {
        state.withLock { state in
            swap(&batch, &state.batch)
            return Taken(end: state.end, outstanding: state.outstanding, lastHeard: state.lastHeard)
        }
    }

    /// Waits until something is there, at most so long.
    func wait(_ microseconds: Int64) async {
        guard microseconds > 0 else { return }
        let deadline = Monotonic.deadline(after: microseconds)
        let timer = Task {
            // Again and again: it may come before there is anybody to wake.
            while !Task.isCancelled {
                await Monotonic.sleep(max(1_000, deadline - Monotonic.now()))
                self.change { _ in true }
            }
        }
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isOver = state.withLock { state in
                    if !state.batch.isEmpty || state.end != nil || Task.isCancelled || Monotonic.now() >= deadline {
                        return true
                    }
                    state.waiter = continuation
                    return false
                }
                if isOver { continuation.resume() }
            }
        } onCancel: {
            change { _ in true }
        }
        timer.cancel()
    }

    /// Changes the state and wakes the reader if the change says so.
    private func change(_ change: (inout State) -> Bool) {
        let waiter: CheckedContinuation<Void, Never>? = state.withLock { state in
            guard change(&state) else { return nil }
            defer { state.waiter = nil }
            return state.waiter
        }
        waiter?.resume()
    }
}
#endif
