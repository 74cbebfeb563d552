/// One line of `/proc/net/dev`: what an interface received and sent since it came up.
struct NetworkCounters: Equatable {
    /// The interface's name: `eth0`.
    var name: String
    /// Bytes received.
    var receivedBytes: UInt64
    /// Bytes sent.
    var sentBytes: UInt64

    /// Reads the text of `/proc/net/dev`; the two lines of headings and lines of another form are left out.
    static func parse(_ text: String) -> [NetworkCounters] {
        text.split(separator: "\n").compactMap { line in
            // The name ends at the last colon, since an alias (`eth0:1`) has one of its own.
            guard let colon = line.lastIndex(of: ":") else { return nil }
            let name = line[..<colon].drop(while: { $0 == " " })
            let words = line[line.index(after: colon)...].split(separator: " ")
            guard !name.isEmpty, words.count >= 9, let received = UInt64(words[0]), let sent = UInt64(words[8]) else {
                return nil
            }
            return NetworkCounters(name: String(name), receivedBytes: received, sentBytes: sent)
        }
    }
}
