/// What a block says of itself: 64 bytes in front of its events, under its checksum.
///
///     0   "FTLB"   magic
///     4   UInt32   version of the format, 1
///     8   UInt32   epoch
///     12  UInt32   number of events
///     16  UInt64   sequence of the first event
///     24  Int64    ordinal of the first event in the log, over all epochs, from 1
///     32  Int64    bytes of all blocks before it
///     40  Int64    when the first event came in, microseconds
///     48  Int64    when the latest event came in
///     56  UInt64   length of the payload
///
/// Little-endian. Behind the payload stands the CRC-64/XZ of all before.
struct BlockHeader: Equatable, Sendable {
    /// Bytes of a header.
    static let size = 64
    /// Bytes of the checksum at the end.
    static let trailer = 8
    /// `FTLB`
    private static let magic: UInt32 = 0x424C_5446
    private static let version: UInt32 = 1

    var epoch: UInt32
    var count: UInt32
    var first: UInt64
    var ordinal: Int64
    var offset: Int64
    var began: Int64
    var newest: Int64
    var payload: UInt64

    /// Bytes of the whole block.
    var blockBytes: Int { Self.size + Int(payload) + Self.trailer }

    /// Writes the header over the first 64 bytes.
    func write(to bytes: UnsafeMutableRawBufferPointer) {
        func store(_ value: some FixedWidthInteger, at place: Int) {
            bytes.storeBytes(of: value.littleEndian, toByteOffset: place, as: type(of: value))
        }
        store(Self.magic, at: 0)
        store(Self.version, at: 4)
        store(epoch, at: 8)
        store(count, at: 12)
        store(first, at: 16)
        store(ordinal, at: 24)
        store(offset, at: 32)
        store(began, at: 40)
        store(newest, at: 48)
        store(payload, at: 56)
    }

    init(
        epoch: UInt32, count: UInt32, first: UInt64, ordinal: Int64, offset: Int64, began: Int64, newest: Int64,
        payload: UInt64
    ) {
        self.epoch = epoch
        self.count = count
        self.first = first
        self.ordinal = ordinal
        self.offset = offset
        self.began = began
        self.newest = newest
        self.payload = payload
    }

    /// Reads the header of a block; nil where magic, version or length are not those of a block of this many bytes.
    init?(_ bytes: UnsafeRawBufferPointer) {
        guard bytes.count >= Self.size + Self.trailer else { return nil }
        func load<Value: FixedWidthInteger>(_ place: Int, as type: Value.Type) -> Value {
            Value(littleEndian: bytes.loadUnaligned(fromByteOffset: place, as: type))
        }
        guard load(0, as: UInt32.self) == Self.magic, load(4, as: UInt32.self) == Self.version else { return nil }
        epoch = load(8, as: UInt32.self)
        count = load(12, as: UInt32.self)
        first = load(16, as: UInt64.self)
        ordinal = load(24, as: Int64.self)
        offset = load(32, as: Int64.self)
        began = load(40, as: Int64.self)
        newest = load(48, as: Int64.self)
        payload = load(56, as: UInt64.self)
        guard payload == UInt64(bytes.count - Self.size - Self.trailer), count > 0, first > 0, ordinal > 0 else {
            return nil
        }
    }
}
