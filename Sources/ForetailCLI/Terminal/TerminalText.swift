/// Text as a terminal shows it: harmless, measured in cells, cut where a character ends.
enum TerminalText {
    /// The text with control characters, and those that turn the direction of writing, spelled out, so that a log line cannot
    /// give orders to the terminal: ESC becomes `\x1b`.
    static func harmless(_ text: String) -> String {
        guard text.unicodeScalars.contains(where: isHarmful) else { return text }
        var result = ""
        for scalar in text.unicodeScalars {
            guard isHarmful(scalar) else {
                result.unicodeScalars.append(scalar)
                continue
            }
            switch scalar {
            case "\n": result += "\\n"
            case "\r": result += "\\r"
            case "\t": result += "\\t"
            default:
                let digits = String(scalar.value, radix: 16)
                result += scalar.value < 0x100 ? "\\x\(digits.count < 2 ? "0" : "")\(digits)" : "\\u{\(digits)}"
            }
        }
        return result
    }

    private static func isHarmful(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0..<0x20, 0x7F..<0xA0: true
        // Marks, embeddings, overrides and isolates of direction; line and paragraph separators.
        case 0x200E, 0x200F, 0x061C, 0x2028...0x202E, 0x2066...0x2069: true
        default: false
        }
    }

    /// The cells a terminal gives a text: none for combining marks, two for wide East Asian characters and emoji.
    static func cells(_ text: String) -> Int { text.unicodeScalars.reduce(0) { $0 + cells($1) } }

    /// The text cut to so many cells, with an ellipsis where something was cut off.
    static func cut(_ text: String, cells limit: Int) -> String {
        // A byte is at least as much as a cell.
        guard text.utf8.count > limit, cells(text) > limit else { return text }
        guard limit > 0 else { return "" }
        var result = ""
        var used = 0
        for scalar in text.unicodeScalars {
            let width = cells(scalar)
            if used + width > limit - 1 { break }
            used += width
            result.unicodeScalars.append(scalar)
        }
        return result + "…"
    }

    /// The text with blanks behind it up to so many cells.
    static func padded(_ text: String, cells count: Int) -> String {
        text + String(repeating: " ", count: max(0, count - cells(text)))
    }

    private static func cells(_ scalar: Unicode.Scalar) -> Int {
        let value = scalar.value
        if value < 0x300 { return 1 }
        switch value {
        case 0x300...0x36F, 0x200B...0x200D, 0x20D0...0x20FF, 0xFE00...0xFE0F, 0xFE20...0xFE2F, 0xE0100...0xE01EF:
            return 0
        case 0x1100...0x115F, 0x2E80...0x303E, 0x3041...0xA4CF, 0xAC00...0xD7A3, 0xF900...0xFAFF, 0xFE30...0xFE6F,
            0xFF00...0xFF60, 0xFFE0...0xFFE6, 0x1F300...0x1F64F, 0x1F680...0x1F6FF, 0x1F900...0x1F9FF,
            0x20000...0x3FFFD:
            return 2
        default: return scalar.properties.generalCategory == .nonspacingMark ? 0 : 1
        }
    }
}
