/// Parses RE2's syntax: what can be matched in one pass over the text. No backreferences, no lookaround.
///
/// Source: https://github.com/google/re2/wiki/Syntax
struct PatternParser {
    /// The modes set by `(?i)` and its like.
    struct Flags {
        var ignoresCase = false
        var isMultiline = false
        var dotMatchesNewline = false
    }

    let scalars: [Unicode.Scalar]
    let limits: FilterLimits
    var position = 0
    var depth = 0
    var flags = Flags()
    var syntax = PatternSyntax()

    static func parse(_ text: String, limits: FilterLimits) throws(FilterError) -> (syntax: PatternSyntax, root: Int) {
        guard text.utf8.count <= limits.patternBytes else {
            throw FilterError(
                .limitExceeded, "it is longer than the limit 'patternBytes' of \(limits.patternBytes)", column: 1)
        }
        var parser = PatternParser(scalars: Array(text.unicodeScalars), limits: limits)
        let root = try parser.alternatives()
        guard parser.position == parser.scalars.count else { throw parser.error("')' without '('") }
        return (parser.syntax, root)
    }

    func error(_ message: String) -> FilterError {
        FilterError(.syntax, "\(message), at its character \(min(position, scalars.count) + 1)", column: position + 1)
    }

    var current: Unicode.Scalar? { position < scalars.count ? scalars[position] : nil }

    mutating func take(_ scalar: Unicode.Scalar) -> Bool {
        guard current == scalar else { return false }
        position += 1
        return true
    }

    mutating func take(_ text: String) -> Bool {
        let part = Array(text.unicodeScalars)
        guard scalars[position...].starts(with: part) else { return false }
        position += part.count
        return true
    }

    /// `a|b|c`.
    private mutating func alternatives() throws(FilterError) -> Int {
        depth += 1
        defer { depth -= 1 }
        guard depth <= limits.depth else { throw error("it nests deeper than the limit 'depth' of \(limits.depth)") }
        let outer = flags
        defer { flags = outer }
        var branches = [try sequence()]
        while take("|") { branches.append(try sequence()) }
        return branches.count == 1 ? branches[0] : syntax.add(.alternatives(branches))
    }

    private mutating func sequence() throws(FilterError) -> Int {
        var parts: [Int] = []
        while let next = current, next != "|", next != ")" {
            if take("\\Q") {
                while position < scalars.count, !take("\\E") {
                    parts.append(literal(scalars[position].value))
                    position += 1
                }
                continue
            }
            guard let part = try atom() else { continue }
            parts.append(try repetitions(of: part))
        }
        return parts.count == 1 ? parts[0] : syntax.add(parts.isEmpty ? .empty : .sequence(parts))
    }

    private mutating func literal(_ code: UInt32) -> Int {
        let set = CodePointSet([code...code])
        return add(flags.ignoresCase ? set.foldingCase : set)
    }

    private mutating func add(_ set: CodePointSet) -> Int { syntax.add(.set(set.normalized)) }

    private mutating func repetitions(of part: Int) throws(FilterError) -> Int {
        var part = part
        var count = 0
        while let (least, most) = try quantifier() {
            count += 1
            guard count <= 8 else { throw error("too many repetition operators in a row") }
            _ = take("?")
            part = syntax.add(.repetition(part, least, most))
        }
        return part
    }

    private mutating func quantifier() throws(FilterError) -> (Int, Int?)? {
        if take("*") { return (0, nil) }
        if take("+") { return (1, nil) }
        if take("?") { return (0, 1) }
        let start = position
        guard take("{"), let least = number() else {
            position = start
            return nil
        }
        var most: Int? = least
        if take(",") { most = number() }
        guard take("}") else {
            position = start
            return nil
        }
        guard least <= 1000, most ?? 0 <= 1000 else { throw error("a repetition above 1000") }
        guard most ?? least >= least else { throw error("a repetition whose end is before its start") }
        return (least, most)
    }

    private mutating func number() -> Int? {
        var value: Int?
        while let digit = current?.value, digit >= 0x30, digit <= 0x39, value ?? 0 < 100_000 {
            value = (value ?? 0) * 10 + Int(digit - 0x30)
            position += 1
        }
        return value
    }

    /// One place of the pattern, or nil for flags that stand alone.
    private mutating func atom() throws(FilterError) -> Int? {
        guard let next = current else { return nil }
        switch next {
        case "(": return try group()
        case "[": return add(try bracket())
        case ".":
            position += 1
            return add(flags.dotMatchesNewline ? .any : CodePointSet.newline.inverted)
        case "^":
            position += 1
            return syntax.add(.assertion(flags.isMultiline ? .lineStart : .textStart))
        case "$":
            position += 1
            return syntax.add(.assertion(flags.isMultiline ? .lineEnd : .textEnd))
        case "*", "+", "?": throw error("nothing stands before '\(next)' to repeat")
        case "\\":
            position += 1
            return try escape()
        default:
            position += 1
            return literal(next.value)
        }
    }

    private mutating func group() throws(FilterError) -> Int? {
        position += 1
        let outer = flags
        if take("?") {
            if take("=") || take("!") || take("<=") || take("<!") {
                throw error("lookaround is not supported: matching must stay linear in the text")
            }
            if take("P<") || take("<") {
                while let next = current, next != ">" {
                    guard next.properties.isAlphabetic || next.properties.numericType != nil || next == "_" else {
                        throw error("a bad group name")
                    }
                    position += 1
                }
                guard take(">") else { throw error("a group name without '>'") }
            } else {
                try readFlags()
                if take(")") { return nil }
                guard take(":") else { throw error("an unknown group '(?'") }
            }
        }
        let inner = try alternatives()
        guard take(")") else { throw error("'(' without ')'") }
        flags = outer
        return inner
    }

    private mutating func readFlags() throws(FilterError) {
        var value = true
        while let next = current, next != ")", next != ":" {
            switch next {
            case "-": value = false
            case "i": flags.ignoresCase = value
            case "m": flags.isMultiline = value
            case "s": flags.dotMatchesNewline = value
            case "U": break
            default: throw error("an unknown flag '\(next)'")
            }
            position += 1
        }
    }

    /// What follows a backslash outside brackets.
    private mutating func escape() throws(FilterError) -> Int {
        guard let letter = current else { throw error("a backslash at the end") }
        let assertion: PatternSyntax.Assertion? =
            switch letter {
            case "A": .textStart
            case "z": .textEnd
            case "b": .wordBoundary
            case "B": .noWordBoundary
            default: nil
            }
        if let assertion {
            position += 1
            return syntax.add(.assertion(assertion))
        }
        if let set = classEscape() { return add(set) }
        return literal(try characterEscape())
    }
}
