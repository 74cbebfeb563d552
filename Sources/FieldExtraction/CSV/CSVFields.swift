/// The fields of one CSV record from left to right, by RFC 4180.
@safe struct CSVFields {
    /// One field: where its content lies and how it is written.
    struct Field {
        var start: Int
        var end: Int
        var isQuoted: Bool
        /// Whether the content holds doubled quotes.
        var hasQuotes: Bool
    }

    let view: ByteView
    private let delimiter: UInt8
    private var place = 0
    private var isDone = false
    /// What is wrong with the record; `.valid` so far.
    private(set) var fault = ScanResult.valid

    init(_ view: ByteView, delimiter: UInt8) {
        self.view = view
        self.delimiter = delimiter
    }

    /// The offset behind what was read.
    var offset: Int { place }

    /// The next field; nil at the end or at a fault. A record has at least one field, if an empty one.
    @inline(__always)
    mutating func next() -> Field? {
        guard !isDone else { return nil }
        if view[place] == UInt8(ascii: "\"") { return quoted() }
        let start = place
        while true {
            // Eight bytes at a time up to a delimiter, a quote or zero, which is also what the end reads as.
            let stops = stops(view.word(at: place))
            if stops == 0 {
                place &+= 8
                continue
            }
            place &+= stops.trailingZeroBitCount &>> 3
            let byte = view[place]
            if byte == delimiter {
                place &+= 1
                return Field(start: start, end: place &- 1, isQuoted: false, hasQuotes: false)
            }
            if byte != 0 { return fail(.strayQuote, at: place) }
            if place < view.count { return fail(.zeroByte, at: place) }
            isDone = true
            return Field(start: start, end: place, isQuoted: false, hasQuotes: false)
        }
    }

    /// The top bit of each byte that ends an unquoted run; exact up to the lowest bit set.
    @inline(__always)
    private func stops(_ word: UInt64) -> UInt64 {
        let ones: UInt64 = 0x0101_0101_0101_0101
        let delimiters = word ^ (ones &* UInt64(delimiter))
        let quotes = word ^ (ones &* 0x22)
        let zeros =
            (delimiters &- ones) & ~delimiters | (quotes &- ones) & ~quotes | (word &- ones) & ~word
        return zeros & (ones &* 0x80)
    }

    private mutating func quoted() -> Field? {
        let open = place
        var hasQuotes = false
        place += 1
        while true {
            let byte = view[place]
            if byte == UInt8(ascii: "\"") {
                if view[place + 1] != byte { break }
                hasQuotes = true
                place += 1
            } else if byte == 0 {
                return place < view.count ? fail(.zeroByte, at: place) : fail(.unterminatedQuote, at: open)
            }
            place += 1
        }
        let field = Field(start: open + 1, end: place, isQuoted: true, hasQuotes: hasQuotes)
        place += 1
        if place >= view.count {
            isDone = true
        } else if view[place] == delimiter {
            place += 1
        } else {
            return fail(.strayQuote, at: place)
        }
        return field
    }

    private mutating func fail(_ code: ScanResult.Code, at offset: Int) -> Field? {
        fault = ScanResult(code, at: offset)
        isDone = true
        return nil
    }
}
