/// The parsed form of an expression: nodes in one array, children by number, so that no tree is walked to free it.
struct SyntaxTree {
    typealias Reference = Int

    /// What a node is.
    enum Kind {
        case literal(Value)
        case identifier(String, absolute: Bool)
        case select(Reference, String, optional: Bool)
        case index(Reference, Reference, optional: Bool)
        case call(String, target: Reference?, [Reference])
        case list([Reference], optional: Set<Int>)
        case map([(key: Reference, value: Reference)], optional: Set<Int>)
        /// `a && b && c`, flattened.
        case and([Reference])
        /// `a || b || c`, flattened.
        case or([Reference])
        case not(Reference)
        case negate(Reference)
        case arithmetic(Arithmetic, Reference, Reference)
        case compare(Comparison, Reference, Reference)
        case isIn(Reference, Reference)
        case conditional(Reference, Reference, Reference)
        case has(Reference, String)
        case macro(Macro)
        /// `cel.bind(name, value, body)`.
        case bind(String, Reference, Reference)
        /// `x.optMap(name, body)` and, flat, `x.optFlatMap(name, body)`.
        case optionalMap(Reference, String, Reference, flat: Bool)
    }

    /// A node with its place in the source.
    struct Node {
        var kind: Kind
        var offset: Int
        var depth: Int
        var macroDepth: Int
    }

    var nodes: [Node] = []

    subscript(reference: Reference) -> Node { nodes[reference] }
}
