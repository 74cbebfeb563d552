/// The parsed form of a regular expression: nodes in one array, children by number.
struct PatternSyntax {
    /// What a node matches.
    enum Node {
        case empty
        /// One code point out of sorted, disjoint ranges.
        case set([ClosedRange<UInt32>])
        case sequence([Int])
        case alternatives([Int])
        /// At least and at most so often; nil is without end.
        case repetition(Int, Int, Int?)
        case assertion(Assertion)
    }

    /// A condition on the place between two characters.
    enum Assertion: UInt8 {
        case textStart, textEnd, lineStart, lineEnd, wordBoundary, noWordBoundary
    }

    var nodes: [Node] = []

    mutating func add(_ node: Node) -> Int {
        nodes.append(node)
        return nodes.count - 1
    }
}
