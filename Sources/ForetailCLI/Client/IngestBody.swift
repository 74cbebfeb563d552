#if Server
/// Events on their way to a server in one request: NDJSON, and the line of the file that each came from.
struct IngestBody: Sendable {
    /// The events, a line each.
    private(set) var bytes: [UInt8] = []
    /// For each of them the number of its line in the file, from 1.
    private(set) var lines: [Int] = []
    /// The line of the file up to which everything is in this body or an earlier one.
    var lastLine = 0

    /// The number of events.
    var count: Int { lines.count }

    /// Adds an event that stood in a line of the file.
    mutating func append(_ event: some Collection<UInt8>, line: Int) {
        bytes.append(contentsOf: event)
        bytes.append(UInt8(ascii: "\n"))
        lines.append(line)
        lastLine = max(lastLine, line)
    }

    /// The line of the file for a line of this body, from 1.
    func line(_ number: Int) -> Int {
        lines.indices.contains(number - 1) ? lines[number - 1] : number
    }

    /// Takes away the events at the beginning that a server took before it refused the others.
    ///
    /// - Parameters:
    ///   - accepted: How many it took.
    ///   - rejected: The lines of this body that are no events; those among the first are taken away too.
    mutating func removeFirst(accepted: Int, rejected: Set<Int>) {
        var left = accepted
        var removed = 0
        while removed < lines.count, left > 0 {
            removed += 1
            if !rejected.contains(removed) { left -= 1 }
        }
        var offset = 0
        for _ in 0..<removed {
            guard let end = bytes[offset...].firstIndex(of: UInt8(ascii: "\n")) else { break }
            offset = end + 1
        }
        bytes.removeFirst(offset)
        lines.removeFirst(removed)
    }
}
#endif
