/// How a connection stands.
public struct NATSConnectionState: Hashable, Sendable {
    /// The phases of a connection.
    public enum Phase: String, Hashable, Sendable {
        /// A server is connected.
        case connected
        /// The connection broke; servers are tried one after another, for ever.
        case reconnecting
        /// The owner closed it; it is of no use any more.
        case closed
    }

    /// The phase it is in.
    public var phase = Phase.reconnecting
    /// The server it is connected to; nil while it is to none.
    public var server: String?
    /// How often it was connected anew.
    public var reconnects = 0
    /// What went wrong last: why the connection broke, or what a server complained of.
    public var lastError: NATSFailure?
}
