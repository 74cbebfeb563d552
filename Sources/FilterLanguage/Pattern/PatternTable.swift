/// A deterministic automaton, built whole when the filter is compiled: one table look-up per byte of the text.
struct PatternTable {
    /// The most states, and the most steps to build them; a pattern beyond is searched directly.
    static let stateLimit = 1_000
    static let workLimit = 2_000_000
    /// The state in which a match has been found.
    static let matched: UInt16 = 0

    /// The class of each byte; bytes of one class behave alike everywhere.
    private(set) var classes: [UInt8] = Array(repeating: 0, count: 256)
    private(set) var classCount = 0
    /// The next state by state and class.
    private(set) var next: [UInt16] = []
    /// 1 if the text may end in the state, 2 if no match can follow, by state.
    private(set) var traits: [UInt8] = []
    /// The state before the first byte.
    let first: UInt16 = 1

    private var numbers: [[Int]: UInt16] = [:]
    private var sets: [(states: [Int], before: PatternWalk.Before)] = []

    /// Builds the table; nil if it gets too large.
    init?(_ automaton: PatternAutomaton) {
        let representatives = divideBytes(automaton)
        var walk = PatternWalk(automaton)
        sets.append(([], .other))
        _ = number([automaton.start], .start)
        next = Array(repeating: PatternTable.matched, count: classCount)
        traits = [1]
        var state = 1
        while state < sets.count {
            let (states, before) = sets[state]
            for byte in representatives {
                var target = PatternTable.matched
                if !walk.close(states, before: before, next: byte) {
                    guard let found = number(walk.step(byte).sorted(), PatternWalk.Before(byte)) else { return nil }
                    target = found
                }
                next.append(target)
            }
            let isLast = walk.close(states, before: before, next: nil)
            let row = next[(next.count - classCount)...]
            let isStuck = !isLast && !row.contains { $0 != UInt16(state) }
            traits.append(isLast ? 1 : isStuck ? 2 : 0)
            if walk.work > PatternTable.workLimit { return nil }
            state += 1
        }
        numbers = [:]
        sets = []
    }

    private mutating func number(_ states: [Int], _ before: PatternWalk.Before) -> UInt16? {
        let key = states + [-1 - Int(before.rawValue)]
        if let number = numbers[key] { return number }
        guard sets.count < PatternTable.stateLimit else { return nil }
        numbers[key] = UInt16(sets.count)
        sets.append((states, before))
        return UInt16(sets.count - 1)
    }

    /// Finds the classes and returns one byte of each.
    private mutating func divideBytes(_ automaton: PatternAutomaton) -> [UInt8] {
        var borders: Set<Int> = [0]
        for state in automaton.states {
            switch state {
            case .bytes(let low, let high, _):
                borders.insert(Int(low))
                borders.insert(Int(high) + 1)
            case .assertion:
                for byte in 1..<256 {
                    let isBorder =
                        PatternWalk.isWord(UInt8(byte)) != PatternWalk.isWord(UInt8(byte - 1)) || byte == 0x0A
                        || byte == 0x0B
                    if isBorder { borders.insert(byte) }
                }
            default: break
            }
        }
        var representatives: [UInt8] = []
        for byte in 0..<256 {
            if borders.contains(byte) { representatives.append(UInt8(byte)) }
            classes[byte] = UInt8(representatives.count - 1)
        }
        classCount = representatives.count
        return representatives
    }
}
