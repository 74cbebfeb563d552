/// The one pass that takes a message apart into words and masks what is a value.
///
///     Received block blk_-160 of size 91178 from /10.250.10.6     →  Received block blk_<*> of size <*> from <*>
///     free 317.5 KB, took 15ms, user=root uid=0                   →  free <*> KB, took <*>ms, user=root uid=<*>
///
/// A value is a number with or without a unit, an address, a host with a port, a path, a URL, hexadecimal digits, a UUID, a date
/// or a time of day, an e-mail address, quoted text, `true`, `false` and `null`, the part of a name from its first number on,
/// and the word behind `user`. An enumeration of such values is one value, and a size said again in brackets,
/// `1293 bytes (1.26 KB)`, is said once.
///
/// Words are what stands between white space. At most ``tokenLimit`` of them and ``byteLimit`` bytes are looked at; the rest of
/// a longer message is one value. Costs about 1 ns a byte, allocates nothing once warm.
struct LogTokenizer {
    /// The most words that are told apart.
    static let tokenLimit = 64
    /// The most values that are kept; further ones are masked and forgotten.
    static let valueLimit = 64
    /// The most bytes of a message that are looked at.
    static let byteLimit = 4_096

    /// The words of the last message.
    private(set) var tokens: [LogToken] = []
    /// Its values, in order.
    var values: [LogValue] = []
    /// The hash of all words.
    private(set) var hash: UInt64 = 0
    /// The word being read.
    var token = LogToken(hash: 1, start: 0, end: 0, firstValue: 0, valueCount: 0, kind: .word, key: 0)
    /// What its literal parts hold.
    var hasLetters = false
    var hasInnerMarks = false

    init() {
        tokens.reserveCapacity(Self.tokenLimit + 1)
        values.reserveCapacity(Self.valueLimit + 1)
    }

    /// Takes the bytes of `view` from `start` to `end` apart.
    mutating func read(_ view: ByteView, _ start: Int, _ end: Int) {
        tokens.removeAll(keepingCapacity: true)
        values.removeAll(keepingCapacity: true)
        let limit = min(end, start + Self.byteLimit)
        var place = start
        while true {
            while place < limit, LogByte.isSpace(view[place]) { place += 1 }
            guard place < limit else { break }
            guard tokens.count < Self.tokenLimit else {
                takeRest(place, end)
                break
            }
            place = readToken(view, place, limit)
        }
        if limit < end, tokens.count <= Self.tokenLimit { takeRest(limit, end) }
        var hash: UInt64 = 0
        for (number, token) in tokens.enumerated() { hash &+= Self.hash(token.hash, at: number) }
        self.hash = hash | 1
    }

    /// The share of a word in the hash of a message: they are added up, so that one can be exchanged for another.
    @inline(__always)
    static func hash(_ token: UInt64, at place: Int) -> UInt64 {
        LogHash.mix(token, 0x9E37_79B9_7F4A_7C15 &* UInt64(truncatingIfNeeded: place &+ 1))
    }

    /// Makes one value of all that is left.
    private mutating func takeRest(_ start: Int, _ end: Int) {
        if tokens.count > Self.tokenLimit { return }
        begin(start)
        addValue(start, end)
        finish(at: end, hash: LogHash.placeholder)
    }

    // MARK: One word

    private mutating func begin(_ start: Int) {
        token = LogToken(
            hash: 1, start: Int32(start), end: Int32(start), firstValue: UInt16(values.count), valueCount: 0,
            kind: .word, key: 0)
        hasLetters = false
        hasInnerMarks = false
    }

    /// Notes a value of the word being read.
    mutating func addValue(
        mask maskStart: Int? = nil, _ start: Int, _ end: Int, to maskEnd: Int? = nil, isNumber: Bool = false,
        unit: LogUnit = .none
    ) {
        guard values.count < Self.valueLimit else { return }
        values.append(
            LogValue(
                maskStart: Int32(maskStart ?? start), start: Int32(start), end: Int32(end),
                maskEnd: Int32(maskEnd ?? end), isNumber: isNumber, unit: unit))
        token.valueCount += 1
    }

    private mutating func finish(at end: Int, hash: UInt64) {
        token.end = Int32(end)
        token.hash = hash | 1
        if token.valueCount > 0, token.kind == .word { token.kind = hasLetters ? .mixed : .value }
        if token.valueCount == 0, token.kind == .word, hasInnerMarks { token.kind = .name }
        if token.kind == .value, let unit = values.last?.unit { token.key = UInt16(unit.family.rawValue) }
        tokens.append(token)
    }

    /// Reads the word at `start`.
    ///
    /// - Returns: Where the next may begin.
    private mutating func readToken(_ view: ByteView, _ start: Int, _ limit: Int) -> Int {
        var place = start
        var isPlain = true
        while place < limit {
            let byte = view[place]
            if LogByte.isSpace(byte) { break }
            isPlain = isPlain && LogByte.isLetter(byte)
            place += 1
        }
        begin(start)
        if isPlain {
            if isWordValue(view, start, place, limit) {
                addValue(start, place)
                finish(at: place, hash: LogHash.placeholder)
                joinList(view)
            } else {
                finish(at: place, hash: LogHash.text(view, start, place))
            }
            return place
        }
        let (end, hash) = mask(view, start, place, limit)
        finish(at: end, hash: hash)
        maskNamed(view, isLast: end >= limit)
        return join(view, limit)
    }

    /// Whether a word of letters stands for a value: a truth value, a day, a month, or the name of a user.
    private func isWordValue(_ view: ByteView, _ start: Int, _ end: Int, _ limit: Int) -> Bool {
        let length = end - start
        if length >= 3, length <= 5, WordValues.contains(view, start, end) { return true }
        guard let last = tokens.last, last.kind == .word else { return false }
        if last.hash == LogHash.user { return !WordValues.isConnective(view, start, end) }
        guard last.hash == LogHash.for else { return false }
        // `for root from`, `for root [preauth]`
        guard end + 2 < limit, view[end] == 0x20 else { return false }
        return view[end + 1] == UInt8(ascii: "[") || view.word(at: end + 1) & 0xFF_FFFF_FFFF == 0x20_6D6F_7266
    }

    /// Makes a value of a word with signs behind it that names a user; or, at the message's end, a client.
    private mutating func maskNamed(_ view: ByteView, isLast: Bool) {
        let count = tokens.count
        guard count >= 2, tokens[count - 1].kind == .word, tokens[count - 2].kind == .word else { return }
        let before = tokens[count - 2].hash
        guard before == LogHash.user || isLast && before == LogHash.client else { return }
        let start = Int(tokens[count - 1].start)
        var end = start
        while end < Int(tokens[count - 1].end), LogByte.isLetter(view[end]) { end += 1 }
        guard end > start, values.count < Self.valueLimit else { return }
        tokens[count - 1].kind = .value
        tokens[count - 1].valueCount = 1
        values.append(
            LogValue(
                maskStart: Int32(start), start: Int32(start), end: Int32(end), maskEnd: Int32(end), isNumber: false,
                unit: .none))
        tokens[count - 1].hash = literalHash(view, tokens[count - 1]) | 1
    }

    // MARK: Joining

    /// Joins the last word with the one before it, or with a unit behind it.
    ///
    /// - Returns: Where the next word may begin.
    private mutating func join(_ view: ByteView, _ limit: Int) -> Int {
        let end = Int(tokens[tokens.count - 1].end)
        guard tokens[tokens.count - 1].kind != .word, tokens[tokens.count - 1].valueCount > 0 else { return end }
        if let unitEnd = joinUnit(view, end, limit) { return unitEnd }
        if dropRestatement(view) { return end }
        joinList(view)
        return end
    }

    /// Makes one value of an enumeration: of values, other than plain numbers, with white space or commas between.
    private mutating func joinList(_ view: ByteView) {
        let count = tokens.count
        guard count >= 2, tokens[count - 1].valueCount == 1, tokens[count - 2].valueCount == 1 else { return }
        let (left, right) = (tokens[count - 2], tokens[count - 1])
        guard left.kind == right.kind || left.kind == .value && right.kind == .value,
            left.kind == .value || left.kind == .mixed && left.key == right.key && left.key != 0
        else { return }
        let place = Int(left.firstValue)
        guard place + 1 == Int(right.firstValue), place + 1 < values.count else { return }
        let (first, second) = (values[place], values[place + 1])
        guard !first.isNumber || left.kind == .mixed, !second.isNumber || left.kind == .mixed else { return }
        guard first.unit == .none, second.unit == .none else { return }
        // Nothing behind the first but a comma, nothing before the second but what stands before the first as well.
        guard left.end - first.maskEnd <= 1, left.kind == .mixed || isSamePrefix(view, left, first, right, second)
        else { return }
        values[place].end = second.end
        values[place].maskEnd = second.maskEnd
        values[place].isNumber = false
        values.removeLast()
        tokens.removeLast()
        tokens[count - 2].end = right.end
        tokens[count - 2].hash = literalHash(view, tokens[count - 2]) | 1
    }

    private func isSamePrefix(
        _ view: ByteView, _ left: LogToken, _ first: LogValue, _ right: LogToken, _ second: LogValue
    ) -> Bool {
        let length = Int(second.maskStart - right.start)
        if length == 0 { return true }
        guard length == Int(first.maskStart - left.start) else { return false }
        for place in 0..<length where view[Int(left.start) + place] != view[Int(right.start) + place] { return false }
        return true
    }

    /// Takes the unit behind a number, where that stands as a word of its own: `317.5 KB,`.
    private mutating func joinUnit(_ view: ByteView, _ end: Int, _ limit: Int) -> Int? {
        let number = tokens.count - 1
        guard let value = values.last, value.isNumber, value.unit == .none, Int(value.maskEnd) == end else {
            return nil
        }
        guard Int(tokens[number].firstValue) + Int(tokens[number].valueCount) == values.count else { return nil }
        guard view[end] == 0x20, LogByte.isLetter(view[end + 1]) else { return nil }
        var unitEnd = end + 1
        while unitEnd < limit, LogByte.isLetter(view[unitEnd]) { unitEnd += 1 }
        guard let unit = LogUnit(view, end + 1, unitEnd) else { return nil }
        var tokenEnd = unitEnd
        while tokenEnd < limit, !LogByte.isSpace(view[tokenEnd]) {
            guard LogByte.isDelimiter(view[tokenEnd]) || view[tokenEnd] == UInt8(ascii: ".") else { return nil }
            tokenEnd += 1
        }
        values[values.count - 1].unit = unit
        values[values.count - 1].maskEnd = Int32(unitEnd)
        if unit.family == .time, value.maskStart > tokens[number].start,
            view[Int(value.maskStart) - 1] == UInt8(ascii: "<")
        {
            // `<1 sec` is a duration like any other.
            values[values.count - 1].maskStart -= 1
        }
        tokens[number].end = Int32(tokenEnd)
        if tokens[number].kind == .value { tokens[number].key = UInt16(unit.family.rawValue) }
        tokens[number].hash = literalHash(view, tokens[number]) | 1
        if dropRestatement(view) { return tokenEnd }
        return tokenEnd
    }

    /// Leaves out a size in brackets behind the same size in another unit: `1293 bytes (1.26 KB)`.
    private mutating func dropRestatement(_ view: ByteView) -> Bool {
        let count = tokens.count
        guard count >= 3, tokens[count - 1].valueCount == 1, let value = values.last, value.unit != .none,
            value.isNumber,
            tokens[count - 1].kind == .value, view[Int(tokens[count - 1].start)] == UInt8(ascii: "("),
            tokens[count - 2].kind == .word, tokens[count - 3].kind == .value
        else { return false }
        let before = values[Int(tokens[count - 3].firstValue)]
        guard before.isNumber, before.unit == .none else { return false }
        tokens.removeLast()
        values.removeLast()
        return true
    }

    /// The hash of a word out of its literal parts and the kinds of its values.
    func literalHash(_ view: ByteView, _ token: LogToken) -> UInt64 {
        var hash: UInt64 = 0
        var place = Int(token.start)
        let first = Int(token.firstValue)
        for value in values[first..<min(values.count, first + Int(token.valueCount))] {
            if Int(value.maskStart) > place {
                hash = LogHash.mix(hash, LogHash.text(view, place, Int(value.maskStart)))
            }
            hash = LogHash.mix(hash, LogHash.placeholder(value.unit.family))
            place = Int(value.maskEnd)
        }
        if Int(token.end) > place { hash = LogHash.mix(hash, LogHash.text(view, place, Int(token.end))) }
        return hash
    }
}
