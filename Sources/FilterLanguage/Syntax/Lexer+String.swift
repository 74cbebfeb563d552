extension Lexer {
    /// A string or bytes literal from its quote on: one or three quotes, raw or with escapes.
    mutating func quoted(raw: Bool, bytes: Bool) throws(FilterError) -> Token.Kind {
        let start = position
        let quote = byte()
        let triple = byte(1) == quote && byte(2) == quote
        position += triple ? 3 : 1
        var content: [UInt8] = []
        while true {
            guard position < source.count else { throw unclosed(quote, start) }
            let next = byte()
            if next == quote, !triple || (byte(1) == quote && byte(2) == quote) {
                position += triple ? 3 : 1
                break
            }
            if next == 0x0A || next == 0x0D, !triple { throw unclosed(quote, start) }
            if next == UInt8(ascii: "\\"), !raw {
                try escape(bytes: bytes, into: &content)
            } else {
                content.append(next)
                position += 1
            }
        }
        return bytes ? .bytes(content) : .string(String(decoding: content, as: UTF8.self))
    }

    private func unclosed(_ quote: UInt8, _ start: Int) -> FilterError {
        error("the string that begins here has no closing \(quote == UInt8(ascii: "'") ? "'" : "\"")", at: start)
    }

    private mutating func escape(bytes: Bool, into content: inout [UInt8]) throws(FilterError) {
        let start = position
        let letter = byte(1)
        position += 2
        switch letter {
        case UInt8(ascii: "a"): content.append(0x07)
        case UInt8(ascii: "b"): content.append(0x08)
        case UInt8(ascii: "f"): content.append(0x0C)
        case UInt8(ascii: "n"): content.append(0x0A)
        case UInt8(ascii: "r"): content.append(0x0D)
        case UInt8(ascii: "t"): content.append(0x09)
        case UInt8(ascii: "v"): content.append(0x0B)
        case UInt8(ascii: "\\"), UInt8(ascii: "?"), UInt8(ascii: "\""), UInt8(ascii: "'"), UInt8(ascii: "`"):
            content.append(letter)
        case UInt8(ascii: "x"), UInt8(ascii: "X"):
            try append(try digits(2, radix: 16, start), bytes: bytes, start, to: &content)
        case UInt8(ascii: "u") where !bytes:
            try append(try digits(4, radix: 16, start), bytes: false, start, to: &content)
        case UInt8(ascii: "U") where !bytes:
            try append(try digits(8, radix: 16, start), bytes: false, start, to: &content)
        case UInt8(ascii: "0")...UInt8(ascii: "3"):
            position -= 1
            try append(try digits(3, radix: 8, start), bytes: bytes, start, to: &content)
        default:
            let hint = "write '\\\\' for a backslash, or a raw string r'…'"
            throw error("no such escape in a \(bytes ? "bytes" : "string") literal; \(hint)", at: start)
        }
    }

    private mutating func digits(_ count: Int, radix: UInt32, _ start: Int) throws(FilterError) -> UInt32 {
        var value: UInt32 = 0
        for _ in 0..<count {
            guard let digit = Lexer.hexadecimal(byte()), digit < radix else {
                throw error("this escape needs \(count) \(radix == 8 ? "octal" : "hexadecimal") digits", at: start)
            }
            value = value &* radix &+ digit
            position += 1
        }
        return value
    }

    private func append(
        _ code: UInt32, bytes: Bool, _ start: Int, to content: inout [UInt8]
    ) throws(FilterError) {
        if bytes {
            content.append(UInt8(truncatingIfNeeded: code))
        } else if let scalar = Unicode.Scalar(code) {
            content.append(contentsOf: UTF8.encode(scalar).map(Array.init) ?? [])
        } else {
            throw error("the escape names no character: surrogates and codes over 10FFFF are none", at: start)
        }
    }
}
