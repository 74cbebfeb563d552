/// The announcements that still wait for what comes, at most 4,096 of a stream; an older one gives way, and is then made anew
/// from what is known when its symbol comes.
///
/// Size: 2.6 kB an announcement, taken sixteen at a time as keys need them.
@safe
final class AnnouncementPool {
    /// Where an announcement stands, and its number.
    struct Ticket: Sendable, Hashable {
        var place: Int32
        var number: UInt32

        static let none = Ticket(place: -1, number: 0)
    }

    private static let most = 4_096
    private static let chunk = 16

    private var chunks: [UnsafeMutableRawPointer] = unsafe []
    /// The number of what stands at each place; 0 of nothing.
    private var numbers: [UInt32] = []
    private var next = 0
    private var lastNumber: UInt32 = 0

    init() {}

    deinit { for place in unsafe chunks.indices { unsafe chunks[place].deallocate() } }

    /// The memory held.
    var bytes: Int { numbers.count * (Announcement.stride + 4) }

    /// A place for a new announcement of a key: the one it has, else another.
    func renew(_ ticket: inout Ticket) -> Announcement {
        if !holds(ticket) {
            if next == numbers.count, numbers.count < Self.most { grow() }
            if next == numbers.count { next = 0 }
            ticket.place = Int32(next)
            next += 1
        }
        lastNumber = lastNumber == .max ? 1 : lastNumber + 1
        ticket.number = lastNumber
        numbers[Int(ticket.place)] = lastNumber
        return announcement(at: Int(ticket.place))
    }

    /// The announcement of a key, nil where it had to go.
    func find(_ ticket: Ticket) -> Announcement? { holds(ticket) ? announcement(at: Int(ticket.place)) : nil }

    private func holds(_ ticket: Ticket) -> Bool {
        ticket.place >= 0 && Int(ticket.place) < numbers.count && numbers[Int(ticket.place)] == ticket.number
    }

    private func announcement(at place: Int) -> Announcement {
        unsafe Announcement(start: chunks[place / Self.chunk] + place % Self.chunk * Announcement.stride)
    }

    private func grow() {
        let size = Self.chunk * Announcement.stride
        let memory = UnsafeMutableRawPointer.allocate(byteCount: size, alignment: 64)
        unsafe memory.initializeMemory(as: UInt8.self, repeating: 0, count: size)
        unsafe chunks.append(memory)
        numbers += Array(repeating: 0, count: Self.chunk)
    }
}

extension AnnouncementPool {
    /// Writes the state, or reads it back into an empty pool.
    func pass(through coder: inout SnapshotCoder) throws(SnapshotError) {
        try coder.begin("announcements")
        let count = try coder.count(numbers.count, upTo: Self.most, bytesEach: 4)
        while numbers.count < count { grow() }
        try coder.check(numbers.count == count, "announcements come by the \(Self.chunk)")
        try coder.pass(fixed: &numbers)
        try coder.pass(&next, in: 0...count)
        try coder.pass(&lastNumber, in: 0...(.max))
        for place in 0..<count where numbers[place] != 0 { try announcement(at: place).pass(through: &coder) }
    }
}

extension AnnouncementPool.Ticket {
    /// Writes the ticket, or reads it back.
    mutating func pass(through coder: inout SnapshotCoder) throws(SnapshotError) {
        try coder.pass(&place, in: -1...Int32(4_095))
        try coder.pass(&number, in: 0...(.max))
    }
}
