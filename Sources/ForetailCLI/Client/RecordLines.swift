#if Server
/// The whole lines of an answer that comes in pieces. The beginning of a line is kept until its end comes; what the connection
/// broke off in the middle of is never seen.
struct RecordLines {
    private var bytes: [UInt8] = []
    private var start = 0

    /// Takes the next piece.
    mutating func append(_ piece: some Collection<UInt8>) {
        if start > 0 {
            bytes.removeFirst(start)
            start = 0
        }
        bytes.append(contentsOf: piece)
    }

    /// The bytes of a line that has begun and not ended.
    var openBytes: Int { bytes.count - start }

    /// Calls `body` with each whole line, without its newline.
    mutating func forEach(_ body: (UnsafeBufferPointer<UInt8>) throws -> Void) rethrows {
        while try next({ line in try body(line) }) != nil {}
    }

    /// Calls `body` with the next line, without its newline.
    ///
    /// - Returns: What `body` returns; nil when there is no whole line.
    mutating func next<Result>(_ body: (UnsafeBufferPointer<UInt8>) throws -> Result) rethrows -> Result? {
        guard let end = bytes[start...].firstIndex(of: UInt8(ascii: "\n")) else { return nil }
        defer { start = end + 1 }
        return try bytes.withUnsafeBufferPointer { try body(UnsafeBufferPointer(rebasing: $0[start..<end])) }
    }
}
#endif
