#if Server
/// What a token may do with the streams it covers.
package enum AccessScope: String, CaseIterable, Sendable {
    /// Read: events, their past, what is expected of them, tail requests.
    case read
    /// Write events. With `read`: register, change and remove tail requests as well.
    case write
    /// Everything, streams made and removed among it; over all streams also tokens.
    case admin
}
#endif
