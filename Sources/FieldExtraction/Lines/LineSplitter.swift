#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// The lines of a block of bytes, one after the other, without copying; found with `memchr` at memory speed.
///
///     var splitter = LineSplitter(block)
///     while let line = splitter.next() { … }       // without LF and without a CR before it
///     let rest = splitter.rest                      // an unfinished last line: keep it for the next block
@safe public struct LineSplitter {
    private let block: UnsafeBufferPointer<UInt8>
    /// Where the next line begins; also the number of bytes consumed.
    public private(set) var offset = 0

    /// Creates a splitter over a block, which must outlive it.
    public init(_ block: UnsafeBufferPointer<UInt8>) { unsafe self.block = block }

    /// The next line that ends in a newline, without the newline and a carriage return before it; nil if there is no more.
    @inline(__always)
    public mutating func next() -> UnsafeBufferPointer<UInt8>? {
        guard let end = unsafe Self.newline(in: unsafe block, from: offset) else { return nil }
        let line = unsafe Self.line(in: block, from: offset, to: end)
        offset = end + 1
        return unsafe line
    }

    /// What follows the last newline: the beginning of a line that has not ended, or a last line without a newline.
    public var rest: UnsafeBufferPointer<UInt8> {
        unsafe UnsafeBufferPointer(rebasing: block[min(offset, block.count)...])
    }

    /// The offset of the first newline from `start`, or nil.
    @inline(__always)
    public static func newline(in block: UnsafeBufferPointer<UInt8>, from start: Int) -> Int? {
        guard start < block.count, let base = block.baseAddress else { return nil }
        guard let found = unsafe memchr(base + start, 0x0A, block.count - start) else { return nil }
        return unsafe UnsafeRawPointer(found) - UnsafeRawPointer(base)
    }

    /// Whether `byte` stands between `start` and `end`.
    @inline(__always)
    static func contains(_ byte: UInt8, in block: UnsafeBufferPointer<UInt8>, from start: Int, to end: Int) -> Bool {
        guard start < end, let base = block.baseAddress else { return false }
        return unsafe memchr(base + start, Int32(byte), end - start) != nil
    }

    /// The bytes from `start` to the newline at `end`, a carriage return before it left off.
    @inline(__always)
    public static func line(
        in block: UnsafeBufferPointer<UInt8>, from start: Int, to end: Int
    ) -> UnsafeBufferPointer<UInt8> {
        let last = unsafe end > start && block[end - 1] == 0x0D ? end - 1 : end
        return unsafe UnsafeBufferPointer(rebasing: block[start..<last])
    }
}
