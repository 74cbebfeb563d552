import FieldExtraction
import Forecasting
import Foretail

/// Reads events out of a block. Nothing it reads is believed before it was held against the block's bounds.
struct BlockDecoder {
    /// How far a reading may go.
    struct Budget {
        /// Events still wanted.
        var events: Int
        /// Bytes still wanted; the event that goes beyond is read whole.
        var bytes: Int
        /// Whether nothing more is wanted.
        var isSpent: Bool { events <= 0 || bytes <= 0 }
    }

    private let bytes: UnsafeRawBufferPointer
    /// What the block says of itself.
    let header: BlockHeader
    private var place = BlockHeader.size
    private let end: Int
    private var time: Int64
    private var line: Int64 = 0

    /// Opens a block; nil where header or checksum are wrong.
    ///
    /// - Complexity: O(length), for the checksum.
    init?(_ block: [UInt8], memory: UnsafeRawBufferPointer) {
        guard let header = BlockHeader(memory) else { return nil }
        end = memory.count - BlockHeader.trailer
        let stored = UInt64(littleEndian: memory.loadUnaligned(fromByteOffset: end, as: UInt64.self))
        guard Checksum64.of(block[..<end]) == stored else { return nil }
        bytes = memory
        self.header = header
        time = header.began
    }

    /// Appends the events from the `skipping`th on, as far as the budget goes.
    ///
    /// - Returns: Whether the block is sound; else nothing was appended.
    mutating func read(
        skipping: Int, budget: inout Budget, into batch: inout EventBatch, ingestTimes: inout [Timestamp]
    ) -> Bool {
        let before = (batch.bytes.count, batch.frames.count, ingestTimes.count)
        let spent = budget
        for index in 0..<Int(header.count) {
            if index >= skipping, budget.isSpent { return true }
            guard let event = next() else {
                batch.bytes.removeLast(batch.bytes.count - before.0)
                batch.frames.removeLast(batch.frames.count - before.1)
                ingestTimes.removeLast(ingestTimes.count - before.2)
                budget = spent
                return false
            }
            guard index >= skipping else { continue }
            let start = batch.bytes.count
            batch.bytes.append(contentsOf: UnsafeRawBufferPointer(rebasing: bytes[event.body]))
            let body = start..<batch.bytes.count
            var raw = body
            if let other = event.raw {
                batch.bytes.append(contentsOf: UnsafeRawBufferPointer(rebasing: bytes[other]))
                raw = body.upperBound..<batch.bytes.count
            }
            var frame = EventBatch.Frame(body: body, raw: raw, line: Int(line))
            frame.position = Position(epoch: header.epoch, sequence: header.first &+ UInt64(index))
            batch.frames.append(frame)
            ingestTimes.append(Timestamp(microseconds: time))
            budget.events -= 1
            budget.bytes -= batch.bytes.count - start
        }
        return true
    }

    /// The places of the next event; nil where they would lie outside.
    private mutating func next() -> (body: Range<Int>, raw: Range<Int>?)? {
        guard place < end else { return nil }
        let flags = bytes[place]
        place += 1
        guard flags < 8, let bodyLength = varint() else { return nil }
        var rawLength: UInt64?
        if flags & BlockEncoder.rawDiffers != 0 {
            guard let length = varint() else { return nil }
            rawLength = length
        }
        if flags & BlockEncoder.timeDiffers != 0 {
            guard let delta = difference() else { return nil }
            time = time &+ delta
        }
        line = line &+ 1
        if flags & BlockEncoder.lineDiffers != 0 {
            guard let delta = difference() else { return nil }
            line = line &+ delta
        }
        guard let body = take(bodyLength) else { return nil }
        guard let rawLength else { return (body, nil) }
        guard let raw = take(rawLength) else { return nil }
        return (body, raw)
    }

    private mutating func take(_ length: UInt64) -> Range<Int>? {
        guard length <= UInt64(end - place) else { return nil }
        let start = place
        place += Int(length)
        return start..<place
    }

    private mutating func difference() -> Int64? {
        guard let value = varint() else { return nil }
        return Int64(bitPattern: value >> 1) ^ -Int64(bitPattern: value & 1)
    }

    private mutating func varint() -> UInt64? {
        var value: UInt64 = 0
        var shift: UInt64 = 0
        while place < end, shift < 64 {
            let byte = bytes[place]
            place += 1
            value |= UInt64(byte & 0x7F) << shift
            if byte < 0x80 { return value }
            shift += 7
        }
        return nil
    }
}
