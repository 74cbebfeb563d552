/// Regular expressions for texts with wildcards and for texts of either case, to be matched by the automaton of
/// `matches`, in time linear in the event.
enum WildcardText {
    /// What is wrong with a text with wildcards.
    enum Fault: Error {
        /// Two asterisks without a character between them.
        case doubledAsterisk
        /// A backslash before something other than an asterisk or a backslash.
        case strayBackslash
    }

    /// The expression for `a*z`: `(?s)^a.*z$`.
    static func expression(_ text: String) throws(Fault) -> String {
        var result = "(?s)^"
        var isEscaped = false
        var isAfterAsterisk = false
        for scalar in text.unicodeScalars {
            if isEscaped {
                guard scalar == "*" || scalar == "\\" else { throw .strayBackslash }
                append(scalar, to: &result)
                isEscaped = false
            } else if scalar == "*" {
                if isAfterAsterisk { throw .doubledAsterisk }
                result += ".*"
                isAfterAsterisk = true
                continue
            } else if scalar == "\\" {
                isEscaped = true
            } else {
                append(scalar, to: &result)
            }
            isAfterAsterisk = false
        }
        if isEscaped { throw .strayBackslash }
        return result + "$"
    }

    /// Where a text of either case must stand.
    enum Place {
        case start, end, whole
    }

    /// The expression for a text whatever the case of the letters A to Z: `^[eE][rR]7$`.
    static func ignoringCase(_ text: String, at place: Place) -> String {
        var result = place == .end ? "" : "^"
        for scalar in text.unicodeScalars {
            guard scalar.isASCII, scalar.properties.isAlphabetic else {
                append(scalar, to: &result)
                continue
            }
            let letter = UInt8(scalar.value)
            result += "["
            result.unicodeScalars.append(Unicode.Scalar(letter | 0x20))
            result.unicodeScalars.append(Unicode.Scalar(letter & ~0x20))
            result += "]"
        }
        return place == .start ? result : result + "$"
    }

    /// Appends a character that stands for itself.
    private static func append(_ scalar: Unicode.Scalar, to expression: inout String) {
        if "\\.+*?()|[]{}^$".unicodeScalars.contains(scalar) { expression += "\\" }
        expression.unicodeScalars.append(scalar)
    }
}
