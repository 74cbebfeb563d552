#if Server
import Crypto
package import FieldExtraction
package import ForetailSQLite

/// A token as its owner has it: `tk_`, ten hexadecimal digits that may be logged, and 256 random bits. It has no description,
/// so that it stands in no log.
///
/// What is kept of it is its SHA-256. A slow hash is for passwords that people choose: nobody can try 2²⁵⁶ tokens.
package struct TokenSecret: Sendable, CustomStringConvertible {
    /// The part that names it.
    package let id: String
    /// All of it, to be shown once.
    package let text: String

    private static let prefix = "tk_"
    private static let idDigits = 10
    private static let secretDigits = 64

    /// Makes a new one.
    package static func random() -> TokenSecret {
        let id = prefix + hexadecimal(WebhookSecret.randomBytes(idDigits / 2))
        return TokenSecret(id: id, text: "\(id)_\(hexadecimal(WebhookSecret.randomBytes(secretDigits / 2)))")
    }

    private init(id: String, text: String) {
        self.id = id
        self.text = text
    }

    /// Reads a token; nil for what cannot be one.
    package init?(_ text: String) {
        let bytes = Array(text.utf8)
        let idEnd = Self.prefix.utf8.count + Self.idDigits
        guard bytes.count == idEnd + 1 + Self.secretDigits, text.hasPrefix(Self.prefix),
            bytes[idEnd] == UInt8(ascii: "_"),
            bytes[Self.prefix.utf8.count..<idEnd].allSatisfy(Self.isDigit),
            bytes[(idEnd + 1)...].allSatisfy(Self.isDigit)
        else { return nil }
        id = String(decoding: bytes[..<idEnd], as: UTF8.self)
        self.text = text
    }

    /// Whether a text can be the id of a token.
    static func isID(_ text: String) -> Bool {
        text.hasPrefix(prefix) && text.utf8.count == prefix.utf8.count + idDigits
            && text.utf8.dropFirst(prefix.utf8.count).allSatisfy(isDigit)
    }

    /// What is kept of it.
    package var hash: [UInt8] { Array(SHA256.hash(data: Array(text.utf8))) }

    /// Whether a hash is that of this token. Takes as long wherever they differ.
    func matches(_ other: [UInt8]) -> Bool {
        let own = hash
        guard own.count == other.count else { return false }
        var difference: UInt8 = 0
        for place in own.indices { difference |= own[place] ^ other[place] }
        return difference == 0
    }

    /// The entry of a new token in the catalogue.
    package func stored(_ definition: TokenDefinition, created: Timestamp) -> StoredToken {
        StoredToken(
            id: id, name: definition.name, hash: hash, definition: definition.text, created: created,
            expires: definition.expires)
    }

    /// Its id.
    package var description: String { id }

    private static func isDigit(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains(byte)
    }

    static func hexadecimal(_ bytes: [UInt8]) -> String {
        let digits = Array("0123456789abcdef".utf8)
        return String(decoding: bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
    }
}
#endif
