@testable import FilterLanguage

/// The meaning of a regular expression by its parsed form: from which places it leads to which, as sets of places.
///
/// No automaton and no bytes, so that it can be held against both. Texts of up to 62 characters.
struct ReferenceWalk {
    private let syntax: PatternSyntax
    private let text: [Unicode.Scalar]
    private var known: [Int: UInt64] = [:]

    init(_ syntax: PatternSyntax, _ text: [Unicode.Scalar]) {
        self.syntax = syntax
        self.text = text
    }

    /// Whether the expression is found anywhere.
    mutating func isFound(_ root: Int) -> Bool {
        (0...text.count).contains { ends(root, from: $0) != 0 }
    }

    /// The places where a match that begins at one of `places` may end.
    private mutating func ends(_ node: Int, from places: UInt64) -> UInt64 {
        var result: UInt64 = 0
        for place in 0...text.count where places & 1 << UInt64(place) != 0 { result |= ends(node, from: place) }
        return result
    }

    private mutating func ends(_ node: Int, from place: Int) -> UInt64 {
        if let known = known[node << 6 | place] { return known }
        let here: UInt64 = 1 << UInt64(place)
        var result: UInt64 = 0
        switch syntax.nodes[node] {
        case .empty: result = here
        case .set(let ranges):
            let isMember = place < text.count && ranges.contains { $0.contains(text[place].value) }
            result = isMember ? here << 1 : 0
        case .sequence(let parts):
            result = here
            for part in parts { result = ends(part, from: result) }
        case .alternatives(let branches):
            for branch in branches { result |= ends(branch, from: place) }
        case .repetition(let part, let least, let most): result = repetition(part, least, most, here)
        case .assertion(let assertion): result = holds(assertion, at: place) ? here : 0
        }
        known[node << 6 | place] = result
        return result
    }

    private mutating func repetition(_ part: Int, _ least: Int, _ most: Int?, _ start: UInt64) -> UInt64 {
        var places = start
        for _ in 0..<least {
            let next = ends(part, from: places)
            if next == places { break }
            places = next
        }
        var result = places
        for _ in 0..<((most ?? .max) - least) {
            places = ends(part, from: places)
            if result | places == result { break }
            result |= places
        }
        return result
    }

    private func isWord(_ place: Int) -> Bool {
        guard text.indices.contains(place), text[place].isASCII else { return false }
        return text[place].properties.isAlphabetic || text[place].properties.numericType != nil || text[place] == "_"
    }

    private func holds(_ assertion: PatternSyntax.Assertion, at place: Int) -> Bool {
        switch assertion {
        case .textStart: place == 0
        case .textEnd: place == text.count
        case .lineStart: place == 0 || text[place - 1] == "\n"
        case .lineEnd: place == text.count || text[place] == "\n"
        case .wordBoundary: isWord(place - 1) != isWord(place)
        case .noWordBoundary: isWord(place - 1) == isWord(place)
        }
    }
}
