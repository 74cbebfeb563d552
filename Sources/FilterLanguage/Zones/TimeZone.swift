/// The offsets of one time zone: UTC, a fixed offset (`+01:00`, `-09:30`), or an IANA zone of a ``TimeZoneDatabase``.
struct TimeZone: Sendable {
    /// The instants, in seconds since 1970, from which an offset holds.
    private var starts: [Int64] = []
    /// Seconds to add to UTC: before the first start, then after each.
    private var offsets: [Int64]
    /// What holds after the last start.
    private var rule: ZoneRule?

    init(starts: [Int64] = [], offsets: [Int64], rule: ZoneRule? = nil) {
        self.starts = starts
        self.offsets = offsets
        self.rule = rule
    }

    /// Seconds to add to UTC at `seconds` since 1970.
    func offset(at seconds: Int64) -> Int64 {
        if let rule, seconds >= starts.last ?? .min { return rule.offset(at: seconds) }
        var low = 0
        var high = starts.count
        while low < high {
            let middle = (low + high) / 2
            if starts[middle] <= seconds { low = middle + 1 } else { high = middle }
        }
        return offsets[low]
    }

    /// The offset that `+01:00` or `-09:30` names, in seconds; nil for any other text.
    static func fixedOffset(_ name: String) -> Int64? {
        var bytes = Array(name.utf8)
        var sign: Int64 = 1
        if let first = bytes.first, first == 0x2B || first == 0x2D {
            sign = first == 0x2D ? -1 : 1
            bytes.removeFirst()
        }
        guard bytes.count == 5, bytes[2] == 0x3A, let hours = InstantText.number(bytes, 0, 2),
            let minutes = InstantText.number(bytes, 3, 2), hours < 24, minutes < 60
        else { return nil }
        return sign * (hours * 3_600 + minutes * 60)
    }
}
