/// What a byte is to who takes a log line apart.
enum LogByte {
    /// Brackets, quotes and the like, which stand between values: `!"#&'()*,;<=>?[]^`{|}` and control characters.
    private static let lowDelimiters: UInt64 = {
        var mask: UInt64 = 0xFFFF_FFFF
        for byte in ##"!"#&'()*,;<=>?"##.utf8 { mask |= 1 << UInt64(byte) }
        return mask
    }()
    private static let highDelimiters: UInt64 = {
        var mask: UInt64 = 1 << 63
        for byte in "[]^`{|}".utf8 { mask |= 1 << UInt64(byte - 64) }
        return mask
    }()

    @inline(__always)
    static func isDigit(_ byte: UInt8) -> Bool { byte &- 48 <= 9 }

    /// A letter of ASCII, or any byte beyond it.
    @inline(__always)
    static func isLetter(_ byte: UInt8) -> Bool { (byte | 0x20) &- 97 < 26 || byte >= 0x80 }

    @inline(__always)
    static func isUpper(_ byte: UInt8) -> Bool { byte &- 65 < 26 }

    @inline(__always)
    static func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || byte &- 9 < 5 }

    @inline(__always)
    static func isHex(_ byte: UInt8) -> Bool { isDigit(byte) || (byte | 0x20) &- 97 < 6 }

    @inline(__always)
    static func isDelimiter(_ byte: UInt8) -> Bool {
        if byte < 64 { return lowDelimiters >> UInt64(byte) & 1 == 1 }
        return byte < 128 && highDelimiters >> UInt64(byte & 63) & 1 == 1
    }
}
