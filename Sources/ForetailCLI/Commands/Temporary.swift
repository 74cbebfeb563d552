import Foretail
import FieldExtraction
import Glibc
struct TemporarySource: EventSource {
    let descriptor: Int32
    var framer: LineFramer
    var rest: [UInt8] = []
    mutating func read(into batch: inout EventBatch, waitingAtMost: Int64?) async throws(ForetailError) -> SourceState {
        var block = [UInt8](repeating: 0, count: 262144 + rest.count)
        block.replaceSubrange(0..<rest.count, with: rest)
        let n = block.withUnsafeMutableBytes { Glibc.read(descriptor, $0.baseAddress! + rest.count, 262144) }
        let filled = rest.count + max(n, 0)
        batch.bytes = block
        let consumed = try framer.frame(filled: filled, isEnd: n <= 0, batch: &batch)
        rest = Array(block[consumed..<filled])
        return n <= 0 ? .end : .ready
    }
    mutating func acknowledge() async throws(ForetailError) {}
}
struct TemporaryDestination: Destination {
    var fd: Int32
    mutating func deliver(_ records: borrowing [UInt8], to id: DestinationID) async throws(ForetailError) {
        var offset = 0
        let count = records.count
        while offset < count {
            let n = records.withUnsafeBytes { Glibc.write(fd, $0.baseAddress! + offset, count - offset) }
            if n < 0 { return }
            offset += n
        }
    }
}
