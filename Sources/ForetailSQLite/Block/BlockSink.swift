import Foretail

/// Writes events into a block's memory, which is large enough.
struct BlockSink {
    private let bytes: UnsafeMutableRawBufferPointer
    /// Where the next byte goes.
    private(set) var place: Int
    private var time: Int64
    private var line = 0

    init(_ bytes: UnsafeMutableRawBufferPointer, at place: Int, time: Int64) {
        self.bytes = bytes
        self.place = place
        self.time = time
    }

    /// Writes one event.
    mutating func write(_ frame: EventBatch.Frame, of source: UnsafeRawBufferPointer, ingested: Int64) {
        var flags: UInt8 = 0
        if frame.raw != frame.body, !Self.equal(source[frame.raw], source[frame.body]) {
            flags |= BlockEncoder.rawDiffers
        }
        if ingested != time { flags |= BlockEncoder.timeDiffers }
        if frame.line != line &+ 1 { flags |= BlockEncoder.lineDiffers }
        bytes[place] = flags
        place += 1
        write(UInt64(frame.body.count))
        if flags & BlockEncoder.rawDiffers != 0 { write(UInt64(frame.raw.count)) }
        if flags & BlockEncoder.timeDiffers != 0 { write(difference: ingested &- time) }
        if flags & BlockEncoder.lineDiffers != 0 { write(difference: Int64(frame.line &- line &- 1)) }
        time = ingested
        line = frame.line
        copy(source[frame.body])
        if flags & BlockEncoder.rawDiffers != 0 { copy(source[frame.raw]) }
    }

    private mutating func copy(_ part: Slice<UnsafeRawBufferPointer>) {
        UnsafeMutableRawBufferPointer(rebasing: bytes[place..<(place + part.count)])
            .copyMemory(from: UnsafeRawBufferPointer(rebasing: part))
        place += part.count
    }

    private static func equal(_ left: Slice<UnsafeRawBufferPointer>, _ right: Slice<UnsafeRawBufferPointer>) -> Bool {
        left.count == right.count && left.elementsEqual(right)
    }

    private mutating func write(difference: Int64) {
        write(UInt64(bitPattern: difference << 1 ^ difference >> 63))
    }

    private mutating func write(_ value: UInt64) {
        var rest = value
        while rest >= 0x80 {
            bytes[place] = UInt8(truncatingIfNeeded: rest) | 0x80
            place += 1
            rest >>= 7
        }
        bytes[place] = UInt8(rest)
        place += 1
    }
}
