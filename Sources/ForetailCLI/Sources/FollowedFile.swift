#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif
import FieldExtraction
import Foretail

/// One open file that is followed: how far it is read, and whether what was read still stands there.
struct FollowedFile {
    /// What is known at the end of what there is.
    enum End {
        /// Nothing more yet.
        case quiet
        /// The file became shorter than what was read of it, or its bytes before that place are others.
        case truncated
    }

    /// The open file.
    let descriptor: OpenDescriptor
    /// Which file it is, whatever its name.
    let identity: OpenDescriptor.Identity
    /// Until when it is looked at after another file has got its name and bytes; nil: it is the one to read.
    var leftUntil: Deadline?
    private var reader: BlockReader
    private var offset: Int
    /// The bytes before `offset` as they stood at the last end.
    private var lastBytes: [UInt8] = []
    private static let rememberedBytes = 64

    /// Follows a file from `offset`.
    init(_ descriptor: OpenDescriptor, identity: OpenDescriptor.Identity, framer: LineFramer, offset: Int = 0) {
        self.descriptor = descriptor
        self.identity = identity
        self.offset = offset
        reader = BlockReader(framer)
        if offset > 0 { lseek(descriptor.number, offset, SEEK_SET) }
    }

    /// Whether there is anything in it.
    var hasBytes: Bool { (descriptor.status?.size ?? 0) > 0 }

    /// Reads one block into `batch`, which is empty when called.
    mutating func readBlock(into batch: inout EventBatch) throws(ForetailError) -> BlockReader.Reading {
        if !lastBytes.isEmpty {
            // After a rest: what stood before must still stand there, or the file was truncated and has grown again.
            guard bytesBeforeOffset() == lastBytes else { return .end }
            lastBytes.removeAll(keepingCapacity: true)
        }
        let reading = try reader.readBlock(from: descriptor.number, into: &batch)
        if case .bytes(let count) = reading { offset += count }
        return reading
    }

    /// Tells at the end of what there is whether it is the end of what was.
    mutating func end() -> End {
        guard let status = descriptor.status else { return .quiet }
        let bytes = bytesBeforeOffset()
        if status.size < offset || !lastBytes.isEmpty && bytes != lastBytes { return .truncated }
        lastBytes = bytes
        return .quiet
    }

    /// Frames a last line that never got its newline.
    mutating func finish(into batch: inout EventBatch) throws(ForetailError) {
        if reader.carriedBytes > 0 { try reader.finish(into: &batch) }
    }

    /// Begins again at the start of the file.
    mutating func restart(_ framer: LineFramer) {
        reader = BlockReader(framer)
        offset = 0
        lastBytes.removeAll(keepingCapacity: true)
        lseek(descriptor.number, 0, SEEK_SET)
    }

    private func bytesBeforeOffset() -> [UInt8] {
        let count = min(offset, Self.rememberedBytes)
        return [UInt8](unsafeUninitializedCapacity: count) { buffer, initialized in
            initialized = max(0, pread(descriptor.number, buffer.baseAddress, count, offset - count))
        }
    }
}
