#if NATS
import CNATS

// The library calls these on its own threads. They are named functions: a closure as C callback with a loop in it crashes
// the compiler (Swift 6.3.1).

private func hub(_ closure: UnsafeMutableRawPointer) -> ConnectionHub {
    Unmanaged<ConnectionHub>.fromOpaque(closure).takeUnretainedValue()
}

func natsInboxArrived(
    _ connection: OpaquePointer?, _ subscription: OpaquePointer?, _ message: OpaquePointer?,
    _ closure: UnsafeMutableRawPointer?
) {
    if let closure, let message { hub(closure).arrived(message) }
    natsMsg_Destroy(message)
}

func natsDeliveryArrived(
    _ connection: OpaquePointer?, _ subscription: OpaquePointer?, _ message: OpaquePointer?,
    _ closure: UnsafeMutableRawPointer?
) {
    if let closure, let message {
        Unmanaged<DeliveryQueue>.fromOpaque(closure).takeUnretainedValue().take(message)
    }
    natsMsg_Destroy(message)
}

func natsQuestionArrived(
    _ connection: OpaquePointer?, _ subscription: OpaquePointer?, _ message: OpaquePointer?,
    _ closure: UnsafeMutableRawPointer?
) {
    if let closure, let message {
        Unmanaged<QuestionDesk>.fromOpaque(closure).takeUnretainedValue().take(message)
    }
    natsMsg_Destroy(message)
}

/// The last call for the inbox: gives back what it held.
func natsInboxEnded(_ closure: UnsafeMutableRawPointer?) {
    if let closure { Unmanaged<ConnectionHub>.fromOpaque(closure).release() }
}

func natsConnectionBroke(_ connection: OpaquePointer?, _ closure: UnsafeMutableRawPointer?) {
    guard let closure else { return }
    var text: UnsafePointer<CChar>?
    var words = "the connection broke"
    if natsConnection_GetLastError(connection, &text) != NATS_OK, let text, text.pointee != 0 {
        words += " (\(String(cString: text)))"
    }
    hub(closure).disconnected(NATSFailure(.connection, "NATS: \(words); connecting again"), isClosed: false)
}

func natsConnectionMade(_ connection: OpaquePointer?, _ closure: UnsafeMutableRawPointer?) {
    if let closure { hub(closure).connected(to: NATSConnection.server(of: connection), isFirst: false) }
}

/// The last call for a connection: gives back what it held.
func natsConnectionClosed(_ connection: OpaquePointer?, _ closure: UnsafeMutableRawPointer?) {
    guard let closure else { return }
    let hub = Unmanaged<ConnectionHub>.fromOpaque(closure).takeRetainedValue()
    hub.disconnected(NATSFailure(.closed, "NATS: the connection is closed"), isClosed: true)
}

func natsConnectionComplained(
    _ connection: OpaquePointer?, _ subscription: OpaquePointer?, _ status: natsStatus,
    _ closure: UnsafeMutableRawPointer?
) {
    guard let closure else { return }
    var text: UnsafePointer<CChar>?
    _ = natsConnection_GetLastError(connection, &text)
    let words = text.map { String(cString: $0) } ?? ""
    let failure = LibraryStatus.failure(status, "NATS" + (words.isEmpty ? "" : ", \(words)"))
    hub(closure).complained(failure)
}
#endif
