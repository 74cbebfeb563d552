/// The characters of a string slot as UTF-8, byte by byte, without a copy.
@safe struct DecodedBytes {
    private let view: ByteView
    private let encoding: FieldSlot.Encoding
    private var place = 0
    /// Bytes of a decoded escape still to be handed out, the next one lowest.
    private var pending: UInt32 = 0

    init(_ slot: FieldSlot) {
        view = unsafe ByteView(slot.text)
        encoding = slot.encoding
    }

    /// Whether the bytes are the characters as they stand.
    var isPlain: Bool { encoding == .plain }

    /// The next byte, or nil at the end.
    mutating func next() -> UInt8? {
        if pending != 0 {
            defer { pending >>= 8 }
            return UInt8(truncatingIfNeeded: pending)
        }
        guard place < view.count else { return nil }
        let byte = view[place]
        place += 1
        switch encoding {
        case .plain: return byte
        case .csvQuoted:
            if byte == UInt8(ascii: "\""), view[place] == byte { place += 1 }
            return byte
        case .jsonEscaped: return byte == UInt8(ascii: "\\") ? escape() : byte
        }
    }

    /// The first byte of the escape whose backslash is read; the text is known to be valid.
    private mutating func escape() -> UInt8 {
        let byte = view[place]
        place += 1
        switch byte {
        case UInt8(ascii: "b"): return 0x08
        case UInt8(ascii: "f"): return 0x0C
        case UInt8(ascii: "n"): return 0x0A
        case UInt8(ascii: "r"): return 0x0D
        case UInt8(ascii: "t"): return 0x09
        case UInt8(ascii: "u"): return unicodeEscape()
        default: return byte
        }
    }

    private mutating func unicodeEscape() -> UInt8 {
        var scalar = UInt32(truncatingIfNeeded: JSONText.hexadecimal(view, at: place))
        place += 4
        if scalar & 0xFFFF_F800 == 0xD800 {
            let low = UInt32(truncatingIfNeeded: JSONText.hexadecimal(view, at: place + 2))
            if scalar < 0xDC00, view[place] == UInt8(ascii: "\\"), view[place + 1] == UInt8(ascii: "u"),
                low & 0xFFFF_FC00 == 0xDC00
            {
                scalar = 0x10000 + (scalar - 0xD800) << 10 + (low - 0xDC00)
                place += 6
            } else {
                scalar = 0xFFFD
            }
        }
        return encode(scalar)
    }

    private mutating func encode(_ scalar: UInt32) -> UInt8 {
        if scalar < 0x80 { return UInt8(scalar) }
        let last = 0x80 | scalar & 0x3F
        if scalar < 0x800 {
            pending = last
            return UInt8(0xC0 | scalar >> 6)
        }
        let middle = 0x80 | scalar >> 6 & 0x3F
        if scalar < 0x10000 {
            pending = middle | last << 8
            return UInt8(0xE0 | scalar >> 12)
        }
        pending = 0x80 | scalar >> 12 & 0x3F | middle << 8 | last << 16
        return UInt8(0xF0 | scalar >> 18)
    }
}
