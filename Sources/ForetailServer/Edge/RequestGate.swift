#if Server
import HTTPTypes
import NIOCore
import NIOHTTP1

/// Answers for what never becomes a request: heads that are too large or too slow, bodies that do not end, what is no HTTP.
///
/// It stands behind the parser. While nothing is being answered it writes a problem document and closes; in the middle of an
/// answer it only closes, since nobody could tell the two apart.
final class RequestGate: ChannelDuplexHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias InboundOut = HTTPServerRequestPart
    typealias OutboundIn = HTTPServerResponsePart
    typealias OutboundOut = HTTPServerResponsePart

    private let limits: ServerLimits
    private let ledger: ConnectionLedger
    private let bytes: ByteGate
    /// Requests whose answer has not ended.
    private var unanswered = 0
    private var isAnswering = false
    private var isClosing = false
    /// Seconds that the other side gets to read a refusal.
    private static let lingerSeconds: Int64 = 2

    init(limits: ServerLimits, ledger: ConnectionLedger, bytes: ByteGate) {
        self.limits = limits
        self.ledger = ledger
        self.bytes = bytes
    }

    func handlerAdded(context: ChannelHandlerContext) {
        let bound = NIOLoopBound((gate: self, context: context), eventLoop: context.eventLoop)
        bytes.onTimeout = { refusal in
            let (gate, context) = bound.value
            gate.timedOut(refusal, context)
        }
    }

    func handlerRemoved(context: ChannelHandlerContext) { bytes.onTimeout = nil }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard !isClosing else { return }
        switch unwrapInboundIn(data) {
        case .head(let head):
            bytes.noteHead(context.eventLoop)
            if let problem = Self.fault(of: head) {
                ledger.note(.syntax)
                return refuse(problem, context)
            }
            unanswered += 1
        case .body: break
        case .end: bytes.noteEnd()
        }
        context.fireChannelRead(data)
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        guard !isClosing else {
            promise?.fail(ChannelError.ioOnClosedChannel)
            return
        }
        switch unwrapOutboundIn(data) {
        case .head: isAnswering = true
        case .body: break
        case .end:
            isAnswering = false
            unanswered -= 1
        }
        context.write(data, promise: promise)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        guard !isClosing else { return }
        // In the middle of a body whoever reads it is told.
        guard let error = error as? HTTPParserError, unanswered == 0 else {
            context.fireErrorCaught(error)
            return
        }
        if case .headerOverflow = error {
            ledger.note(.headSize)
            let isTarget = !bytes.hasRequestLine
            refuse(
                isTarget ? .targetTooLong(limits.targetBytes) : .headTooLarge("limits.headerBytes", limits.headerBytes),
                context)
        } else {
            ledger.note(.syntax)
            refuse(
                Problem(
                    .badRequest, "syntax", "this is no HTTP/1.1 request: \(error)",
                    remedy: "send what RFC 9112 describes"), context)
        }
    }

    private func timedOut(_ refusal: ConnectionLedger.Refusal, _ context: ChannelHandlerContext) {
        guard !isClosing else { return }
        ledger.note(refusal)
        // A head is late while another request may be under way; a body belongs to the last one.
        let others = refusal == .bodyTime ? 1 : 0
        guard !isAnswering, unanswered <= others else {
            isClosing = true
            bytes.isDropping = true
            context.close(promise: nil)
            return
        }
        let (what, seconds) =
            refusal == .bodyTime ? ("body", limits.bodySeconds) : ("head", limits.headSeconds)
        var problem = Problem(
            .requestTimeout, "too-slow", "the \(what) of the request was not there within \(seconds) s",
            remedy: "send it faster, or in parts; the limit is limits.\(what)Seconds")
        problem.limit = Problem.Limit(name: "limits.\(what)Seconds", value: seconds)
        refuse(problem, context)
    }

    /// What is wrong with a head that the parser took; nil: nothing.
    ///
    /// Source: RFC 9112, 3.2 (exactly one Host) and 6.3 (a message that says its length in two ways).
    private static func fault(of head: HTTPRequestHead) -> Problem? {
        let hosts = head.headers["host"].count
        if hosts > 1 || hosts == 0 && head.version != .http1_0 {
            return Problem(
                .badRequest, "syntax", "expected one Host, not \(hosts)", field: "Host",
                remedy: "name the server once")
        }
        if head.headers.contains(name: "transfer-encoding"), head.headers.contains(name: "content-length") {
            return Problem(
                .badRequest, "syntax", "Content-Length and Transfer-Encoding say in two ways where the body ends",
                field: "Content-Length", remedy: "send one of them")
        }
        return nil
    }

    private func refuse(_ problem: Problem, _ context: ChannelHandlerContext) {
        isClosing = true
        bytes.isDropping = true
        bytes.disarm()
        let body = problem.document(requestID: nil).bytes
        let head = HTTPResponseHead(
            version: .http1_1, status: HTTPResponseStatus(statusCode: problem.status.code),
            headers: [
                "Content-Type": "application/problem+json", "Content-Length": String(body.count), "Connection": "close",
                "Server": "foretail",
            ])
        context.write(wrapOutboundOut(.head(head)), promise: nil)
        context.write(wrapOutboundOut(.body(.byteBuffer(ByteBuffer(bytes: body)))), promise: nil)
        context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
        context.close(mode: .output, promise: nil)
        // A connection that is closed under its sender takes the answer with it.
        let channel = context.channel
        context.eventLoop.scheduleTask(in: .seconds(Self.lingerSeconds)) { channel.close(promise: nil) }
    }
}

extension Problem {
    /// The path with its query is longer than is read.
    static func targetTooLong(_ limit: Int) -> Problem {
        var problem = Problem(
            .uriTooLong, "target-too-long", "path and query are longer than \(limit) bytes",
            remedy: "register a tail request, whose filter stands in its body, or raise limits.targetBytes")
        problem.limit = Limit(name: "limits.targetBytes", value: limit)
        return problem
    }

    /// The headers are more, or larger, than is read.
    static func headTooLarge(_ name: String, _ limit: Int) -> Problem {
        var problem = Problem(
            .requestHeaderFieldsTooLarge, "headers-too-large",
            name == "limits.headers" ? "more than \(limit) headers" : "headers of more than \(limit) bytes",
            remedy: "leave out headers that are not needed, or raise \(name)")
        problem.limit = Limit(name: name, value: limit)
        return problem
    }
}
#endif
