#if Server
import FieldExtraction
import Foretail
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL
import Synchronization

@testable import ForetailServer

/// A receiver of webhooks on loopback that does what a test wants.
final class TestReceiver: Sendable {
    /// A message that came.
    struct Message: Sendable {
        var path: String
        var headers: [String: String]
        var body: [UInt8]

        var id: String { headers["webhook-id"] ?? "" }
        /// The records in it.
        var records: [JSONValue] {
            let events = try? JSONValue(parsing: body, limits: ScanLimits(fields: 1 << 20))
            return (events?.elements ?? []).compactMap { $0["data"] }
        }
    }

    /// What is answered.
    enum Answer: Sendable {
        case status(Int, [(String, String)] = [])
        /// Nothing, ever.
        case never
        /// A success whose body does not end.
        case endless(Int)
        /// Bytes that are no HTTP.
        case garbage
        /// Closes after the head and half of the body.
        case cut(Int)
        /// Closes without a word.
        case close
    }

    let port: Int
    private let channel: any Channel
    private let received = Mutex<[Message]>([])
    private let answer: @Sendable (Int, Message) -> Answer

    /// All that came, in order.
    var messages: [Message] { received.withLock { $0 } }

    /// - Parameter answer: What is answered to a message, by its number from 0.
    static func start(
        isSecure: Bool = false, _ answer: @escaping @Sendable (Int, Message) -> Answer = { _, _ in .status(200) }
    ) async throws -> TestReceiver {
        var tls: NIOSSLContext?
        if isSecure {
            let certificates = try NIOSSLCertificate.fromPEMBytes(Array(TestCertificate.certificate.utf8))
            let key = try NIOSSLPrivateKey(bytes: Array(TestCertificate.key.utf8), format: .pem)
            tls = try NIOSSLContext(
                configuration: .makeServerConfiguration(
                    certificateChain: certificates.map { .certificate($0) }, privateKey: .privateKey(key)))
        }
        let context = tls
        let shared = Place()
        let channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .serverChannelOption(.backlog, value: 256)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    if let context {
                        try channel.pipeline.syncOperations.addHandler(NIOSSLServerHandler(context: context))
                    }
                    try channel.pipeline.syncOperations.configureHTTPServerPipeline(withErrorHandling: false)
                    try channel.pipeline.syncOperations.addHandler(Handler(shared))
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        let receiver = TestReceiver(channel: channel, answer: answer)
        shared.set(receiver)
        return receiver
    }

    private init(channel: any Channel, answer: @escaping @Sendable (Int, Message) -> Answer) {
        self.channel = channel
        self.answer = answer
        port = channel.localAddress?.port ?? 0
    }

    /// Ends it.
    func stop() async { try? await channel.close() }

    /// Where messages are sent to.
    var url: String { "http://127.0.0.1:\(port)/hook" }

    fileprivate func take(_ message: Message) -> Answer {
        let number = received.withLock { messages -> Int in
            messages.append(message)
            return messages.count - 1
        }
        return answer(number, message)
    }

    /// Waits until what came is what is meant.
    func wait(seconds: Int = 60, until isMeant: ([Message]) -> Bool) async throws -> Bool {
        for _ in 0..<seconds * 100 {
            if isMeant(messages) { return true }
            try await Task.sleep(for: .milliseconds(10))
        }
        return false
    }
}

/// The receiver, for handlers that are made before it is.
private final class Place: Sendable {
    private let value = Mutex<TestReceiver?>(nil)
    func set(_ receiver: TestReceiver) { value.withLock { $0 = receiver } }
    var receiver: TestReceiver? { value.withLock { $0 } }
}

/// One connection.
private final class Handler: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    private let place: Place
    private var message = TestReceiver.Message(path: "", headers: [:], body: [])

    init(_ place: Place) { self.place = place }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head):
            message = TestReceiver.Message(path: head.uri, headers: [:], body: [])
            for (name, value) in head.headers { message.headers[name.lowercased()] = value }
        case .body(let bytes): message.body += Array(bytes.readableBytesView)
        case .end:
            guard let receiver = place.receiver else { return context.close(promise: nil) }
            reply(receiver.take(message), context)
        }
    }

    private func reply(_ answer: TestReceiver.Answer, _ context: ChannelHandlerContext) {
        switch answer {
        case .status(let status, let fields):
            head(status, fields + [("content-length", "0")], context)
            context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
        case .never: return
        case .close: context.close(promise: nil)
        case .garbage:
            raw("\u{1}\u{2}this is no HTTP\r\n\r\n", context)
            context.close(promise: nil)
        case .cut(let status):
            head(status, [("content-length", "1000")], context)
            context.writeAndFlush(wrapOutboundOut(.body(.byteBuffer(ByteBuffer(string: "half"))))).assumeIsolated()
                .whenComplete { _ in context.close(promise: nil) }
        case .endless(let status):
            head(status, [("transfer-encoding", "chunked")], context)
            pour(context)
        }
    }

    private func pour(_ context: ChannelHandlerContext) {
        guard context.channel.isActive else { return }
        let piece = ByteBuffer(repeating: UInt8(ascii: "x"), count: 8_192)
        context.writeAndFlush(wrapOutboundOut(.body(.byteBuffer(piece)))).assumeIsolated().whenSuccess { _ in
            self.pour(context)
        }
    }

    private func head(_ status: Int, _ fields: [(String, String)], _ context: ChannelHandlerContext) {
        context.write(
            wrapOutboundOut(
                .head(
                    HTTPResponseHead(version: .http1_1, status: .init(statusCode: status), headers: HTTPHeaders(fields))
                )),
            promise: nil)
    }

    private func raw(_ text: String, _ context: ChannelHandlerContext) {
        // Past the encoder of HTTP.
        guard let first = try? context.pipeline.syncOperations.context(handlerType: HTTPResponseEncoder.self) else {
            return
        }
        first.writeAndFlush(NIOAny(ByteBuffer(string: text)), promise: nil)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
}

/// A resolver that a test answers for.
final class ScriptedResolver: HostResolver {
    private let answers: @Sendable (String, Int) -> [String]
    private let asked = Mutex<[String]>([])

    /// - Parameter answers: The addresses of a name, by how often somebody asked before.
    init(_ answers: @escaping @Sendable (String, Int) -> [String]) { self.answers = answers }

    /// The names that were asked for.
    var questions: [String] { asked.withLock { $0 } }

    func addresses(of host: String) async throws(WebhookFailure) -> [InternetAddress] {
        let number = asked.withLock { asked -> Int in
            asked.append(host)
            return asked.count - 1
        }
        return answers(host, number).compactMap { InternetAddress($0) }
    }
}
#endif
