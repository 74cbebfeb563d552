/// Masking: what of a word is value and what is text.
extension LogTokenizer {
    /// Masks a word that holds more than letters, as far as a quotation in it goes.
    ///
    /// - Returns: Where it ends, and its hash.
    mutating func mask(_ view: ByteView, _ start: Int, _ wordEnd: Int, _ limit: Int) -> (end: Int, hash: UInt64) {
        var end = wordEnd
        var place = start
        while place < end {
            let byte = view[place]
            if byte == UInt8(ascii: "\""), let (inside, close) = quotation(view, place, limit) {
                if inside > place + 1, token.key == 0, token.valueCount == 0 {
                    // Another method is another request.
                    setKey(view, place, inside)
                }
                if inside < close { addValue(inside, close) }
                place = close + 1
                if place > end { end = extended(view, place, limit) }
                continue
            }
            if byte == UInt8(ascii: "'"), let close = closingQuote(view, place, end) {
                addValue(place + 1, close)
                place = close + 1
                continue
            }
            if LogByte.isDelimiter(byte) || byte == UInt8(ascii: "@") {
                if byte == UInt8(ascii: "="), token.key == 0, place > start { setKey(view, start, place) }
                place += 1
                continue
            }
            var segmentEnd = place + 1
            while segmentEnd < end, !LogByte.isDelimiter(view[segmentEnd]) { segmentEnd += 1 }
            place = segment(view, place, segmentEnd, end, wordStart: start)
        }
        token.end = Int32(end)
        if token.kind == .keyedWord, token.valueCount > 0 { token.kind = .keyedValue }
        if token.kind == .keyedWord, !hasLetters { token.kind = .word }
        if token.valueCount > 0, token.kind == .word { notePrefix(view, start) }
        return (end, literalHash(view, token))
    }

    /// The end of a word from `place` on.
    private func extended(_ view: ByteView, _ place: Int, _ limit: Int) -> Int {
        var end = place
        while end < limit, !LogByte.isSpace(view[end]) { end += 1 }
        return end
    }

    private mutating func setKey(_ view: ByteView, _ start: Int, _ end: Int) {
        guard token.valueCount == 0 else { return }
        token.key = UInt16(truncatingIfNeeded: LogHash.text(view, start, end)) | 1
        token.kind = .keyedWord
        hasLetters = false
    }

    /// Notes what stands before the first value of a word where it names the kind of thing: `blk_<*>`, `Token{<*>`.
    private mutating func notePrefix(_ view: ByteView, _ start: Int) {
        guard Int(token.firstValue) < values.count else { return }
        let valueStart = Int(values[Int(token.firstValue)].maskStart)
        guard valueStart >= start + 3,
            LogByte.isLetter(view[valueStart - 2]) || view[valueStart - 2] == view[valueStart - 1]
        else { return }
        switch view[valueStart - 1] {
        case UInt8(ascii: "{"), UInt8(ascii: "("), UInt8(ascii: "["):
            // What has a name with points has a name of its own.
            for place in start..<valueStart where view[place] == UInt8(ascii: ".") { return }
            token.key = UInt16(truncatingIfNeeded: LogHash.text(view, start, valueStart)) | 1
        case UInt8(ascii: "_"), UInt8(ascii: "."):
            token.key = UInt16(truncatingIfNeeded: LogHash.text(view, start, valueStart)) | 1
        default: break
        }
    }

    // MARK: Quotations

    /// Where the value in double quotes at `start` begins, and the closing quote. Of a request (`"GET /x HTTP/1.1"`) the
    /// method is text.
    private func quotation(_ view: ByteView, _ start: Int, _ limit: Int) -> (inside: Int, close: Int)? {
        var close = start + 1
        let last = min(limit, start + 2_048)
        while close < last, view[close] != UInt8(ascii: "\"") {
            close += view[close] == UInt8(ascii: "\\") ? 2 : 1
        }
        guard close < last else { return nil }
        var method = start + 1
        while method < close, LogByte.isUpper(view[method]) { method += 1 }
        let isRequest = method - start > 3 && method - start < 9 && view[method] == 0x20
        return (isRequest ? method + 1 : start + 1, close)
    }

    /// The closing one of a pair of single quotes within a word.
    private func closingQuote(_ view: ByteView, _ start: Int, _ end: Int) -> Int? {
        guard start + 2 < end, start == Int(token.start) || !LogByte.isLetter(view[start - 1]) else { return nil }
        var close = start + 1
        while close < end, view[close] != UInt8(ascii: "'") { close += 1 }
        return close < end && close > start + 1 ? close : nil
    }

    // MARK: Segments

    /// Masks what stands between two delimiters.
    ///
    /// - Returns: Where to go on.
    private mutating func segment(
        _ view: ByteView, _ start: Int, _ segmentEnd: Int, _ wordEnd: Int, wordStart: Int
    ) -> Int {
        if isPath(view, start, segmentEnd) {
            let end = trimmed(view, start, wordEnd)
            addValue(start, end)
            return end
        }
        var end = segmentEnd
        while end > start + 1, Self.isTail(view[end - 1]) { end -= 1 }
        var digit = start
        var colon = -1
        while digit < end, !LogByte.isDigit(view[digit]) {
            if view[digit] == UInt8(ascii: ":") { colon = digit }
            digit += 1
        }
        if digit == end {
            maskName(view, start, end)
            return segmentEnd
        }
        if colon > start, !isHost(view, start, colon, end), !isAddress(view, start, end) {
            // `sessionid:0x14ed` : a key and its value.
            if token.key == 0 { setKey(view, wordStart, colon) }
            noteLiteral(view, start, colon)
            return segment(view, colon + 1, segmentEnd, wordEnd, wordStart: wordStart)
        }
        maskNumbered(view, start, end, digit: digit)
        return segmentEnd
    }

    @inline(__always)
    private static func isTail(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: ".") || byte == UInt8(ascii: ":") || byte == UInt8(ascii: "-")
    }

    private mutating func noteLiteral(_ view: ByteView, _ start: Int, _ end: Int) {
        for place in start..<end where LogByte.isLetter(view[place]) {
            hasLetters = true
            return
        }
    }

    /// A path of a file, or a URL: it goes on to the end of its word, but for closing signs.
    private func isPath(_ view: ByteView, _ start: Int, _ end: Int) -> Bool {
        let (first, second) = (view[start], view[start + 1])
        if first == UInt8(ascii: "/") { return end - start > 1 && second != UInt8(ascii: "/") || end - start > 3 }
        if first == UInt8(ascii: "\\") { return end - start > 1 }
        if second == UInt8(ascii: ":"), LogByte.isLetter(first) {
            return view[start + 2] == UInt8(ascii: "\\") || view[start + 2] == UInt8(ascii: "/")
        }
        if first == UInt8(ascii: ".") || first == UInt8(ascii: "~"), second == UInt8(ascii: "/") { return true }
        guard LogByte.isLetter(first) else { return false }
        var slashes = 0
        for place in start + 1..<end where view[place] == UInt8(ascii: "/") {
            if view[place - 1] == UInt8(ascii: ":"), view[place + 1] == UInt8(ascii: "/") { return true }
            slashes += 1
        }
        return slashes >= 2
    }

    /// The end of a path that begins at `start`: without the signs that close what it stands in.
    private func trimmed(_ view: ByteView, _ start: Int, _ wordEnd: Int) -> Int {
        var end = wordEnd
        while end > start + 1 {
            switch view[end - 1] {
            case UInt8(ascii: ","), UInt8(ascii: "."), UInt8(ascii: ":"), UInt8(ascii: ";"), UInt8(ascii: ")"),
                UInt8(ascii: "]"), UInt8(ascii: "}"), UInt8(ascii: ">"), UInt8(ascii: "\""), UInt8(ascii: "'"):
                end -= 1
            default: return end
            }
        }
        return end
    }

    /// Masks a segment without digits: true, false, null, an e-mail address, the name of a host under a key. All else is text.
    private mutating func maskName(_ view: ByteView, _ start: Int, _ end: Int) {
        if end - start <= 5, end - start >= 3, WordValues.contains(view, start, end) {
            addValue(start, end)
            return
        }
        // `pkg:com.example.app`, as under a key with `=`; a name in capitals behind the last point is no value but says what happened.
        if let name = nameUnderKey(view, start, end) {
            noteLiteral(view, start, name)
            addValue(name, end)
            return
        }
        if isConstant(view, start, end) { return noteLiteral(view, start, end) }
        var points = 0
        var hasAt = false
        for place in start..<end {
            let byte = view[place]
            if LogByte.isLetter(byte) { continue }
            if byte == UInt8(ascii: "@") { hasAt = true }
            if byte == UInt8(ascii: "."), place > start { points += 1 }
            if byte == UInt8(ascii: "."), place > start { hasInnerMarks = true }
            if byte == UInt8(ascii: "/") || byte == UInt8(ascii: "\\") || byte == UInt8(ascii: "@") {
                hasInnerMarks = true
            }
            if byte == UInt8(ascii: ":") { hasInnerMarks = true }
        }
        if hasAt, points > 0 || token.kind == .keyedWord || token.kind == .keyedValue {
            addValue(start, end)
        } else if points > 0, token.kind == .keyedWord, view[start - 1] == UInt8(ascii: "=") {
            addValue(start, end)
        } else {
            noteLiteral(view, start, end)
        }
    }

    /// Where a truth value, or a name of three parts or more, begins behind a colon.
    private func nameUnderKey(_ view: ByteView, _ start: Int, _ end: Int) -> Int? {
        var colon = -1
        var points = 0
        for place in start..<end {
            if view[place] == UInt8(ascii: ":") {
                guard colon < 0 else { return nil }
                colon = place
            } else if view[place] == UInt8(ascii: ".") {
                if colon >= 0 { points += 1 }
            } else if !LogByte.isLetter(view[place]), view[place] != UInt8(ascii: "_") {
                return nil
            }
        }
        guard colon > start else { return nil }
        if end - colon > 3, end - colon < 7, WordValues.contains(view, colon + 1, end) { return colon + 1 }
        let isName = points >= 2 && LogByte.isLetter(view[colon + 1]) && !isConstant(view, colon + 1, end)
        return isName ? colon + 1 : nil
    }

    /// Whether a name with points ends in one of capitals: `android.intent.action.SCREEN_ON`.
    private func isConstant(_ view: ByteView, _ start: Int, _ end: Int) -> Bool {
        var place = end - 1
        var capitals = 0
        while place > start, LogByte.isUpper(view[place]) || view[place] == UInt8(ascii: "_") {
            place -= 1
            capitals += 1
        }
        return capitals >= 4 && view[place] == UInt8(ascii: ".") && LogByte.isLetter(view[place - 1])
    }
}
