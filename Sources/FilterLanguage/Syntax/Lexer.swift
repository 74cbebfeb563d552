/// Cuts a source into tokens.
///
/// Source: the CEL language definition, "Syntax". Cost: one pass.
struct Lexer {
    let source: [UInt8]
    var position = 0

    init(_ source: [UInt8]) { self.source = source }

    /// All tokens up to and including ``Token/Kind/end``.
    static func tokens(of source: [UInt8]) throws(FilterError) -> [Token] {
        var lexer = Lexer(source)
        var tokens: [Token] = []
        while true {
            let token = try lexer.next()
            tokens.append(token)
            if token.kind == .end { return tokens }
        }
    }

    func byte(_ offset: Int = 0) -> UInt8 {
        position + offset < source.count ? source[position + offset] : 0
    }

    func error(_ message: String, at place: Int? = nil) -> FilterError {
        FilterError(.syntax, message, at: place ?? position, in: source)
    }

    private mutating func next() throws(FilterError) -> Token {
        skipBlanks()
        let start = position
        let kind = try kindOfNext()
        return Token(kind: kind, start: start, end: position)
    }

    private mutating func skipBlanks() {
        while position < source.count {
            switch byte() {
            case 0x20, 0x09, 0x0A, 0x0C, 0x0D: position += 1
            case UInt8(ascii: "/") where byte(1) == UInt8(ascii: "/"):
                while position < source.count, byte() != 0x0A { position += 1 }
            default: return
            }
        }
    }

    private mutating func kindOfNext() throws(FilterError) -> Token.Kind {
        guard position < source.count else { return .end }
        let first = byte()
        if Lexer.isDigit(first) || (first == UInt8(ascii: ".") && Lexer.isDigit(byte(1))) { return try number() }
        if first == UInt8(ascii: "'") || first == UInt8(ascii: "\"") { return try quoted(raw: false, bytes: false) }
        if Lexer.isLetter(first) {
            if let kind = try prefixedLiteral() { return kind }
            let start = position
            while Lexer.isLetter(byte()) || Lexer.isDigit(byte()) { position += 1 }
            return .identifier(String(decoding: source[start..<position], as: UTF8.self))
        }
        if first == UInt8(ascii: "`") { return try backquoted() }
        return .symbol(try symbol())
    }

    /// A string with one of the prefixes r, b, br, rb in any case; nil if the letter begins a name.
    private mutating func prefixedLiteral() throws(FilterError) -> Token.Kind? {
        var raw = false
        var bytes = false
        var length = 0
        while length < 2 {
            let letter = byte(length) | 0x20
            if letter == UInt8(ascii: "r"), !raw {
                raw = true
            } else if letter == UInt8(ascii: "b"), !bytes {
                bytes = true
            } else {
                break
            }
            length += 1
        }
        guard length > 0, byte(length) == UInt8(ascii: "'") || byte(length) == UInt8(ascii: "\"") else { return nil }
        position += length
        return try quoted(raw: raw, bytes: bytes)
    }

    private mutating func backquoted() throws(FilterError) -> Token.Kind {
        let start = position
        position += 1
        while position < source.count, byte() != UInt8(ascii: "`") {
            guard byte() != 0x0A else { break }
            position += 1
        }
        guard byte() == UInt8(ascii: "`") else {
            throw error("the quoted name has no closing '`'", at: start)
        }
        let name = String(decoding: source[(start + 1)..<position], as: UTF8.self)
        position += 1
        guard !name.isEmpty else { throw error("the quoted name is empty", at: start) }
        return .quotedIdentifier(name)
    }

    private mutating func symbol() throws(FilterError) -> Token.Symbol {
        if position + 1 < source.count,
            let symbol = Token.Symbol(rawValue: String(decoding: source[position..<(position + 2)], as: UTF8.self))
        {
            position += 2
            return symbol
        }
        if let symbol = Token.Symbol(rawValue: String(decoding: source[position...position], as: UTF8.self)) {
            position += 1
            return symbol
        }
        switch byte() {
        case UInt8(ascii: "="): throw error("a single '=' is no operator; write '==' to compare")
        case UInt8(ascii: "&"): throw error("a single '&' is no operator; write '&&'")
        case UInt8(ascii: "|"): throw error("a single '|' is no operator; write '||'")
        case 0xE2:
            throw error("a typographic character stands here; use plain quotes ' or \" and plain operators")
        default:
            var end = position + 1
            while end < source.count, source[end] & 0xC0 == 0x80 { end += 1 }
            throw error("unexpected character '\(String(decoding: source[position..<end], as: UTF8.self))'")
        }
    }

    static func isDigit(_ byte: UInt8) -> Bool { byte >= 0x30 && byte <= 0x39 }

    static func isLetter(_ byte: UInt8) -> Bool { (byte | 0x20) >= 0x61 && (byte | 0x20) <= 0x7A || byte == 0x5F }

    /// The value of a hexadecimal digit, or nil.
    static func hexadecimal(_ byte: UInt8) -> UInt32? {
        switch byte {
        case 0x30...0x39: UInt32(byte - 0x30)
        case 0x41...0x46: UInt32(byte - 0x41 + 10)
        case 0x61...0x66: UInt32(byte - 0x61 + 10)
        default: nil
        }
    }
}
