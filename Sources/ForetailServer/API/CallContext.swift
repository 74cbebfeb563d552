#if Server
import Hummingbird
import NIOCore

/// What is known of a call besides its request.
struct CallContext: RequestContext {
    var coreContext: CoreRequestContextStorage
    /// The address of the connection's other side, without a port; nil where it has none.
    let address: String?

    init(source: ApplicationRequestContextSource) {
        coreContext = .init(source: source)
        address = source.channel.remoteAddress?.ipAddress
    }
}
#endif
