/// A nondeterministic automaton over bytes: Thompson's construction, UTF-8 spelt out.
///
/// Source: K. Thompson, "Regular Expression Search Algorithm" (1968); R. Cox, "Regular Expression Matching Can Be Simple
/// And Fast" (2007).
struct PatternAutomaton {
    /// One state and where it leads.
    enum State {
        case bytes(UInt8, UInt8, Int)
        case split(Int, Int)
        case assertion(PatternSyntax.Assertion, Int)
        case match
    }

    private struct ByteEdge: Hashable {
        var low: UInt8
        var high: UInt8
        var next: Int
    }

    private(set) var states: [State] = [.match]
    private(set) var start = 0
    private var edges: [ByteEdge: Int] = [:]
    private let syntax: PatternSyntax
    private let limit: Int

    /// Builds the automaton, or throws if it has more states than `limit`.
    init(_ syntax: PatternSyntax, root: Int, limit: Int) throws(FilterError) {
        self.syntax = syntax
        self.limit = limit
        start = try build(root, next: 0)
        edges = [:]
    }

    private mutating func add(_ state: State) throws(FilterError) -> Int {
        guard states.count < limit else {
            throw FilterError(
                .limitExceeded, "it needs more states than the limit 'patternStates' of \(limit); repeat less",
                column: 1)
        }
        states.append(state)
        return states.count - 1
    }

    /// Builds what matches the node and then goes on at `next`; returns where it begins.
    private mutating func build(_ node: Int, next: Int) throws(FilterError) -> Int {
        switch syntax.nodes[node] {
        case .empty: return next
        case .assertion(let assertion): return try add(.assertion(assertion, next))
        case .sequence(let parts):
            var next = next
            for part in parts.reversed() { next = try build(part, next: next) }
            return next
        case .alternatives(let branches):
            var entry: Int?
            for branch in branches.reversed() {
                let first = try build(branch, next: next)
                if let other = entry { entry = try add(.split(first, other)) } else { entry = first }
            }
            return entry ?? next
        case .repetition(let part, let least, let most): return try repetition(part, least, most, next: next)
        case .set(let ranges):
            var entry: Int?
            for range in ranges {
                for sequence in ByteSequence.covering(range) {
                    var place = next
                    for bytes in sequence.reversed() { place = try edge(bytes, place) }
                    if let other = entry { entry = try add(.split(place, other)) } else { entry = place }
                }
            }
            // An empty set matches nothing: a range that no byte is in.
            return try entry ?? add(.bytes(1, 0, next))
        }
    }

    private mutating func edge(_ bytes: ClosedRange<UInt8>, _ next: Int) throws(FilterError) -> Int {
        let edge = ByteEdge(low: bytes.lowerBound, high: bytes.upperBound, next: next)
        if let place = edges[edge] { return place }
        let place = try add(.bytes(edge.low, edge.high, next))
        edges[edge] = place
        return place
    }

    private mutating func repetition(
        _ part: Int, _ least: Int, _ most: Int?, next: Int
    ) throws(FilterError) -> Int {
        var entry = next
        if let most {
            for _ in 0..<(most - least) {
                let first = try build(part, next: entry)
                entry = try add(.split(first, next))
            }
        } else {
            let loop = try add(.split(next, next))
            let first = try build(part, next: loop)
            states[loop] = .split(first, next)
            entry = loop
        }
        for _ in 0..<least {
            let first = try build(part, next: entry)
            // Where the part is empty, so is any number of it; nested ones would be counted out to no end.
            if first == entry { break }
            entry = first
        }
        return entry
    }
}
