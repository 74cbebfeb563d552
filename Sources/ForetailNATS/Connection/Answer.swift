#if NATS
import CNATS
import Synchronization

/// What came back: a reply's bytes, and the status line that servers put in place of one.
struct Reply: Sendable {
    var bytes: [UInt8]
    var isNoResponders: Bool
}

/// One awaited reply, resumed once: by the reply, by time, by a broken connection, or by cancellation.
final class Answer: Sendable {
    private enum State {
        case waiting(CheckedContinuation<Result<Reply, NATSFailure>, Never>?)
        case done(Result<Reply, NATSFailure>?)
    }

    private let state = Mutex<State>(.waiting(nil))

    /// Takes the reply.
    func take(_ message: OpaquePointer) {
        end(.success(Reply(bytes: MessageBytes.payload(message), isNoResponders: natsMsg_IsNoResponders(message))))
    }

    /// Ends the waiting; only the first end counts.
    func end(_ result: Result<Reply, NATSFailure>) {
        let continuation: CheckedContinuation<Result<Reply, NATSFailure>, Never>? = state.withLock { state in
            guard case .waiting(let continuation) = state else { return nil }
            state = .done(continuation == nil ? result : nil)
            return continuation
        }
        continuation?.resume(returning: result)
    }

    /// Waits for the end.
    func wait() async -> Result<Reply, NATSFailure> {
        await withCheckedContinuation { continuation in
            let result: Result<Reply, NATSFailure>? = state.withLock { state in
                if case .done(let result) = state { return result }
                state = .waiting(continuation)
                return nil
            }
            if let result { continuation.resume(returning: result) }
        }
    }
}

/// Bytes out of a message of the library.
enum MessageBytes {
    static func payload(_ message: OpaquePointer) -> [UInt8] {
        let count = Int(natsMsg_GetDataLength(message))
        guard count > 0, let start = natsMsg_GetData(message) else { return [] }
        return Array(UnsafeRawBufferPointer(start: start, count: count))
    }

    /// A header's value; nil: there is none of that name.
    static func header(_ message: OpaquePointer, _ name: String) -> String? {
        var value: UnsafePointer<CChar>?
        guard natsMsgHeader_Get(message, name, &value) == NATS_OK, let value else { return nil }
        return String(cString: value)
    }
}
#endif
