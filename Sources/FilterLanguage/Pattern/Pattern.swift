/// A regular expression of `matches`: found anywhere in the text, in time linear in the text.
///
///     try Pattern("^/api/v[12]/.*items$", limits: FilterLimits()).matches("/api/v1/items")
///
/// Most patterns become a table with one look-up per byte, built at compile time and never changed, so that threads share
/// it freely. One whose table would be too large is searched by following all states at once: linear still, but slower.
final class Pattern: Sendable {
    private let automaton: PatternAutomaton
    private let classes: [UInt8]
    private let next: [UInt16]
    private let traits: [UInt8]
    private let classCount: Int
    private let first: UInt16

    /// Compiles a pattern; throws what is wrong with it.
    init(_ text: String, limits: FilterLimits) throws(FilterError) {
        let (syntax, root) = try PatternParser.parse(text, limits: limits)
        automaton = try PatternAutomaton(syntax, root: root, limit: limits.patternStates)
        let table = PatternTable(automaton)
        classes = table?.classes ?? []
        next = table?.next ?? []
        traits = table?.traits ?? []
        classCount = table?.classCount ?? 0
        first = table?.first ?? 0
    }

    func matches(_ text: String) -> Bool {
        var text = text
        return text.withUTF8 { bytes in
            guard let start = bytes.baseAddress else { return matchesEmpty() }
            return matches(unsafe Characters(start: start, count: bytes.count))
        }
    }

    private func matchesEmpty() -> Bool {
        var walk = PatternWalk(automaton)
        return walk.close([automaton.start], before: .start, next: nil)
    }

    func matches(_ text: Characters) -> Bool {
        guard classCount > 0 else { return search(text) }
        var state = first
        for place in 0..<text.count {
            state = next[Int(state) &* classCount &+ Int(classes[Int(text[place])])]
            if state == PatternTable.matched { return true }
            if traits[Int(state)] == 2 { return false }
        }
        return traits[Int(state)] == 1
    }

    /// The search without a table: as many steps per byte as the automaton has states, at most.
    private func search(_ text: Characters) -> Bool {
        var walk = PatternWalk(automaton)
        var states = [automaton.start]
        var before = PatternWalk.Before.start
        for place in 0..<text.count {
            let byte = text[place]
            if walk.close(states, before: before, next: byte) { return true }
            states = walk.step(byte)
            before = PatternWalk.Before(byte)
        }
        return walk.close(states, before: before, next: nil)
    }
}
