/// Reads a zone file in the TZif format.
///
/// Source: RFC 9636. Cost: some 10 µs.
struct ZoneFile {
    static let sizeLimit = 64 * 1024

    private var bytes: [UInt8]
    private var position = 0

    /// The zone that the bytes describe, or nil if they are damaged.
    static func zone(_ bytes: [UInt8]) -> TimeZone? {
        guard bytes.count >= 44, bytes.starts(with: "TZif".utf8) else { return nil }
        var file = ZoneFile(bytes: bytes)
        return file.zone()
    }

    /// A name made of letters, digits, `_`, `-`, `+` and inner slashes: no way out of the folder.
    static func isName(_ name: String) -> Bool {
        guard !name.isEmpty, name.utf8.count <= 64, name.utf8.first != UInt8(ascii: "/") else { return false }
        for byte in name.utf8 {
            guard Lexer.isLetter(byte) || Lexer.isDigit(byte) || byte == 0x2D || byte == 0x2B || byte == 0x2F else {
                return false
            }
        }
        return true
    }

    private mutating func zone() -> TimeZone? {
        let version = bytes[4]
        guard let first = header() else { return nil }
        guard version >= UInt8(ascii: "2") else { return zone(first, width: 4) }
        position +=
            first.times * 5 + first.types * 6 + first.letters + first.leaps * 8 + first.standard + first.universal
        guard let second = header() else { return nil }
        return zone(second, width: 8)
    }

    private struct Header {
        var universal: Int
        var standard: Int
        var leaps: Int
        var times: Int
        var types: Int
        var letters: Int
    }

    private mutating func header() -> Header? {
        guard position + 44 <= bytes.count else { return nil }
        position += 20
        var counts: [Int] = []
        for _ in 0..<6 { counts.append(Int(integer(4))) }
        guard !counts.contains(where: { $0 < 0 || $0 > ZoneFile.sizeLimit }), counts[4] > 0 else { return nil }
        return Header(
            universal: counts[0], standard: counts[1], leaps: counts[2], times: counts[3], types: counts[4],
            letters: counts[5])
    }

    /// A signed big-endian integer of `width` bytes; 0 beyond the end.
    private mutating func integer(_ width: Int) -> Int64 {
        guard position + width <= bytes.count else {
            position += width
            return 0
        }
        var value: Int64 = bytes[position] & 0x80 == 0 ? 0 : -1
        for byte in bytes[position..<(position + width)] { value = value << 8 | Int64(byte) }
        position += width
        return value
    }

    private mutating func zone(_ header: Header, width: Int) -> TimeZone? {
        let types = position + header.times * (width + 1)
        let names = types + header.types * 6
        let footer = names + header.letters + header.leaps * (width + 4) + header.standard + header.universal
        guard footer <= bytes.count else { return nil }
        var starts: [Int64] = []
        for _ in 0..<header.times { starts.append(integer(width)) }
        var offsets: [Int64] = []
        for place in [0] + bytes[position..<types].map(Int.init) {
            guard place < header.types else { return nil }
            position = types + place * 6
            offsets.append(integer(4))
        }
        return TimeZone(starts: starts, offsets: offsets, rule: width == 8 ? ZoneRule(footer: bytes[footer...]) : nil)
    }
}
