extension Timestamp {
    /// Reads a date, or a date and a time, as logs write them; nil for anything else, with text before or behind included.
    ///
    ///     2015-05-17T10:05:03.25+02:00     RFC 3339; also t, a space, z, a decimal comma, +0200 and +02
    ///     2015-05-17 10:05:03              no zone: UTC; also without seconds, and 2015/05/17
    ///     2015-05-17                       midnight UTC
    ///     17/May/2015:10:05:03 +0000       access logs
    ///
    /// Days must exist and hours end at 23; second 60 is the first of the next minute. Digits beyond microseconds are cut
    /// off. Costs 15–25 ns.
    public init?(parsing bytes: UnsafeBufferPointer<UInt8>) {
        var reader = TimestampReader(unsafe ByteView(bytes))
        guard let value = reader.read() else { return nil }
        self = value
    }

    /// Reads a date, or a date and a time, from a string.
    public init?(parsing text: String) {
        var text = text
        guard let value = text.withUTF8({ unsafe Timestamp(parsing: $0) }) else { return nil }
        self = value
    }
}

/// The reading of one time text from left to right.
@safe private struct TimestampReader {
    private let view: ByteView
    private var place = 0
    /// Set once any byte is not what it should be; checked where a decision hangs on it, and at the end.
    private var isBad = false

    init(_ view: ByteView) { self.view = view }

    mutating func read() -> Timestamp? {
        guard view.count >= 10, view.count <= 64 else { return nil }
        if view[2] == UInt8(ascii: "/") { return readAccessLog() }
        let separator = view[4]
        guard separator == UInt8(ascii: "-") || separator == UInt8(ascii: "/") else { return nil }
        let year = pair() * 100 + pair()
        skip(separator)
        let month = pair()
        skip(separator)
        let day = pair()
        guard !isBad, year > 0, let date = CivilDate(year: year, month: month, day: day) else { return nil }
        if place == view.count { return assemble(date, seconds: 0, microseconds: 0, offset: 0) }
        let mark = view[place]
        guard mark | 0x20 == UInt8(ascii: "t") || mark == 0x20 else { return nil }
        place += 1
        return readTime(date, secondsRequired: false)
    }

    /// `17/May/2015:10:05:03 +0000`
    private mutating func readAccessLog() -> Timestamp? {
        guard view.count >= 20 else { return nil }
        let day = pair()
        skip(UInt8(ascii: "/"))
        let name = UInt32(truncatingIfNeeded: view.word(at: place)) & 0xFF_FFFF | 0x20_2020
        guard let month = Self.month(name) else { return nil }
        place += 3
        skip(UInt8(ascii: "/"))
        let year = pair() * 100 + pair()
        skip(UInt8(ascii: ":"))
        guard !isBad, year > 0, let date = CivilDate(year: year, month: month, day: day) else { return nil }
        return readTime(date, secondsRequired: true)
    }

    private mutating func readTime(_ date: CivilDate, secondsRequired: Bool) -> Timestamp? {
        let hour = pair()
        skip(UInt8(ascii: ":"))
        let minute = pair()
        var second: Int64 = 0
        if secondsRequired || view[place] == UInt8(ascii: ":") {
            skip(UInt8(ascii: ":"))
            second = pair()
        }
        guard !isBad, hour < 24, minute < 60, second <= 60 else { return nil }
        var microseconds: Int64 = 0
        if view[place] == UInt8(ascii: ".") || view[place] == UInt8(ascii: ",") { microseconds = fraction() }
        let offset = zone()
        guard !isBad, place == view.count else { return nil }
        return assemble(date, seconds: hour * 3600 + minute * 60 + second, microseconds: microseconds, offset: offset)
    }

    private mutating func fraction() -> Int64 {
        place += 1
        var value: Int64 = 0
        var unit: Int64 = 100_000
        let first = place
        while view[place] &- 48 <= 9 {
            value += Int64(view[place] &- 48) * unit
            unit /= 10
            place += 1
        }
        if place == first { isBad = true }
        return value
    }

    /// The zone's distance from UTC in seconds; 0 where none is named.
    private mutating func zone() -> Int64 {
        if place == view.count { return 0 }
        if view[place] == 0x20 { place += 1 }
        let mark = view[place]
        place += 1
        if mark | 0x20 == UInt8(ascii: "z") { return 0 }
        guard mark == UInt8(ascii: "+") || mark == UInt8(ascii: "-") else {
            isBad = true
            return 0
        }
        let hours = pair()
        var minutes: Int64 = 0
        if place < view.count {
            if view[place] == UInt8(ascii: ":") { place += 1 }
            minutes = pair()
        }
        if hours > 23 || minutes > 59 { isBad = true }
        return (hours * 3600 + minutes * 60) * (mark == UInt8(ascii: "-") ? -1 : 1)
    }

    private func assemble(_ date: CivilDate, seconds: Int64, microseconds: Int64, offset: Int64) -> Timestamp? {
        let total = date.daysSinceEpoch * 86_400 + seconds - offset
        let value = Timestamp(microseconds: total * 1_000_000 + microseconds)
        return value >= .earliest && value <= .latest ? value : nil
    }

    /// Two digits.
    @inline(__always)
    private mutating func pair() -> Int64 {
        let (high, low) = (view[place] &- 48, view[place &+ 1] &- 48)
        if high > 9 || low > 9 { isBad = true }
        place &+= 2
        return Int64(high) &* 10 &+ Int64(low)
    }

    @inline(__always)
    private mutating func skip(_ byte: UInt8) {
        if view[place] != byte { isBad = true }
        place &+= 1
    }

    /// The month of an English name's three letters in lower case, the first lowest.
    private static func month(_ name: UInt32) -> Int64? {
        switch name {
        case 0x6E_616A: 1
        case 0x62_6566: 2
        case 0x72_616D: 3
        case 0x72_7061: 4
        case 0x79_616D: 5
        case 0x6E_756A: 6
        case 0x6C_756A: 7
        case 0x67_7561: 8
        case 0x70_6573: 9
        case 0x74_636F: 10
        case 0x76_6F6E: 11
        case 0x63_6564: 12
        default: nil
        }
    }
}
