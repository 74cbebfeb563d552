#if NATS
import CNATS

/// What the library's status codes say.
enum LibraryStatus {
    /// A failure out of a status code.
    ///
    /// - Parameter doing: What was tried, as the beginning of a sentence: `connecting to nats://…`.
    static func failure(_ status: natsStatus, _ doing: String) -> NATSFailure {
        let text = String(cString: natsStatus_GetText(status))
        var detail = text
        if let last = nats_GetLastError(nil) {
            let words = String(cString: last)
            if !words.isEmpty, words != text { detail += ": \(words)" }
        }
        switch status {
        case NATS_CONNECTION_AUTH_FAILED, NATS_NOT_PERMITTED:
            return NATSFailure(.authentication, "\(doing): \(detail); check user, token or credentials file")
        case NATS_SECURE_CONNECTION_REQUIRED:
            return NATSFailure(.connection, "\(doing): the server wants TLS; write tls:// in the address")
        case NATS_SECURE_CONNECTION_WANTED:
            return NATSFailure(
                .connection,
                "\(doing): the server speaks no TLS, and tls:// or a file of certificates asks for it; check the address, or "
                    + "give the server a certificate")
        case NATS_TIMEOUT: return NATSFailure(.timeout, "\(doing): no answer in time")
        case NATS_NO_RESPONDERS: return NATSFailure(.noResponders, "\(doing): nobody answers to that subject")
        case NATS_CONNECTION_CLOSED: return NATSFailure(.closed, "\(doing): the connection is closed")
        case NATS_MAX_PAYLOAD:
            return NATSFailure(
                .tooLarge, "\(doing): the message is larger than the server takes; raise its 'max_payload'")
        case NATS_INVALID_SUBJECT:
            return NATSFailure(.refused, "\(doing): no subject of NATS; tokens between dots must not be empty")
        case NATS_NO_SERVER:
            return NATSFailure(.connection, "\(doing): \(detail); check that a server listens there")
        case NATS_INSUFFICIENT_BUFFER:
            return NATSFailure(.connection, "\(doing): no server is connected at the moment")
        default: return NATSFailure(.connection, "\(doing): \(detail)")
        }
    }
}
#endif
