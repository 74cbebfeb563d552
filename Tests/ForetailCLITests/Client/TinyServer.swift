#if Server
import Glibc
import Synchronization

/// An HTTP server for tests: answers one request per connection with the next answer of a list, and keeps what was asked.
final class TinyServer: Sendable {
    /// What is answered: bytes as they go over the wire, then the connection is closed.
    struct Answer {
        var text: String

        /// A whole answer.
        init(_ status: Int, _ body: String, headers: String = "") {
            text =
                "HTTP/1.1 \(status) X\r\ncontent-length: \(body.utf8.count)\r\nconnection: close\r\n\(headers)\r\n\(body)"
        }

        /// An answer of records, in chunks as far as they go; broken off unless it is whole.
        init(records: [String], isWhole: Bool = true) {
            text = "HTTP/1.1 200 OK\r\ncontent-type: application/x-ndjson\r\ntransfer-encoding: chunked\r\n\r\n"
            for record in records {
                text += "\(String(record.utf8.count, radix: 16))\r\n\(record)\r\n"
            }
            if isWhole { text += "0\r\n\r\n" }
        }
    }

    /// What was asked.
    struct Request {
        /// Method and path with the query.
        var line: String
        /// The body.
        var body: String
        /// The headers, a line each.
        var headers: [String] = []
    }

    private let requests = Mutex<[Request]>([])
    private let listener: Int32
    /// Where it listens.
    let url: String

    /// Listens; each connection gets the next of the answers.
    init(_ answers: [Answer]) {
        let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let port = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                precondition(bind(listener, address, length) == 0 && listen(listener, 16) == 0)
                getsockname(listener, address, &length)
            }
            return UInt16(bigEndian: pointer.pointee.sin_port)
        }
        self.listener = listener
        url = "http://127.0.0.1:\(port)"
        _ = Background { [self] in
            for answer in answers { serve(answer) }
            close(listener)
        }
    }

    /// What was asked so far.
    var asked: [Request] { requests.withLock { $0 } }

    private func serve(_ answer: Answer) {
        let connection = accept(listener, nil, nil)
        guard connection >= 0 else { return }
        var bytes: [UInt8] = []
        var block = [UInt8](repeating: 0, count: 65_536)
        while true {
            let text = String(decoding: bytes, as: UTF8.self)
            if let end = text.range(of: "\r\n\r\n") {
                let head = text[..<end.lowerBound].split(separator: "\r\n")
                let length = head.first { $0.lowercased().hasPrefix("content-length:") }
                    .flatMap { Int($0.dropFirst(15).trimmingPrefix(" ")) }
                let body = text[end.upperBound...]
                if body.utf8.count >= length ?? 0 {
                    let line = head[0].split(separator: " ").prefix(2).joined(separator: " ")
                    let headers = head.dropFirst().map(String.init)
                    requests.withLock { $0.append(Request(line: line, body: String(body), headers: headers)) }
                    break
                }
            }
            let count = read(connection, &block, block.count)
            if count <= 0 { break }
            bytes += block[..<count]
        }
        let out = Array(answer.text.utf8)
        var offset = 0
        while offset < out.count {
            let count = out.withUnsafeBytes { Glibc.write(connection, $0.baseAddress! + offset, out.count - offset) }
            if count <= 0 { break }
            offset += count
        }
        shutdown(connection, Int32(SHUT_WR))
        while read(connection, &block, block.count) > 0 {}
        close(connection)
    }
}

extension String {
    /// The first place of a text; without Foundation.
    fileprivate func range(of text: String) -> Range<String.Index>? {
        var start = utf8.startIndex
        while start < utf8.endIndex {
            if utf8[start...].starts(with: text.utf8) {
                return start..<utf8.index(start, offsetBy: text.utf8.count)
            }
            start = utf8.index(after: start)
        }
        return nil
    }
}
#endif
