import FieldExtraction
import FuzzSupport

@testable import FilterLanguage

// A regular expression and, behind its first newline, a text. What `matches` says is held against the meaning of the
// parsed expression, against the automaton followed without its table, and against plain search where nothing is special.

/// Whether the automaton finds a match, followed state by state.
func isFound(_ automaton: PatternAutomaton, in text: [UInt8]) -> Bool {
    var walk = PatternWalk(automaton)
    var states = [automaton.start]
    var before = PatternWalk.Before.start
    for byte in text {
        if walk.close(states, before: before, next: byte) { return true }
        states = walk.step(byte)
        claim(states.count <= automaton.states.count, "more states at once than there are")
        before = PatternWalk.Before(byte)
    }
    return walk.close(states, before: before, next: nil)
}

func isSearched(_ part: [UInt8], in text: [UInt8]) -> Bool {
    part.isEmpty || text.indices.contains { text[$0...].starts(with: part) }
}

/// The text with the other case of its letters A to Z.
func swappingCase(_ text: String) -> String {
    String(
        String.UnicodeScalarView(
            text.unicodeScalars.map { scalar in
                scalar.isASCII && scalar.properties.isAlphabetic ? Unicode.Scalar(scalar.value ^ 0x20)! : scalar
            }))
}

/// Whether an expression ignores case throughout and names plain letters only.
func ignoresCase(_ expression: String) -> Bool {
    expression.hasPrefix("(?i)") && expression.utf8.allSatisfy { $0 < 0x80 }
        && !expression.dropFirst(4).contains("(?") && !expression.contains("\\x") && !expression.contains("\\0")
}

/// The same through a filter, as an event meets it.
func isMatched(_ expression: String, _ text: String) -> Bool? {
    var source: [UInt8] = []
    JSONString.append(expression, to: &source)
    var event = Array(#"{"t":"#.utf8)
    JSONString.append(text, to: &event)
    event.append(UInt8(ascii: "}"))
    guard let filter = try? Filter("event.t.matches(\(String(decoding: source, as: UTF8.self)))") else { return nil }
    return FilterCheck.outcome(filter, event)?.isMatch
}

func check(_ expression: String, _ text: String) throws(FilterError) {
    let pattern = try Pattern(expression, limits: FilterLimits())
    let found = pattern.matches(text)
    let (syntax, root) = try PatternParser.parse(expression, limits: FilterLimits())
    let automaton = try PatternAutomaton(syntax, root: root, limit: FilterLimits().patternStates)
    claim(isFound(automaton, in: Array(text.utf8)) == found, "the table says \(found), its automaton does not")
    let scalars = Array(text.unicodeScalars)
    if scalars.count <= 62 {
        var walk = ReferenceWalk(syntax, scalars)
        claim(walk.isFound(root) == found, "the table says \(found), the meaning of the expression does not")
    }
    let special = Set(#"\.+*?()|[]{}^$"#.utf8)
    if special.isDisjoint(with: expression.utf8) {
        claim(isSearched(Array(expression.utf8), in: Array(text.utf8)) == found, "plain search does not say \(found)")
    }
    if ignoresCase(expression) {
        claim(pattern.matches(swappingCase(text)) == found, "in the other case it is not \(found)")
    }
    if let matched = isMatched(expression, text) { claim(matched == found, "a filter does not say \(found)") }
}

Fuzzer.run { bytes in
    let parts = bytes.split(separator: 0x0A, maxSplits: 1, omittingEmptySubsequences: false).map { Array($0) }
    let expressionBytes = parts[0]
    let textBytes = parts.count > 1 ? parts[1] : []
    guard let expression = String(validating: expressionBytes, as: UTF8.self),
        let text = String(validating: textBytes, as: UTF8.self)
    else { return }
    do throws(FilterError) {
        try check(expression, text)
    } catch {
        let count = expression.unicodeScalars.count
        claim((1...(count + 1)).contains(error.column), "column \(error.column) of \(count): \(error)")
        claim(!error.message.isEmpty, "an error without a sentence")
    }
}
