/// Offsets of time zones: UTC and fixed offsets by name (`+01:00`, `-09:30`), all others from the platform's zone files.
enum TimeZones {
    /// Seconds to add to UTC at `seconds` since 1970, or nil if there is no such zone.
    static func offset(of name: String, at seconds: Int64) -> Int64? {
        if name == "UTC" || name == "Z" || name == "GMT" { return 0 }
        if let fixed = fixedOffset(name) { return fixed }
        return ZoneFile.offset(of: name, at: seconds)
    }

    private static func fixedOffset(_ name: String) -> Int64? {
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
