#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// Standard error, unbuffered.
enum StandardError {
    /// Whether it is a terminal.
    static var isTerminal: Bool { isatty(2) == 1 }

    /// Writes bytes, if there are any.
    static func write(_ bytes: [UInt8]) {
        if !bytes.isEmpty { write(String(decoding: bytes, as: UTF8.self)) }
    }

    /// Writes a text; what cannot be written is lost, since there is nowhere left to complain.
    static func write(_ text: String) {
        var text = text
        text.withUTF8 { bytes in
            var offset = 0
            while offset < bytes.count {
                let written = Glibc.write(2, bytes.baseAddress! + offset, bytes.count - offset)
                if written < 0 && errno != EINTR { return }
                offset += max(written, 0)
            }
        }
    }
}
