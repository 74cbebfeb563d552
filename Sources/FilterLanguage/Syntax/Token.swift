/// One token of CEL with the bytes of the source it spans.
struct Token {
    /// What a token is.
    enum Kind: Equatable {
        case identifier(String)
        /// An identifier in backquotes, allowed after a dot only.
        case quotedIdentifier(String)
        /// The digits of an integer without sign; 2^63 is allowed after a minus only.
        case integer(UInt64)
        case unsigned(UInt64)
        case double(Double)
        case string(String)
        case bytes([UInt8])
        case symbol(Symbol)
        case end
    }

    /// Operators and punctuation.
    enum Symbol: String {
        case equal = "==", notEqual = "!=", less = "<", atMost = "<=", greater = ">", atLeast = ">="
        case and = "&&", or = "||", not = "!", plus = "+", minus = "-", times = "*", over = "/", modulo = "%"
        case question = "?", colon = ":", dot = ".", comma = ","
        case openParenthesis = "(", closeParenthesis = ")", openBracket = "[", closeBracket = "]"
        case openBrace = "{", closeBrace = "}"
    }

    var kind: Kind
    var start: Int
    var end: Int

    /// The token as an error message shows it.
    func text(in source: [UInt8]) -> String {
        kind == .end ? "the end" : "'" + String(decoding: source[start..<min(end, start + 40)], as: UTF8.self) + "'"
    }
}
