/// Turns an event pattern into the syntax tree of the CEL filter that means the same.
///
/// `{"level": ["error"]}` becomes
/// `event.level == 'error' || (type(event.level) == list && event.level.exists(x, x == 'error'))`, of which `type(…) == list` is
/// one test of a slot, so that scalars are never taken apart. Conditions may fail where a value is missing or of another type;
/// they stand under `&&`, `||` and `exists` only, where a failure counts as false in the end, never under `!`.
struct EventPatternTranslator {
    /// A value of the event: a field, or something below an element of an array.
    struct Operand {
        var node: SyntaxTree.Reference
        /// Whether it is a static field, and not below the variable of a loop.
        var isField: Bool
        /// Whether the value is there.
        var isPresent: [SyntaxTree.Reference]
        /// How many more arrays may be walked.
        var levels: Int
    }

    private(set) var tree = SyntaxTree()

    /// Translates a pattern whole.
    static func translate(
        _ pattern: EventPattern, limits: FilterLimits
    ) throws(FilterError) -> (tree: SyntaxTree, root: SyntaxTree.Reference) {
        var translator = EventPatternTranslator()
        let event = try translator.add(.identifier("event", absolute: true))
        let levels = min(EventPattern.arrayLevels, limits.macroNesting)
        let body = Operand(node: event, isField: true, isPresent: [], levels: levels)
        let root = try translator.condition(pattern.root, of: body)
        return (translator.tree, root)
    }

    mutating func add(_ kind: SyntaxTree.Kind) throws(FilterError) -> SyntaxTree.Reference {
        guard tree.nodes.count < EventPattern.largestTree else {
            throw FilterError(
                .limitExceeded,
                "it grows to more than \(EventPattern.largestTree) conditions; match fewer levels, or split it",
                field: "")
        }
        tree.nodes.append(.init(kind: kind, offset: 0, depth: 1, macroDepth: 0))
        return tree.nodes.count - 1
    }

    private mutating func condition(
        _ condition: EventPattern.Condition, of object: Operand
    ) throws(FilterError) -> SyntaxTree.Reference {
        switch condition {
        case .all(let conditions):
            var nodes: [SyntaxTree.Reference] = []
            for condition in conditions { nodes.append(try self.condition(condition, of: object)) }
            return try all(nodes)
        case .any(let conditions):
            var nodes: [SyntaxTree.Reference] = []
            for condition in conditions { nodes.append(try self.condition(condition, of: object)) }
            return try any(nodes)
        case .field(let key, let matchers): return try field(try member(key, of: object), matchers)
        case .nested(let key, let inner): return try nested(key, inner, of: object)
        }
    }

    /// The value under a key.
    private mutating func member(_ key: String, of object: Operand) throws(FilterError) -> Operand {
        let node = try add(.select(object.node, key, optional: false))
        let has = try add(.has(object.node, key))
        var isPresent = [has]
        if !object.isField { isPresent = object.isPresent + [try isType("map", object.node), has] }
        return Operand(node: node, isField: object.isField, isPresent: isPresent, levels: object.levels)
    }

    /// `inner of p`, or where p is an array `p.exists(x, inner of x)`.
    ///
    /// Below an array that is not empty only an element counts. Where `inner` asks for something to be missing, it would hold
    /// of the array itself, whose members cannot be; so that is ruled out.
    private mutating func nested(
        _ key: String, _ inner: EventPattern.Condition, of object: Operand
    ) throws(FilterError) -> SyntaxTree.Reference {
        let value = try member(key, of: object)
        var direct = try condition(inner, of: value)
        guard object.levels > 0 else { return direct }
        let isArray = try isType("list", value.node)
        if EventPatternTranslator.asksForAbsence(inner) {
            let size = try add(.call("size", target: value.node, []))
            let isEmpty = try add(.compare(.equal, size, try literal(.int(0))))
            let isMissing = try add(.not(try all(value.isPresent)))
            direct = try all([try any([isMissing, try add(.not(isArray)), isEmpty]), direct])
        }
        let (loop, element) = try element(of: value)
        let walk = try exists(loop, in: value, try condition(inner, of: element))
        return try any([try all([isArray, walk]), direct])
    }

    private static func asksForAbsence(_ condition: EventPattern.Condition) -> Bool {
        switch condition {
        case .all(let conditions), .any(let conditions): conditions.contains(where: asksForAbsence)
        case .field(_, let matchers):
            matchers.contains { if case .exists(false) = $0 { true } else { false } }
        case .nested(_, let inner): asksForAbsence(inner)
        }
    }

    /// A variable for the elements of an array, of a name that no text can hold.
    mutating func element(of array: Operand) throws(FilterError) -> (name: String, element: Operand) {
        let name = "@\(array.levels)"
        let node = try add(.identifier(name, absolute: false))
        return (name, Operand(node: node, isField: false, isPresent: [], levels: array.levels - 1))
    }

    // MARK: Nodes

    mutating func exists(
        _ variable: String, in array: Operand, _ condition: SyntaxTree.Reference
    ) throws(FilterError) -> SyntaxTree.Reference {
        try add(.macro(Macro(kind: .exists, range: array.node, variables: [variable], condition: condition)))
    }

    mutating func literal(_ value: Value) throws(FilterError) -> SyntaxTree.Reference { try add(.literal(value)) }

    mutating func all(_ nodes: [SyntaxTree.Reference]) throws(FilterError) -> SyntaxTree.Reference {
        nodes.count == 1 ? nodes[0] : try add(.and(nodes))
    }

    mutating func any(_ nodes: [SyntaxTree.Reference]) throws(FilterError) -> SyntaxTree.Reference {
        nodes.count == 1 ? nodes[0] : try add(.or(nodes))
    }

    /// `type(node) == list`.
    mutating func isType(
        _ name: String, _ node: SyntaxTree.Reference
    ) throws(FilterError) -> SyntaxTree.Reference {
        let type = try add(.call("type", target: nil, [node]))
        return try add(.compare(.equal, type, try add(.identifier(name, absolute: true))))
    }
}
