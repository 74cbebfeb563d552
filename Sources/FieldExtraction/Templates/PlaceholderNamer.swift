/// The naming of the placeholders of a new template, by the words around them.
///
///     Received block blk_<*> of size <*>      blk, size
///     uid=<*> took <*>ms, <*> packets lost    uid, took, packets
///     Got <*> blocks in <*>                   Got, blocks_in
///     Fan speeds ( <*> <*> )                  speeds, speeds_2
///
/// A name is the word right before a value, within its word (`uid=`, `blk_`) or the one before; a connective such as `in` or `of`
/// takes the word before it along. Right behind another value it is that one's name. Where nothing stands before, it is the word
/// behind, else `value`. Names hold letters, digits and `_`; one that CEL keeps for itself has a `_` behind.
struct PlaceholderNamer {
    let tokens: [LogToken]
    let values: [LogValue]
    /// The most bytes of a name.
    static let nameLimit = 32

    private static let connectives = texts("from by in on at of to is has was with and or for as after than")
    private static let reserved = texts(
        "in as for if else while return break const continue function import let loop package namespace var void true false null"
    )

    /// The name of a value that stands in a word.
    ///
    /// - Parameter previous: The name of the value before; empty of the first.
    func name(of value: Int, inToken place: Int, after previous: [UInt8], _ view: ByteView) -> [UInt8] {
        var name = before(value, inToken: place, view)
        if name.isEmpty, !previous.isEmpty { return previous }
        if name.isEmpty { name = behind(value, inToken: place, view) }
        if name.isEmpty { name = Array("value".utf8) }
        if Self.reserved.contains(name) { name.append(UInt8(ascii: "_")) }
        return Self.cut(name)
    }

    private func before(_ value: Int, inToken place: Int, _ view: ByteView) -> [UInt8] {
        let isFirst = value == Int(tokens[place].firstValue)
        let start = isFirst ? Int(tokens[place].start) : Int(values[value - 1].maskEnd)
        let own = Self.lastName(view, start, Int(values[value].maskStart))
        if !own.isEmpty || !isFirst || place == 0 { return own }
        // Signs such as `=` and `(` stand between.
        var last = place - 1
        while last > 0, tokens[last].valueCount == 0, lastWord(ofToken: last, view).isEmpty { last -= 1 }
        let word = lastWord(ofToken: last, view)
        guard Self.connectives.contains(word), last > 0, tokens[last].valueCount == 0 else { return word }
        let further = lastWord(ofToken: last - 1, view)
        return further.isEmpty ? word : further + [UInt8(ascii: "_")] + word
    }

    /// The word that a token ends with, behind its values.
    private func lastWord(ofToken place: Int, _ view: ByteView) -> [UInt8] {
        let token = tokens[place]
        let last = Int(token.firstValue) + Int(token.valueCount) - 1
        guard token.valueCount > 0, last < values.count else {
            return Self.lastName(view, Int(token.start), Int(token.end))
        }
        return Self.lastName(view, Int(values[last].maskEnd), Int(token.end))
    }

    private func behind(_ value: Int, inToken place: Int, _ view: ByteView) -> [UInt8] {
        let token = tokens[place]
        let isLast = value + 1 >= Int(token.firstValue) + Int(token.valueCount) || value + 1 >= values.count
        let end = isLast ? Int(token.end) : Int(values[value + 1].maskStart)
        // A unit is behind the value's own text.
        let own = Self.firstName(view, Int(values[value].end), end)
        guard own.isEmpty, isLast, place + 1 < tokens.count else { return own }
        let next = tokens[place + 1]
        let first = Int(next.firstValue)
        let stop = next.valueCount > 0 && first < values.count ? Int(values[first].maskStart) : Int(next.end)
        return Self.firstName(view, Int(next.start), stop)
    }

    // MARK: Bytes

    private static func isNameByte(_ byte: UInt8) -> Bool {
        LogByte.isLetter(byte) || byte == UInt8(ascii: "_") || byte >= 0x80
            || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
    }

    /// The last run of name bytes.
    private static func lastName(_ view: ByteView, _ start: Int, _ end: Int) -> [UInt8] {
        var last = end
        while last > start, !isNameByte(view[last - 1]) { last -= 1 }
        var first = last
        while first > start, isNameByte(view[first - 1]) { first -= 1 }
        return trimmed(view, first, last)
    }

    /// The first run of name bytes.
    private static func firstName(_ view: ByteView, _ start: Int, _ end: Int) -> [UInt8] {
        var first = start
        while first < end, !isNameByte(view[first]) { first += 1 }
        var last = first
        while last < end, isNameByte(view[last]) { last += 1 }
        return trimmed(view, first, last)
    }

    /// The bytes without digits in front and `_` at either end.
    private static func trimmed(_ view: ByteView, _ start: Int, _ end: Int) -> [UInt8] {
        guard end > start else { return [] }
        var name = unsafe Array(view.bytes(start, end))[...]
        while let first = name.first, first == UInt8(ascii: "_") || !LogByte.isLetter(first) && first < 0x80 {
            name.removeFirst()
        }
        while name.last == UInt8(ascii: "_") { name.removeLast() }
        return Array(name)
    }

    /// The name cut to ``nameLimit`` bytes, not within a character.
    private static func cut(_ name: [UInt8]) -> [UInt8] {
        guard name.count > nameLimit else { return name }
        var end = nameLimit
        while end > 0, name[end] & 0xC0 == 0x80 { end -= 1 }
        return Array(name[..<end])
    }

    private static func texts(_ words: String) -> Set<[UInt8]> {
        Set(words.split(separator: " ").map { Array($0.utf8) })
    }
}
