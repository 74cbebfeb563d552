#if Server
import CZlib
import HTTPTypes

/// Unpacks `gzip` and `deflate` (zlib) bodies piece by piece.
///
/// Source: RFC 1950, RFC 1952, by way of zlib. The size of what comes out is the caller's to limit: it is given in pieces.
final class Inflater {
    private var stream = z_stream()
    private var isAtEnd = false
    /// What came, and how much of it was unpacked.
    private var packed: [UInt8] = []
    private var place = 0
    /// Whether zlib holds more than there was room for.
    private var mayHaveMore = false
    private var room = [UInt8](repeating: 0, count: pieceBytes)
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

    /// Takes what came next; what came before has to be unpacked.
    func feed(_ bytes: [UInt8]) {
        packed = bytes
        place = 0
    }

    /// Unpacks the next piece of what came.
    ///
    /// - Parameter most: About the most bytes that come out: a few bytes may stand for many.
    /// - Returns: The piece; nil where all that came is unpacked.
    /// - Throws: ``Problem`` (400) for damaged data.
    func unpack(atMost most: Int) throws(Problem) -> [UInt8]? {
        var output: [UInt8] = []
        while output.count < most, place < packed.count || mayHaveMore {
            // A second member behind the first, as concatenated gzip files have.
            if isAtEnd {
                guard place < packed.count else { break }
                inflateReset(&stream)
                isAtEnd = false
            }
            let status = step(&output)
            switch status {
            case Z_OK: break
            case Z_STREAM_END: isAtEnd = true
            case Z_BUF_ERROR:
                guard place == packed.count else {
                    throw .invalid("Content-Encoding", "the packed body is damaged")
                }
            default: throw .invalid("Content-Encoding", "the body is neither gzip nor zlib, or damaged")
            }
        }
        return output.isEmpty ? nil : output
    }

    /// Unpacks up to a piece more.
    private func step(_ output: inout [UInt8]) -> Int32 {
        let status = packed.withUnsafeBufferPointer { source in
            room.withUnsafeMutableBufferPointer { room in
                stream.next_in = UnsafeMutablePointer(mutating: source.baseAddress.map { $0 + place })
                stream.avail_in = UInt32(source.count - place)
                stream.next_out = room.baseAddress
                stream.avail_out = UInt32(room.count)
                return inflate(&stream, Z_NO_FLUSH)
            }
        }
        place = packed.count - Int(stream.avail_in)
        mayHaveMore = stream.avail_out == 0
        output.append(contentsOf: room[..<(Self.pieceBytes - Int(stream.avail_out))])
        return status
    }

    /// Refuses a body that ended in the middle.
    func finish() throws(Problem) {
        guard isAtEnd else { throw .invalid("Content-Encoding", "the packed body ends too early") }
    }
}
#endif
