#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif
import Foretail

/// Blocks of a descriptor on their way through a framer: the beginning of a record that a block ends with is carried over
/// to the next.
///
/// Bytes are read straight into the batch behind the carried ones; only these are copied.
struct BlockReader {
    /// What one read gave.
    enum Reading {
        /// So many bytes, at least one.
        case bytes(Int)
        /// The end of the file.
        case end
        /// Nothing now, or the call was interrupted.
        case nothing
        /// The system refused.
        case failed(ErrorNumber)
    }

    /// The bytes asked for at a time.
    static let blockBytes = 256 << 10

    private var framer: LineFramer
    private var carry: [UInt8] = []

    /// Creates a reader that frames with `framer`.
    init(_ framer: LineFramer) { self.framer = framer }

    /// The bytes of the record that has begun and not ended.
    var carriedBytes: Int { carry.count }

    /// Forgets the beginning of a record.
    mutating func dropCarried() { carry.removeAll(keepingCapacity: true) }

    /// Reads one block and frames it.
    ///
    /// - Parameters:
    ///   - limit: The most bytes to read.
    ///   - batch: Empty when called; gets bytes, frames, problems.
    /// - Returns: What the read gave. Nothing is framed unless it gave bytes.
    /// - Throws: ``ForetailError`` (`source`) of the framer.
    mutating func readBlock(
        from descriptor: Int32, limit: Int = blockBytes, into batch: inout EventBatch
    ) throws(ForetailError) -> Reading {
        batch.bytes.append(contentsOf: carry)
        var count = 0
        batch.bytes.append(addingCapacity: Self.blockBytes) { span in
            span.withUnsafeMutableBufferPointer { buffer, initialized in
                count = read(descriptor, buffer.baseAddress, min(limit, Self.blockBytes))
                initialized = max(0, count)
            }
        }
        guard count > 0 else {
            let failure = ErrorNumber.current
            batch.bytes.removeAll(keepingCapacity: true)
            if count == 0 { return .end }
            let isPassing = [EINTR, EAGAIN, EWOULDBLOCK].contains(failure.value)
            return isPassing ? .nothing : .failed(failure)
        }
        try frame(isEnd: false, batch: &batch)
        return .bytes(count)
    }

    /// Frames the record that has begun as the last one.
    mutating func finish(into batch: inout EventBatch) throws(ForetailError) {
        batch.bytes.append(contentsOf: carry)
        try frame(isEnd: true, batch: &batch)
        carry.removeAll(keepingCapacity: true)
    }

    private mutating func frame(isEnd: Bool, batch: inout EventBatch) throws(ForetailError) {
        let filled = batch.bytes.count
        let consumed = try framer.frame(filled: filled, isEnd: isEnd, batch: &batch)
        carry.removeAll(keepingCapacity: true)
        if consumed < filled { carry.append(contentsOf: batch.bytes[consumed..<filled]) }
    }
}
