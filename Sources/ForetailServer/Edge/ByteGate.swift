#if Server
import HTTPTypes
import NIOCore

/// Looks at a connection's bytes before anybody reads them: when a head begins, and whether its first line has ended.
///
/// The parser tells of a head when it is whole. Whoever sends one byte a minute is only seen here.
final class ByteGate: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer
    typealias OutboundOut = ByteBuffer

    /// Where in a request the connection is.
    private enum Phase {
        /// Before the first byte of a request; silence is bounded by `limits.idleSeconds`.
        case between
        case head
        case body
    }

    private let limits: ServerLimits
    private let refusal: ConnectionLedger.Refusal?
    private let isSecure: Bool
    private var phase = Phase.between
    /// When what is under way has to be done, and what it is; nil: nothing is timed.
    private var deadline: (time: NIODeadline, refusal: ConnectionLedger.Refusal)?
    /// One timer for all of a connection's requests: it looks at ``deadline`` when it fires, and is set anew if need be. To take a
    /// timer back costs a search among those of all connections.
    private var timer: (task: Scheduled<Void>, time: NIODeadline)?
    /// Whether the head that is being read has come to the end of its first line.
    private(set) var hasRequestLine = false
    /// Whether what comes is dropped: the connection is on its way to its end.
    var isDropping = false
    /// What to do when a time is over.
    var onTimeout: ((ConnectionLedger.Refusal) -> Void)?

    init(limits: ServerLimits, refusal: ConnectionLedger.Refusal?, isSecure: Bool) {
        self.limits = limits
        self.refusal = refusal
        self.isSecure = isSecure
        isDropping = refusal != nil
    }

    func channelActive(context: ChannelHandlerContext) {
        if let refusal {
            if !isSecure {
                context.writeAndFlush(
                    wrapOutboundOut(context.channel.allocator.buffer(string: Self.text(refusal))), promise: nil)
            }
            context.close(promise: nil)
            return
        }
        context.fireChannelActive()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard !isDropping else { return }
        if phase == .between {
            phase = .head
            hasRequestLine = false
            arm(context.eventLoop, seconds: limits.headSeconds, .headTime)
        }
        if phase == .head, !hasRequestLine {
            hasRequestLine = unwrapInboundIn(data).readableBytesView.contains(UInt8(ascii: "\n"))
        }
        context.fireChannelRead(data)
    }

    func channelInactive(context: ChannelHandlerContext) {
        disarm()
        timer?.task.cancel()
        timer = nil
        onTimeout = nil
        context.fireChannelInactive()
    }

    /// The head of a request is whole.
    func noteHead(_ eventLoop: any EventLoop) {
        phase = .body
        arm(eventLoop, seconds: limits.bodySeconds, .bodyTime)
    }

    /// A request is whole.
    func noteEnd() {
        phase = .between
        disarm()
    }

    /// Nothing more is timed.
    func disarm() { deadline = nil }

    private func arm(_ eventLoop: any EventLoop, seconds: Int, _ refusal: ConnectionLedger.Refusal) {
        let time = NIODeadline.now() + .seconds(Int64(seconds))
        deadline = (time, refusal)
        schedule(eventLoop, at: time)
    }

    private func schedule(_ eventLoop: any EventLoop, at time: NIODeadline) {
        if let timer {
            guard time < timer.time else { return }
            timer.task.cancel()
        }
        let task = eventLoop.assumeIsolated().scheduleTask(deadline: time) { [weak self] () -> Void in
            self?.fire(eventLoop)
        }
        timer = (task, time)
    }

    private func fire(_ eventLoop: any EventLoop) {
        timer = nil
        guard let deadline else { return }
        guard deadline.time <= NIODeadline.now() else { return schedule(eventLoop, at: deadline.time) }
        self.deadline = nil
        onTimeout?(deadline.refusal)
    }

    /// The whole answer to a connection that is one too many.
    private static func text(_ refusal: ConnectionLedger.Refusal) -> String {
        var problem = Problem(
            .serviceUnavailable, "connections", "more connections than the limit limits.\(refusal.rawValue) allows",
            remedy: "close connections that are not needed, or raise the limit")
        problem.retryAfter = 5
        let body = String(decoding: problem.document(requestID: nil).bytes, as: UTF8.self)
        return "HTTP/1.1 503 Service Unavailable\r\nContent-Type: application/problem+json\r\nContent-Length: "
            + "\(body.utf8.count)\r\nRetry-After: 5\r\nConnection: close\r\n\r\n\(body)"
    }
}
#endif
