/// The pieces of JSON text that the scanner walks over: strings, escapes and white space.
///
/// Every function takes an offset and returns the one behind what it read; a negative result is the ones' complement of the
/// offset that is wrong.
enum JSONText {
    /// Where a string ends, and whether a backslash stands in it.
    struct StringEnd {
        /// The offset of the closing quote, or the complement of the offset that is wrong.
        var offset: Int
        var isEscaped: Bool
    }

    private static let ones: UInt64 = 0x0101_0101_0101_0101
    private static let tops: UInt64 = 0x8080_8080_8080_8080

    /// The top bit of each byte of `word` that ends the plain run of a string: a quote, a backslash, a control character or
    /// a byte beyond ASCII. Exact up to the lowest bit set, which is the one that counts.
    ///
    /// With bit 1 flipped, the quote (0x22) falls next to the control characters, so that one subtraction finds both.
    /// A byte beyond ASCII keeps its top bit in one of the two differences.
    @inline(__always)
    static func stops(_ word: UInt64) -> UInt64 {
        let low = (word ^ (ones &* 0x02)) &- ones &* 0x21
        let backslash = (word ^ (ones &* 0x5C)) &- ones
        return (low | backslash) & tops
    }

    /// The end of the string whose first byte behind the quote is at `start`; everything in it checked.
    @inline(__always)
    static func stringEnd(_ view: ByteView, from start: Int) -> StringEnd {
        var place = start
        while true {
            let stops = stops(view.word(at: place))
            if stops == 0 {
                place &+= 8
                continue
            }
            place &+= stops.trailingZeroBitCount &>> 3
            return view[place] == UInt8(ascii: "\"")
                ? StringEnd(offset: place, isEscaped: false) : hardStringEnd(view, from: place)
        }
    }

    /// The end of a string from its first byte that is not plain.
    @inline(never)
    static func hardStringEnd(_ view: ByteView, from start: Int) -> StringEnd {
        var place = start
        var isEscaped = false
        while true {
            let word = view.word(at: place)
            let byte = UInt8(truncatingIfNeeded: word)
            if byte >= 0x80 {
                let length = UTF8Sequence.length(word)
                if length == 0 { return StringEnd(offset: ~place, isEscaped: isEscaped) }
                place &+= length
            } else if byte == UInt8(ascii: "\\") {
                isEscaped = true
                place = escapeEnd(view, from: place)
                if place < 0 { return StringEnd(offset: place, isEscaped: isEscaped) }
            } else if byte == UInt8(ascii: "\"") {
                return StringEnd(offset: place, isEscaped: isEscaped)
            } else {
                let stops = stops(word)
                if stops == 0 {
                    place &+= 8
                } else {
                    let plain = stops.trailingZeroBitCount &>> 3
                    if plain == 0 { return StringEnd(offset: ~place, isEscaped: isEscaped) }
                    place &+= plain
                }
            }
        }
    }

    /// The offset behind the escape whose backslash is at `start`.
    @inline(__always)
    private static func escapeEnd(_ view: ByteView, from start: Int) -> Int {
        switch view[start &+ 1] {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"), UInt8(ascii: "b"), UInt8(ascii: "f"),
            UInt8(ascii: "n"), UInt8(ascii: "r"), UInt8(ascii: "t"):
            return start &+ 2
        case UInt8(ascii: "u"):
            return hexadecimal(view, at: start &+ 2) < 0 ? ~start : start &+ 6
        default:
            return ~start
        }
    }

    /// The value of four hexadecimal digits, or -1.
    @inline(__always)
    static func hexadecimal(_ view: ByteView, at start: Int) -> Int {
        var value = 0
        for place in start..<start &+ 4 {
            let byte = view[place]
            let digit = byte &- 48
            let letter = (byte | 0x20) &- 97
            if digit <= 9 {
                value = value &* 16 &+ Int(digit)
            } else if letter < 6 {
                value = value &* 16 &+ Int(letter) &+ 10
            } else {
                return -1
            }
        }
        return value
    }

    /// The first offset from `start` that holds no white space.
    @inline(__always)
    static func skipSpace(_ view: ByteView, from start: Int) -> Int {
        var place = start
        while view[place] <= 0x20 {
            let byte = view[place]
            guard byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 else { break }
            place &+= 1
        }
        return place
    }
}
