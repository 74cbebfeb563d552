/// Lines of `key=value` pairs.
extension LogLineRecogniser {
    /// `time=2026-01-01T00:00:00Z level=info msg="server started" port=8080`: at least three pairs, and nothing but pairs. The
    /// message is the value of `msg` or `message`, or the whole line.
    mutating func readLogfmt(_ view: ByteView, _ start: Int) -> Bool {
        let known = fields.count
        var place = start
        var pairs = 0
        let limit = min(view.count, start + Self.headLimit)
        while place < limit {
            place = skipSpaces(view, place)
            guard place < limit else { break }
            let key = place
            while isKeyByte(view[place]) { place += 1 }
            guard place > key, place - key <= 64, view[place] == UInt8(ascii: "="), !LogByte.isDigit(view[key]) else {
                return false
            }
            let keyEnd = place
            place += 1
            var form = LogField.Form.number
            var value = place
            if view[place] == UInt8(ascii: "\"") {
                guard let end = quoteEnd(view, place + 1), end + 1 == view.count || LogByte.isSpace(view[end + 1])
                else {
                    return false
                }
                value = place + 1
                form = .json
                place = end
            } else {
                place = wordEnd(view, place)
                // Pairs with commas between are a sentence.
                if place > value, view[place - 1] == UInt8(ascii: ",") { return false }
            }
            pairs += 1
            note(view, key, keyEnd, value, place, form, known)
            if form == .json { place += 1 }
        }
        return pairs >= 3 && place >= view.count
    }

    private func isKeyByte(_ byte: UInt8) -> Bool {
        LogByte.isLetter(byte) && byte < 0x80 || LogByte.isDigit(byte) || byte == UInt8(ascii: "_")
            || byte == UInt8(ascii: ".") || byte == UInt8(ascii: "-") || byte == UInt8(ascii: "/")
            || byte == UInt8(ascii: "@")
    }

    private mutating func note(
        _ view: ByteView, _ key: Int, _ keyEnd: Int, _ value: Int, _ end: Int, _ form: LogField.Form, _ known: Int
    ) {
        switch keyEnd - key {
        case 3 where view.word(at: key) & 0xFF_FFFF == 0x67_736D:  // msg
            contentStart = value
            contentEnd = end
        case 7 where view.word(at: key) & 0xFF_FFFF_FFFF_FFFF == 0x65_6761_7373_656D:  // message
            contentStart = value
            contentEnd = end
            return
        case 8 where view.word(at: key) == 0x6574_616C_706D_6574: return  // template
        case 10 where view.word(at: key) == 0x6574_656D_6172_6170: return  // parameters
        default: break
        }
        guard fields.count < Self.fieldLimit else { return }
        // Of equal keys the first counts.
        for field in fields[known...] where Int(field.nameEnd - field.nameStart) == keyEnd - key {
            var place = 0
            while place < keyEnd - key, view[Int(field.nameStart) + place] == view[key + place] { place += 1 }
            if place == keyEnd - key { return }
        }
        fields.append(
            LogField(
                name: .own, form: form, start: Int32(value), end: Int32(end), nameStart: Int32(key),
                nameEnd: Int32(keyEnd)))
    }
}
