#if Server
import FoundationEssentials

/// What messages to a receiver are signed with: `whsec_` and 24 to 64 bytes in base64. It has no description, so that it
/// stands in no log.
///
/// Source: Standard Webhooks, "Signature scheme".
struct WebhookSecret: Hashable, Sendable, CustomStringConvertible {
    /// The bytes.
    let bytes: [UInt8]
    private static let prefix = "whsec_"
    private static let sizes = 24...64

    /// Takes bytes that were kept.
    init(bytes: [UInt8]) { self.bytes = bytes }

    /// Makes a new one of 32 random bytes.
    static func random() -> WebhookSecret { WebhookSecret(bytes: randomBytes(32)) }

    /// Bytes that nobody can guess, from the system.
    static func randomBytes(_ count: Int) -> [UInt8] {
        var generator = SystemRandomNumberGenerator()
        return (0..<count).map { _ in UInt8.random(in: 0...255, using: &generator) }
    }

    /// Reads a secret.
    ///
    /// - Throws: ``Problem`` (400) that does not repeat it.
    init(_ text: String, field: String = "destination.secret") throws(Problem) {
        guard text.hasPrefix(Self.prefix), let data = Data(base64Encoded: String(text.dropFirst(Self.prefix.count))),
            Self.sizes.contains(data.count)
        else {
            throw .invalid(
                field, "expected whsec_ and 24 to 64 bytes in base64",
                remedy: "leave it out, and the answer has a new one")
        }
        bytes = [UInt8](data)
    }

    /// The secret as it is shown once.
    var text: String { Self.prefix + Data(bytes).base64EncodedString() }

    /// Says nothing of it.
    var description: String { "whsec_…" }
}
#endif
