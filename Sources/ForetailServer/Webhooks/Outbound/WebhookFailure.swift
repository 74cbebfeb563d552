#if Server
/// Why a receiver did not take what was sent.
struct WebhookFailure: Error, Hashable, Sendable {
    /// What kind of failure it is.
    enum Kind: String, Sendable {
        /// The name has no address, or nobody could be asked.
        case unresolved
        /// All its addresses are refused.
        case refused
        /// No connection.
        case connection
        /// The certificate, or what else TLS asks for.
        case tls
        /// No whole answer in time.
        case timeout
        /// The answer broke off or is none of HTTP.
        case broken
        /// It answered with a redirection, which is not followed.
        case redirect
        /// It answered with another status than 2xx.
        case status
        /// It wants no more: 410.
        case gone
        /// The server is on its way out, or the request was removed.
        case cancelled
    }

    var kind: Kind
    /// A sentence that names the receiver; nothing of what it answered but numbers.
    var detail: String
    /// What helps.
    var remedy: String?
    /// The status, where there was an answer.
    var status: Int?
    /// What the receiver asks to wait, in microseconds.
    var retryAfter: Int64?

    init(_ kind: Kind, _ detail: String, remedy: String? = nil) {
        self.kind = kind
        self.detail = detail
        self.remedy = remedy
    }

    /// Whether the receiver as a whole is unwell, so that its other requests need not try.
    var isOfReceiver: Bool {
        switch kind {
        case .connection, .tls, .timeout, .broken: true
        case .status: (status ?? 0) >= 500
        case .unresolved, .refused, .redirect, .gone, .cancelled: false
        }
    }
}
#endif
