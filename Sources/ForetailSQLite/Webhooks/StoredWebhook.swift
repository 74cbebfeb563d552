public import FieldExtraction
public import Foretail

/// What is kept of a tail request's webhook beside its definition.
public struct StoredWebhook: Hashable, Sendable {
    /// What its messages are signed with.
    public var secret: [UInt8]
    /// The secret before it; nil: there was none.
    public var previous: [UInt8]?
    /// Until when messages are signed with the previous one too.
    public var previousUntil = Timestamp(microseconds: 0)
    /// Random bytes that its message ids begin from, so that two servers never give the same.
    public var salt: [UInt8]
    /// Everything up to here was taken, or is a dead letter; nil: nothing yet.
    public var cursor: Position?
    /// Why nothing is sent any more; nil: it is.
    public var stopped: String?

    /// Signs with another secret from now on, and with the present one until then.
    public mutating func replaceSecret(_ secret: [UInt8], keepingPreviousUntil end: Timestamp) {
        guard secret != self.secret else { return }
        previous = self.secret
        previousUntil = end
        self.secret = secret
    }

    /// Creates an entry.
    public init(secret: [UInt8], salt: [UInt8], cursor: Position? = nil, stopped: String? = nil) {
        self.secret = secret
        self.salt = salt
        self.cursor = cursor
        self.stopped = stopped
    }
}
