#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif
import FieldExtraction
import Foretail

/// The place in a file where its last lines begin, and what must be known of the lines before.
enum LastLines {
    private static let blockBytes = 64 << 10

    /// The offset of the last `count` lines, found from the end in blocks. A last line without newline counts.
    ///
    /// - Parameters:
    ///   - count: How many; 0: only what is to come, which is the rest of a line that has begun as a whole.
    ///   - size: The bytes of the file that count.
    static func offset(of count: Int, in descriptor: OpenDescriptor, size: Int) -> Int {
        var newlines = 0
        // The newline that ends the last line begins no line, unless none is asked for.
        let wanted = max(count, 1)
        var end = size
        while end > 0 {
            let start = max(0, end - blockBytes)
            let block = read(descriptor, from: start, count: end - start)
            guard block.count == end - start else { return size }
            for index in block.indices.reversed() where block[index] == 0x0A {
                if count > 0, start + index == size - 1 { continue }
                newlines += 1
                if newlines == wanted { return start + index + 1 }
            }
            end = start
        }
        return 0
    }

    /// A framer that knows the header of the CSV file it enters in the middle.
    static func framer(
        for descriptor: OpenDescriptor, stream: StreamDescriptor, limits: ScanLimits
    ) throws(ForetailError) -> LineFramer {
        var framer = LineFramer(stream, limits: limits)
        guard stream.input == .csv || stream.input == .automatic else { return framer }
        let head = read(descriptor, from: 0, count: blockBytes)
        let lines = head.split(separator: 0x0A, maxSplits: 2, omittingEmptySubsequences: true)
        guard lines.count > 1 else { return framer }
        let isCSV = stream.input == .csv || format(lines[0], lines[1], limits: limits) == .csv
        guard isCSV else { return framer }
        var batch = EventBatch(stream: stream.name)
        batch.bytes = lines[0] + [0x0A] + lines[1] + [0x0A]
        _ = try framer.frame(filled: batch.bytes.count, isEnd: false, batch: &batch)
        return framer
    }

    private static func format(
        _ first: ArraySlice<UInt8>, _ second: ArraySlice<UInt8>, limits: ScanLimits
    ) -> LineFormat {
        LineFormat.detect(
            first: String(decoding: first, as: UTF8.self), second: String(decoding: second, as: UTF8.self),
            limits: limits)
    }

    private static func read(_ descriptor: OpenDescriptor, from offset: Int, count: Int) -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: count) { buffer, initialized in
            initialized = max(0, pread(descriptor.number, buffer.baseAddress, count, offset))
        }
    }
}
