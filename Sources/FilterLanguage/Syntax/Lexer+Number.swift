extension Lexer {
    /// A number: `12`, `0xFF`, `12u`, `1.5`, `.5`, `1e9`.
    mutating func number() throws(FilterError) -> Token.Kind {
        let start = position
        if byte() == UInt8(ascii: "0"), byte(1) | 0x20 == UInt8(ascii: "x"), Lexer.hexadecimal(byte(2)) != nil {
            position += 2
            return try integer(radix: 16, from: position, start: start)
        }
        skipDigits()
        var isDouble = false
        if byte() == UInt8(ascii: "."), Lexer.isDigit(byte(1)) {
            isDouble = true
            position += 1
            skipDigits()
        }
        if byte() | 0x20 == UInt8(ascii: "e") {
            let sign = byte(1) == UInt8(ascii: "+") || byte(1) == UInt8(ascii: "-") ? 1 : 0
            if Lexer.isDigit(byte(1 + sign)) {
                isDouble = true
                position += 1 + sign
                skipDigits()
            }
        }
        guard isDouble else { return try integer(radix: 10, from: start, start: start) }
        let text = String(decoding: source[start..<position], as: UTF8.self)
        guard let value = Double(text.first == "." ? "0" + text : text) else {
            throw error("'\(text)' is not a number", at: start)
        }
        try requireBoundary(start)
        return .double(value)
    }

    private mutating func skipDigits() {
        while Lexer.isDigit(byte()) { position += 1 }
    }

    private mutating func integer(radix: UInt64, from first: Int, start: Int) throws(FilterError) -> Token.Kind {
        position = first
        var value: UInt64 = 0
        while let digit = Lexer.hexadecimal(byte()), digit < radix {
            let (product, overflow) = value.multipliedReportingOverflow(by: radix)
            let (sum, carry) = product.addingReportingOverflow(UInt64(digit))
            guard !overflow, !carry else {
                throw error("the integer does not fit 64 bits; write a double such as 1e20", at: start)
            }
            value = sum
            position += 1
        }
        if byte() | 0x20 == UInt8(ascii: "u") {
            position += 1
            try requireBoundary(start)
            return .unsigned(value)
        }
        try requireBoundary(start)
        return .integer(value)
    }

    /// A number must not run into a name: `90ms` is a mistake, not two tokens.
    private func requireBoundary(_ start: Int) throws(FilterError) {
        guard Lexer.isLetter(byte()) || Lexer.isDigit(byte()) else { return }
        var end = position
        while end < source.count, Lexer.isLetter(source[end]) || Lexer.isDigit(source[end]) { end += 1 }
        let text = String(decoding: source[start..<end], as: UTF8.self)
        throw error("'\(text)' is not a number; put a string in quotes, a length of time in duration('…')", at: start)
    }
}
