/// The step of an automaton that is in many states at once: what both the table and the direct search are made of.
struct PatternWalk {
    /// What stands before a place: decides assertions.
    enum Before: Int32 {
        case start, newline, word, other

        init(_ byte: UInt8) {
            self = byte == 0x0A ? .newline : PatternWalk.isWord(byte) ? .word : .other
        }
    }

    let automaton: PatternAutomaton
    /// The number of the round in which a state was last reached.
    private var seen: [Int]
    private var round = 0
    private var pending: [Int] = []
    private(set) var reached: [Int] = []
    /// The states visited in all, as a measure of work.
    private(set) var work = 0

    init(_ automaton: PatternAutomaton) {
        self.automaton = automaton
        seen = Array(repeating: 0, count: automaton.states.count)
    }

    static func isWord(_ byte: UInt8) -> Bool { Lexer.isLetter(byte) || Lexer.isDigit(byte) }

    /// Follows splits and assertions from `states` between what stands before and the byte `next` (nil at the end).
    /// True if a match is reached; else ``reached`` holds the states that wait for a byte.
    mutating func close(_ states: [Int], before: Before, next: UInt8?) -> Bool {
        round += 1
        reached.removeAll(keepingCapacity: true)
        pending.removeAll(keepingCapacity: true)
        for state in states.reversed() { pending.append(state) }
        while let place = pending.popLast() {
            guard seen[place] != round else { continue }
            seen[place] = round
            work += 1
            switch automaton.states[place] {
            case .match: return true
            case .bytes: reached.append(place)
            case .split(let first, let second):
                pending.append(second)
                pending.append(first)
            case .assertion(let assertion, let target):
                if PatternWalk.holds(assertion, before, next) { pending.append(target) }
            }
        }
        return false
    }

    /// The states after the byte `next`, from the ones that were ``reached``, and the start, as a match may begin anywhere.
    mutating func step(_ next: UInt8) -> [Int] {
        round += 1
        var result: [Int] = []
        for place in reached {
            work += 1
            guard case .bytes(let low, let high, let target) = automaton.states[place], low <= next, next <= high,
                seen[target] != round
            else { continue }
            seen[target] = round
            result.append(target)
        }
        if seen[automaton.start] != round { result.append(automaton.start) }
        return result
    }

    private static func holds(_ assertion: PatternSyntax.Assertion, _ before: Before, _ next: UInt8?) -> Bool {
        switch assertion {
        case .textStart: before == .start
        case .textEnd: next == nil
        case .lineStart: before == .start || before == .newline
        case .lineEnd: next == nil || next == 0x0A
        case .wordBoundary: (before == .word) != (next.map(isWord) ?? false)
        case .noWordBoundary: (before == .word) == (next.map(isWord) ?? false)
        }
    }
}
