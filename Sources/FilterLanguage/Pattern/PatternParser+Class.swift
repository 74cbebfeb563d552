extension PatternParser {
    /// `[a-z]`, `[^\d_]`, `[[:alpha:]]`.
    mutating func bracket() throws(FilterError) -> CodePointSet {
        position += 1
        let isInverted = take("^")
        var set = CodePointSet()
        // Kept apart, as their opposites must not be folded: no letter's other case is in `\W` because `ſ` is.
        var classes = CodePointSet()
        var isFirst = true
        while true {
            guard let next = current else { throw error("'[' without ']'") }
            if next == "]", !isFirst { break }
            isFirst = false
            if take("[:") {
                classes.formUnion(try posixClass())
                continue
            }
            if next == "\\" {
                position += 1
                if let escaped = classEscape() {
                    classes.formUnion(escaped)
                    continue
                }
                position -= 1
            }
            let low = try member()
            var high = low
            if current == "-", position + 1 < scalars.count, scalars[position + 1] != "]" {
                position += 1
                high = try member()
            }
            guard low <= high else { throw error("a range whose end is before its start") }
            set.insert(low...high)
        }
        position += 1
        if flags.ignoresCase { set = set.foldingCase }
        set.formUnion(classes)
        return isInverted ? set.inverted : set
    }

    private mutating func posixClass() throws(FilterError) -> CodePointSet {
        let isInverted = take("^")
        var name = ""
        while let letter = current, letter.isASCII, letter.properties.isAlphabetic {
            name.unicodeScalars.append(letter)
            position += 1
        }
        guard take(":]"), var set = CodePointSet.posix(name) else { throw error("an unknown class '[:\(name):]'") }
        if flags.ignoresCase { set = set.foldingCase }
        return isInverted ? set.inverted : set
    }

    /// One character of a bracket, as it stands or escaped.
    private mutating func member() throws(FilterError) -> UInt32 {
        guard let next = current else { throw error("'[' without ']'") }
        position += 1
        return next == "\\" ? try characterEscape() : next.value
    }

    /// `\d`, `\w`, `\s` and their opposites, after the backslash; nil if something else follows.
    mutating func classEscape() -> CodePointSet? {
        let set: CodePointSet? =
            switch current {
            case "d": .digits
            case "D": CodePointSet.digits.inverted
            case "w": .word
            case "W": CodePointSet.word.inverted
            case "s": .space
            case "S": CodePointSet.space.inverted
            default: nil
            }
        if set != nil { position += 1 }
        return set
    }

    /// The code point of an escape, after the backslash.
    mutating func characterEscape() throws(FilterError) -> UInt32 {
        guard let letter = current else { throw error("a backslash at the end") }
        position += 1
        switch letter {
        case "a": return 0x07
        case "f": return 0x0C
        case "n": return 0x0A
        case "r": return 0x0D
        case "t": return 0x09
        case "v": return 0x0B
        case "x": return try hexadecimal()
        case "0": return octal(first: 0)
        case "1"..."9": throw error("backreferences are not supported: matching must stay linear in the text")
        case "p", "P": throw error("Unicode classes (\\p) are not supported; list the characters in brackets")
        default:
            guard letter.isASCII, !letter.properties.isAlphabetic else {
                throw error("an unknown escape '\\\(letter)'")
            }
            return letter.value
        }
    }

    private mutating func octal(first: UInt32) -> UInt32 {
        var value = first
        var count = 0
        while count < 2, let digit = current?.value, digit >= 0x30, digit <= 0x37 {
            value = value * 8 + digit - 0x30
            position += 1
            count += 1
        }
        return value
    }

    private mutating func hexadecimal() throws(FilterError) -> UInt32 {
        let isBraced = take("{")
        var value: UInt32 = 0
        var count = 0
        while count < (isBraced ? 6 : 2), let next = current, next.isASCII,
            let digit = Lexer.hexadecimal(UInt8(truncatingIfNeeded: next.value))
        {
            value = value * 16 + digit
            position += 1
            count += 1
        }
        guard count > 0, isBraced ? take("}") : count == 2, value <= CodePointSet.last else {
            throw error("a bad hexadecimal escape")
        }
        return value
    }
}
