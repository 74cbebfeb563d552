#if Server
import Foretail
import Hummingbird
import NIOCore

/// One page of stored events on its way to a reader.
struct HistoryPage {
    /// The log as the page's filter sees it.
    let replay: Replay
    /// The stream.
    let host: StreamHost
    /// Who reads the disk.
    let registry: Registry
    /// Who reads.
    let access: Access
    /// What was read and not written yet.
    var next: Replay.Step
    /// Events that there is room for.
    var left: Int

    /// Writes what so many steps find.
    ///
    /// - Returns: Whether the page is at its end.
    @concurrent mutating func write(to writer: inout any ResponseBodyWriter, steps: Int) async throws -> Bool {
        var done = 0
        while true {
            if let chunk = next.chunk {
                var buffer = ByteBuffer()
                var start = 0
                for entry in chunk.entries where left > 0 {
                    buffer.writeBytes(chunk.bytes[start..<entry.end])
                    start = entry.end
                    if entry.kind == .event { left -= 1 }
                }
                if buffer.readableBytes > 0 { try await writer.write(buffer) }
            }
            guard left > 0, next.mayHaveMore else { return true }
            next.chunk = nil
            guard done < steps else { return false }
            done += 1
            try Task.checkCancellation()
            next = try await registry.step(replay, of: host, for: access)
        }
    }
}
#endif
