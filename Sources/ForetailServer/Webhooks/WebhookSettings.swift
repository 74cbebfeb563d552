#if Server
/// How webhooks are sent, and the bounds of what that may cost. Times are in microseconds.
public struct WebhookSettings: Sendable {
    /// Addresses beside those of the public Internet that may be connected to, also without TLS; empty: none.
    public var allow: [AddressBlock] = []
    /// A file of certificates (PEM) that are trusted beside the system's; empty: none.
    public var trustedCertificates = ""
    /// What one attempt may take, from looking up the name to the end of the answer.
    public var timeoutMicroseconds: Int64 = 30_000_000
    /// What making a connection may take.
    public var connectMicroseconds: Int64 = 5_000_000
    /// The bound of the first back-off; each further one is twice as long, and the wait is drawn from zero to the bound.
    public var retryMicroseconds: Int64 = 1_000_000
    /// The largest bound of a back-off.
    public var longestRetryMicroseconds: Int64 = 300_000_000
    /// The longest wait that a receiver may ask for with `Retry-After`.
    public var longestRetryAfterMicroseconds: Int64 = 3_600_000_000
    /// How long a batch is tried, unless the tail request says otherwise; then it is a dead letter.
    public var retryForMicroseconds: Int64 = 86_400_000_000
    /// Failures in a row after which a receiver is left alone for a while.
    public var breakerFailures = 5
    /// How long it is left alone first; each time that the probe fails, twice as long.
    public var breakerMicroseconds: Int64 = 5_000_000
    /// The longest time that it is left alone.
    public var longestBreakerMicroseconds: Int64 = 300_000_000
    /// Attempts under way to one receiver (host and port) at a time.
    public var receiverAttempts = 8
    /// Bytes of bodies on their way to one receiver.
    public var receiverBytes = 8 << 20
    /// Bytes of an answer that are read; then the connection is closed.
    public var answerBytes = 64 << 10
    /// Dead letters kept.
    public var deadLetters = 10_000
    /// Bytes of dead letters kept.
    public var deadLetterBytes = 256 << 20
    /// Predictions and outcomes of one tail request that wait to be sent; those that come then are dropped.
    public var perishableRecords = 1_024

    /// Creates the default settings.
    public init() {}
}
#endif
