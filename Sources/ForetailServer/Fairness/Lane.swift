#if Server
/// Whose work something is, where many share a thread: each lane gets its turn, however much the others wait for.
struct Lane: Hashable, Sendable {
    private enum Owner: Hashable, Sendable {
        case server
        case stream(ObjectIdentifier)
        case tenant(String)
    }

    private let owner: Owner
    /// Which of the owner's streams; nil: all of them.
    private let stream: ObjectIdentifier?

    /// The server's own: control calls that are about no stream.
    static let server = Lane(owner: .server, stream: nil)

    /// A stream's.
    static func stream(_ host: StreamHost) -> Lane {
        let stream = ObjectIdentifier(host)
        return Lane(owner: host.owner.map(Owner.tenant) ?? .stream(stream), stream: stream)
    }

    /// The lane of all streams of the same tenant; a stream that is nobody's is alone in it.
    var whole: Lane { Lane(owner: owner, stream: nil) }
}
#endif
