#if Server
import HTTPTypes
import Hummingbird
import HummingbirdCore
import Logging
import NIOCore
import NIOHTTP1
import NIOSSL

/// How a connection is set up: counted, TLS where there is a certificate, the gates, then HTTP.
///
///     bytes ─► TLS ─► ByteGate ─► HTTP/1.1 ─► RequestGate ─► requests
///                     time of heads            size of heads, time of bodies, syntax
struct EdgeChannel: ServerChildChannel {
    typealias Value = HTTP1Channel.Value

    private let base: HTTP1Channel
    private let limits: ServerLimits
    private let ledger: ConnectionLedger
    private let certificates: CertificateStore?

    init(
        responder: @escaping HTTPChannelHandler.Responder, limits: ServerLimits, ledger: ConnectionLedger,
        certificates: CertificateStore?
    ) {
        // The parser stops somewhat behind the limits: what lies between them gets an answer that names the limit.
        let decoder = HTTP1Channel.Configuration.DecoderConfiguration(
            maxHeaderFieldSize: max(limits.targetBytes, limits.headerBytes) + Self.slack,
            maxHeaderListSize: limits.targetBytes + limits.headerBytes + Self.slack,
            maxHeaderFieldCount: limits.headers + 16)
        base = HTTP1Channel(
            responder: responder,
            configuration: .init(idleTimeout: .seconds(Int64(limits.idleSeconds)), httpDecoderConfiguration: decoder))
        self.limits = limits
        self.ledger = ledger
        self.certificates = certificates
    }

    private static let slack = 4_096

    func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<Value> {
        let address = channel.remoteAddress?.ipAddress.flatMap { InternetAddress($0) }
        let refusal = ledger.enter(address)
        if refusal == nil {
            let ledger = ledger
            channel.closeFuture.whenComplete { _ in ledger.leave(address) }
        }
        let (base, limits, ledger) = (base, limits, ledger)
        let context = certificates?.context
        return channel.eventLoop.makeCompletedFuture {
            let pipeline = channel.pipeline.syncOperations
            // A refusal is told in clear or not at all: keys are not exchanged for it.
            if let context, refusal == nil { try pipeline.addHandler(NIOSSLServerHandler(context: context)) }
            try pipeline.addHandler(
                ByteGate(limits: limits, refusal: refusal, isSecure: context != nil))
        }.flatMap {
            base.setup(channel: channel, logger: logger)
        }.flatMapThrowing { value in
            let pipeline = channel.pipeline.syncOperations
            let gate = RequestGate(
                limits: limits, ledger: ledger, bytes: try pipeline.handler(type: ByteGate.self))
            let parser = try pipeline.handler(type: ByteToMessageHandler<HTTPRequestDecoder>.self)
            try pipeline.addHandler(gate, position: .after(parser))
            return value
        }
    }

    func handle(value: Value, logger: Logger) async { await base.handle(value: value, logger: logger) }
}
#endif
