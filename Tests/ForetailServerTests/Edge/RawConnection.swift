#if Server
import Glibc

@testable import ForetailServer

/// A plain socket to a server, for what no client library would send.
final class RawConnection {
    private let descriptor: Int32

    /// Connects to a port of 127.0.0.1; reads wait a minute at most.
    init(port: Int) throws {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var place = sockaddr_in()
        place.sin_family = sa_family_t(AF_INET)
        place.sin_port = UInt16(port).bigEndian
        place.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        let status = withUnsafePointer(to: &place) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard status == 0 else { throw CancellationError() }
        var patience = timeval(tv_sec: 60, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
    }

    deinit { close(descriptor) }

    /// Sends bytes; what a closed connection does not take is dropped.
    func send(_ text: String) {
        let bytes = Array(text.utf8)
        var offset = 0
        while offset < bytes.count {
            let count = bytes.withUnsafeBytes {
                Glibc.send(descriptor, $0.baseAddress! + offset, bytes.count - offset, Int32(MSG_NOSIGNAL))
            }
            if count <= 0 { return }
            offset += count
        }
    }

    /// The next bytes that come; empty at the end. Whoever waits for them holds no thread that the server needs.
    func receive() async -> String {
        let descriptor = descriptor
        return await Self.pool.run {
            var block = [UInt8](repeating: 0, count: 65_536)
            let count = recv(descriptor, &block, block.count, 0)
            return String(decoding: block[..<max(0, count)], as: UTF8.self)
        }
    }

    /// All that comes up to the end of the connection.
    func receiveAll() async -> String {
        var text = ""
        while true {
            let piece = await receive()
            if piece.isEmpty { return text }
            text += piece
        }
    }

    private static let pool = BlockingPool(threads: 16)
}

extension TestServer {
    /// The port it listens on.
    var port: Int { address.split(separator: ":").last.flatMap { Int($0) } ?? 0 }
}
#endif
