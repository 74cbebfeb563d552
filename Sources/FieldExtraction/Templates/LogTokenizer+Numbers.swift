/// Masking of what holds digits.
extension LogTokenizer {
    /// Masks a segment whose first digit is at `digit`.
    mutating func maskNumbered(_ view: ByteView, _ start: Int, _ end: Int, digit: Int) {
        if maskNumber(view, start, end) { return }
        if maskClock(view, start, end) { return }
        if isProtocol(view, start, end, digit: digit) {
            hasLetters = true
            return
        }
        let valueStart = valueStart(view, start, end, digit: digit)
        if valueStart > start {
            for place in start..<valueStart where LogByte.isLetter(view[place]) {
                hasLetters = true
                break
            }
        }
        addValue(valueStart, end, isNumber: valueStart > start && isWholeNumber(view, valueStart, end))
    }

    /// Where the value in a name with digits begins: at the first digit, after what names the kind of thing.
    ///
    ///     blk_-160  →  blk_ -160        attempt_14_0020_m_2  →  attempt_ 14_0020_m_2        jA9K1LrC  →  all of it
    private func valueStart(_ view: ByteView, _ start: Int, _ end: Int, digit: Int) -> Int {
        if isAddress(view, start, end) || isHexadecimal(view, start, end) { return start }
        if isHost(view, start, digit, end) { return start }
        // The run of letters before the digit, and what stands behind the digits.
        var letters = digit
        while letters > start, LogByte.isLetter(view[letters - 1]) { letters -= 1 }
        var after = digit
        while after < end, LogByte.isDigit(view[after]) { after += 1 }
        var place = digit
        if digit - letters <= 1 || after < end && LogByte.isLetter(view[after]) { place = letters }
        // A sign belongs to its number.
        if place == digit, place > start, view[place - 1] == UInt8(ascii: "-"),
            place - 1 == start || view[place - 2] == UInt8(ascii: "_")
        {
            place -= 1
        }
        return place
    }

    /// Masks `-12.5`, `15ms`, `41C`, `50%`: a number, with a unit that is taken apart or other letters that stay.
    private mutating func maskNumber(_ view: ByteView, _ start: Int, _ end: Int) -> Bool {
        var place = start
        if view[place] == UInt8(ascii: "-") || view[place] == UInt8(ascii: "+") { place += 1 }
        let first = place
        while place < end, LogByte.isDigit(view[place]) { place += 1 }
        guard place > first, place - first <= 18 else { return false }
        let whole = place - first
        if place + 1 < end, view[place] == UInt8(ascii: "."), LogByte.isDigit(view[place + 1]) {
            place += 1
            while place < end, LogByte.isDigit(view[place]) { place += 1 }
        }
        let numberEnd = place
        let isNumber = numberEnd - first <= 16 && (view[first] != 48 || whole == 1)
        if place == end {
            addValue(start, end, isNumber: isNumber)
            return true
        }
        if let unit = LogUnit(view, place, end) {
            addValue(start, numberEnd, to: end, isNumber: isNumber, unit: isNumber ? unit : .none)
            return true
        }
        if view[place] == UInt8(ascii: "%"), place + 1 == end {
            addValue(start, numberEnd, isNumber: isNumber)
            return true
        }
        guard end - place <= 2, !isHexadecimal(view, start, end) else { return false }
        for letter in place..<end where !LogByte.isLetter(view[letter]) { return false }
        hasLetters = true
        addValue(start, numberEnd, isNumber: isNumber)
        return true
    }

    /// Masks `00:03`, `15:42:50.363`: a time of day or a duration.
    private mutating func maskClock(_ view: ByteView, _ start: Int, _ end: Int) -> Bool {
        guard end - start >= 4, view[start + 1] == UInt8(ascii: ":") || view[start + 2] == UInt8(ascii: ":") else {
            return false
        }
        var colons = 0
        var run = 0
        for place in start..<end {
            let byte = view[place]
            if LogByte.isDigit(byte) {
                run += 1
                continue
            }
            if byte == UInt8(ascii: ":") {
                guard run == 1 || run == 2 else { return false }
                colons += 1
                run = 0
            } else if byte == UInt8(ascii: "."), colons > 0 {
                run = 2
                for digit in place + 1..<end where !LogByte.isDigit(view[digit]) { return false }
                break
            } else {
                return false
            }
        }
        guard colons <= 2, run == 2 else { return false }
        addValue(start, end, unit: .seconds)
        return true
    }

    // MARK: Shapes

    /// Whether a segment is a name in capitals with its version, as `SOCKS5`.
    private func isProtocol(_ view: ByteView, _ start: Int, _ end: Int, digit: Int) -> Bool {
        guard digit == end - 1, digit - start >= 4 else { return false }
        for place in start..<digit where !LogByte.isUpper(view[place]) { return false }
        return true
    }

    private func isWholeNumber(_ view: ByteView, _ start: Int, _ end: Int) -> Bool {
        let first = view[start] == UInt8(ascii: "-") ? start + 1 : start
        guard end > first, end - first <= 15, view[first] != 48 || end - first == 1 else { return false }
        for place in first..<end where !LogByte.isDigit(view[place]) { return false }
        return true
    }

    /// Whether a segment is hexadecimal: with `0x`, or at least eight such digits, hyphens of a UUID between them.
    private func isHexadecimal(_ view: ByteView, _ start: Int, _ end: Int) -> Bool {
        if view[start] == 48, view[start + 1] | 0x20 == UInt8(ascii: "x") { return true }
        guard end - start >= 8 else { return false }
        for place in start..<end where !LogByte.isHex(view[place]) && view[place] != UInt8(ascii: "-") { return false }
        return true
    }

    /// Whether a segment is an address of numbers with colons: IPv6 or of a network card.
    func isAddress(_ view: ByteView, _ start: Int, _ end: Int) -> Bool {
        var colons = 0
        for place in start..<end {
            if view[place] == UInt8(ascii: ":") {
                colons += 1
            } else if !LogByte.isHex(view[place]) {
                return false
            }
        }
        return colons >= 3
    }

    /// Whether a segment is a host with a port: a name with points up to `colon`, and digits behind it.
    func isHost(_ view: ByteView, _ start: Int, _ colon: Int, _ end: Int) -> Bool {
        guard view[colon] == UInt8(ascii: ":") || view[colon - 1] == UInt8(ascii: ":") else { return false }
        let colon = view[colon] == UInt8(ascii: ":") ? colon : colon - 1
        guard colon + 1 < end, end - colon <= 6 else { return false }
        for place in colon + 1..<end where !LogByte.isDigit(view[place]) { return false }
        var points = 0
        for place in start..<colon {
            if view[place] == UInt8(ascii: ".") { points += 1 }
            if view[place] == UInt8(ascii: "_") || view[place] == UInt8(ascii: "$") { return false }
        }
        return points > 0
    }
}
