#if Server
/// Whose work something is, where many share a thread: each lane gets its turn, however much the others wait for.
struct Lane: Hashable, Sendable {
    private enum Owner: Hashable, Sendable {
        case server
        case stream(ObjectIdentifier)
        case tenant(String)
    }

    private let owner: Owner

    /// The server's own: control calls that are about no stream.
    static let server = Lane(owner: .server)

    /// A stream's: its tenant's, with all that tenant's streams, or its own where it is nobody's.
    static func stream(_ host: StreamHost) -> Lane {
        Lane(owner: host.owner.map(Owner.tenant) ?? .stream(ObjectIdentifier(host)))
    }
}
#endif
