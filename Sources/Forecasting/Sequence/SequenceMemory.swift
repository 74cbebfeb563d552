/// What the fields of a stream share to predict sequences: the table of contexts, the announcements that wait, and room to work in.
///
/// Size: the table's bytes, at most 10.7 MB of announcements, and some kilobytes.
@safe
public final class SequenceMemory {
    let table: SuccessorTable
    let pool = AnnouncementPool()
    let candidates = CandidateList()
    /// Room for an announcement of a key whose own had to go.
    let spare: Announcement
    /// Room for the hashes of a history's contexts.
    let keys: UnsafeMutablePointer<UInt64>
    private let spareMemory: UnsafeMutableRawPointer

    /// Creates a memory whose table has at most so many bytes.
    public init(bytes: Int) {
        table = SuccessorTable(bytes: bytes)
        unsafe keys = .allocate(capacity: SequenceContexts.count)
        unsafe keys.initialize(repeating: 0, count: SequenceContexts.count)
        unsafe spareMemory = .allocate(byteCount: Announcement.stride, alignment: 64)
        unsafe spareMemory.initializeMemory(as: UInt8.self, repeating: 0, count: Announcement.stride)
        spare = unsafe Announcement(start: spareMemory)
    }

    deinit {
        unsafe keys.deallocate()
        unsafe spareMemory.deallocate()
    }

    /// The memory held, in bytes.
    public var bytes: Int { table.bytes + pool.bytes + 8_192 }

    /// How many contexts had to go for others.
    public var evictions: Int { table.evictions }

    /// Writes the state, or reads it back into a new memory of the same size.
    package func pass(through coder: inout SnapshotCoder) throws(SnapshotError) {
        try coder.begin("contexts")
        try table.pass(through: &coder)
        try pool.pass(through: &coder)
    }
}
