import Forecasting
import Foretail

/// Packs submitted events into blocks, in memory that is used again.
///
/// An event is a byte of flags, the length of its JSON text, then what the flags name, then the text itself and the producer's
/// record where that differs. Lengths are varints (7 bits a byte, low first), differences zigzag varints.
/// Cost: about the copy and the checksum of the bytes.
struct BlockEncoder: Sendable {
    /// The producer's record differs: its length follows, and its bytes stand behind the text.
    static let rawDiffers: UInt8 = 1
    /// The event came in at another time than the one before it: the difference in microseconds follows.
    static let timeDiffers: UInt8 = 2
    /// The line is not the one behind the last event's: the difference to that one follows.
    static let lineDiffers: UInt8 = 4
    /// The most bytes of an event besides its texts.
    private static let overhead = 1 + 4 * 10

    /// The next event to pack.
    struct Cursor: Sendable {
        var submission = 0
        var frame = 0
    }

    /// The block made last, in its first `header.blockBytes` bytes.
    private(set) var bytes: [UInt8] = []

    /// Packs the next block; nil where no event is left.
    ///
    /// - Parameters:
    ///   - base: The ordinal that sequence 0 of the epoch would have.
    ///   - offset: Bytes of all blocks before it.
    ///   - target: The bytes it should not exceed, unless one event does.
    mutating func next(
        of work: [Submission], from cursor: inout Cursor, base: Int64, offset: Int64, target: Int
    ) -> BlockHeader? {
        while cursor.submission < work.count, cursor.frame == work[cursor.submission].frames.count {
            cursor = Cursor(submission: cursor.submission + 1)
        }
        guard cursor.submission < work.count else { return nil }
        let position = work[cursor.submission].frames[cursor.frame].position
        var header = BlockHeader(
            epoch: position.epoch, count: 0, first: position.sequence, ordinal: base + Int64(position.sequence),
            offset: offset, began: work[cursor.submission].ingested, newest: .min, payload: 0)

        // How far it reaches.
        var room = BlockHeader.size + BlockHeader.trailer
        var parts: [(submission: Int, frames: Range<Int>)] = []
        var isFull = false
        while cursor.submission < work.count, !isFull {
            let frames = work[cursor.submission].frames
            let start = cursor.frame
            while cursor.frame < frames.count {
                let frame = frames[cursor.frame]
                let cost = Self.overhead + frame.body.count + (frame.raw == frame.body ? 0 : frame.raw.count)
                if room + cost > target, header.count > 0 || cursor.frame > start {
                    isFull = true
                    break
                }
                room += cost
                cursor.frame += 1
            }
            if cursor.frame > start {
                parts.append((cursor.submission, start..<cursor.frame))
                header.count += UInt32(cursor.frame - start)
                header.newest = max(header.newest, work[cursor.submission].ingested)
            }
            if !isFull { cursor = Cursor(submission: cursor.submission + 1) }
        }

        if bytes.count < room { bytes = [UInt8](repeating: 0, count: room) }
        let end = bytes.withUnsafeMutableBytes { buffer in
            var sink = BlockSink(buffer, at: BlockHeader.size, time: header.began)
            for part in parts {
                let submission = work[part.submission]
                submission.bytes.withUnsafeBytes { source in
                    for frame in submission.frames[part.frames] {
                        sink.write(frame, of: source, ingested: submission.ingested)
                    }
                }
            }
            header.payload = UInt64(sink.place - BlockHeader.size)
            header.write(to: buffer)
            return sink.place
        }
        let checksum = Checksum64.of(bytes[..<end])
        bytes.withUnsafeMutableBytes { $0.storeBytes(of: checksum.littleEndian, toByteOffset: end, as: UInt64.self) }
        return header
    }
}
