#if Server
import Crypto
import Foretail
import FoundationEssentials

/// Ids and signatures of messages.
///
/// Source: Standard Webhooks, "Webhook metadata" and "Signature scheme"; HMAC by RFC 2104, SHA-256 by FIPS 180-4.
enum WebhookSignature {
    /// The value of `webhook-signature`: of each secret `v1,` and the base64 of HMAC-SHA256 over id, time and body with dots
    /// between, the signatures with a space between.
    static func value(id: String, seconds: Int64, body: [UInt8], secrets: [WebhookSecret]) -> String {
        secrets.map { value(id: id, seconds: seconds, body: body, secret: $0) }.joined(separator: " ")
    }

    private static func value(id: String, seconds: Int64, body: [UInt8], secret: WebhookSecret) -> String {
        var code = HMAC<SHA256>(key: SymmetricKey(data: secret.bytes))
        code.update(data: Array("\(id).\(seconds).".utf8))
        code.update(data: body)
        return "v1," + Data(code.finalize()).base64EncodedString()
    }

    /// The id of a batch: the same for the same records of a tail request, different for any others, on any server.
    ///
    /// - Parameter salt: Random bytes of the tail request.
    static func id(salt: [UInt8], first: Position, last: Position, records: Int, body: [UInt8]) -> String {
        var hash = SHA256()
        hash.update(data: salt)
        hash.update(data: Array("\(first)|\(last)|\(records)|".utf8))
        hash.update(data: body)
        return "msg_"
            + hash.finalize().prefix(16).map { byte in
                let digits = String(byte, radix: 16)
                return byte < 16 ? "0" + digits : digits
            }.joined()
    }
}
#endif
