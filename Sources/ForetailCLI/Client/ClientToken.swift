#if Server
import Foretail

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// The token that commands call a server with: from a file, or from the environment. Never an argument, which every user of the
/// machine can read.
struct ClientToken: Sendable, CustomStringConvertible {
    /// The text.
    let text: String
    /// The variable that holds a token.
    static let variable = "FORETAIL_TOKEN"
    private static let largest = 4_096

    /// The token of a file, of the environment, or none.
    ///
    /// - Throws: ``BadAddress`` naming the file or the variable, and never what stands in it.
    static func given(file: String?) throws(BadAddress) -> ClientToken? {
        if let file {
            guard let text = read(file) else {
                throw BadAddress(message: "--token-file \(file): \(String(cString: strerror(errno)))")
            }
            guard let token = ClientToken(text) else {
                throw BadAddress(message: "--token-file \(file): expected one line, a token such as tk_1a2b3c4d5e_…")
            }
            return token
        }
        guard let value = getenv(variable).map({ String(cString: $0) }), !value.isEmpty else { return nil }
        guard let token = ClientToken(value) else {
            throw BadAddress(message: "\(variable): expected a token such as tk_1a2b3c4d5e_…")
        }
        return token
    }

    /// Takes a text that can stand in a header, with or without the end of its line.
    init?(_ text: String) {
        var bytes = Array(text.utf8)
        while let last = bytes.last, last == 0x0A || last == 0x0D || last == 0x20 { bytes.removeLast() }
        guard !bytes.isEmpty, bytes.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else { return nil }
        self.text = String(decoding: bytes, as: UTF8.self)
    }

    /// Says nothing of it.
    var description: String { "tk_…" }

    private static func read(_ path: String) -> String? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var bytes = [UInt8](repeating: 0, count: largest)
        let count = Glibc.read(descriptor, &bytes, bytes.count)
        return count < 0 ? nil : String(decoding: bytes[..<count], as: UTF8.self)
    }
}
#endif
