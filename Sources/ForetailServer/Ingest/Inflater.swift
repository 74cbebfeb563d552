#if Server
import CZlib
import HTTPTypes

/// Unpacks `gzip` and `deflate` (zlib) bodies piece by piece.
///
/// Source: RFC 1950, RFC 1952, by way of zlib. The size of what comes out is the caller's to limit: it is given in pieces.
final class Inflater {
    private var stream = z_stream()
    private var isAtEnd = false
    private static let pieceBytes = 64 << 10

    /// Creates an unpacker that tells the two formats by their first bytes.
    init() throws(Problem) {
        let version = zlibVersion()
        // 15 bits of window; 32: gzip or zlib by the header.
        guard inflateInit2_(&stream, 15 + 32, version, Int32(MemoryLayout<z_stream>.size)) == Z_OK else {
            throw Problem(.serviceUnavailable, "memory", "no memory to unpack the body", remedy: "try again later")
        }
    }

    deinit { inflateEnd(&stream) }

    /// Unpacks some bytes.
    ///
    /// - Parameters:
    ///   - bytes: What came.
    ///   - limit: The most bytes that may come out.
    ///   - output: Gets what came out.
    /// - Throws: ``Problem`` (400) for damaged data, (413) beyond the limit.
    func unpack(_ bytes: [UInt8], limit: Int, into output: inout [UInt8]) throws(Problem) {
        var failure: Problem?
        bytes.withUnsafeBufferPointer { source in
            stream.next_in = UnsafeMutablePointer(mutating: source.baseAddress)
            stream.avail_in = UInt32(source.count)
            var piece = [UInt8](repeating: 0, count: Self.pieceBytes)
            while failure == nil, stream.avail_in > 0 || stream.avail_out == 0 {
                // A second member behind the first, as concatenated gzip files have.
                if isAtEnd {
                    guard stream.avail_in > 0 else { break }
                    inflateReset(&stream)
                    isAtEnd = false
                }
                let status = piece.withUnsafeMutableBufferPointer { room in
                    stream.next_out = room.baseAddress
                    stream.avail_out = UInt32(room.count)
                    return inflate(&stream, Z_NO_FLUSH)
                }
                output.append(contentsOf: piece[..<(Self.pieceBytes - Int(stream.avail_out))])
                if output.count > limit {
                    failure = Problem(
                        .contentTooLarge, "too-large", "the unpacked body is larger than \(limit) bytes",
                        remedy: "send it in parts")
                }
                switch status {
                case Z_OK: break
                case Z_STREAM_END: isAtEnd = true
                case Z_BUF_ERROR:
                    if stream.avail_in == 0 { return }
                    failure = .invalid("Content-Encoding", "the packed body is damaged")
                default: failure = .invalid("Content-Encoding", "the body is neither gzip nor zlib, or damaged")
                }
            }
        }
        if let failure { throw failure }
    }

    /// Refuses a body that ended in the middle.
    func finish() throws(Problem) {
        guard isAtEnd else { throw .invalid("Content-Encoding", "the packed body ends too early") }
    }
}
#endif
