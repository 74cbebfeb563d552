extension EventPatternTranslator {
    /// One of the matchers must hold of the value or, if it is an array, of one of its elements.
    mutating func field(
        _ value: Operand, _ matchers: [PatternMatcher]
    ) throws(FilterError) -> SyntaxTree.Reference {
        var alternatives: [SyntaxTree.Reference] = []
        var readsValue = false
        for matcher in matchers {
            guard case .exists(let exists) = matcher else {
                readsValue = true
                continue
            }
            let isPresent = try all(value.isPresent)
            alternatives.append(exists ? isPresent : try add(.not(isPresent)))
        }
        guard readsValue else { return try any(alternatives) }
        alternatives += try tests(value, matchers)
        if value.levels > 0 {
            let (name, element) = try element(of: value)
            let walk = try exists(name, in: value, try any(try tests(element, matchers)))
            alternatives.append(try all([try isType("list", value.node), walk]))
        }
        return try any(alternatives)
    }

    /// The tests of a scalar; all false, or failing, for arrays and objects.
    private mutating func tests(
        _ value: Operand, _ matchers: [PatternMatcher]
    ) throws(FilterError) -> [SyntaxTree.Reference] {
        var nodes: [SyntaxTree.Reference] = []
        var values: [Value] = []
        for matcher in matchers {
            switch matcher {
            case .value(let constant): values.append(constant)
            case .text(let test): nodes.append(try text(value, test))
            case .numeric(let bounds):
                var comparisons: [SyntaxTree.Reference] = []
                for (comparison, bound) in bounds {
                    comparisons.append(try add(.compare(comparison, value.node, try literal(bound))))
                }
                nodes.append(try all(comparisons))
            case .exists: break
            case .anythingBut(let excluded):
                let others =
                    excluded.count == 1
                    ? try add(.compare(.notEqual, value.node, try literal(excluded[0])))
                    : try add(.not(try isOne(of: excluded, value)))
                nodes.append(try all([others, try isScalar(value)]))
            case .anythingButText(let excluded):
                var others: [SyntaxTree.Reference] = []
                for test in excluded { others.append(try add(.not(try text(value, test)))) }
                nodes.append(try any([try all(others)] + (try isNoText(value))))
            }
        }
        guard !values.isEmpty else { return nodes }
        let exact =
            values.count == 1
            ? try add(.compare(.equal, value.node, try literal(values[0]))) : try isOne(of: values, value)
        return [exact] + nodes
    }

    private mutating func text(
        _ value: Operand, _ test: PatternMatcher.TextTest
    ) throws(FilterError) -> SyntaxTree.Reference {
        switch test {
        case .prefix(let text): try add(.call("startsWith", target: value.node, [try literal(.string(text))]))
        case .suffix(let text): try add(.call("endsWith", target: value.node, [try literal(.string(text))]))
        case .expression(let text): try add(.call("matches", target: value.node, [try literal(.string(text))]))
        }
    }

    private mutating func isOne(of values: [Value], _ value: Operand) throws(FilterError) -> SyntaxTree.Reference {
        var elements: [SyntaxTree.Reference] = []
        for value in values { elements.append(try literal(value)) }
        return try add(.isIn(value.node, try add(.list(elements, optional: []))))
    }

    /// True for text, numbers, booleans and null; for arrays and objects a failure.
    private mutating func isScalar(_ value: Operand) throws(FilterError) -> SyntaxTree.Reference {
        try any([try text(value, .prefix(""))] + (try isNoText(value)))
    }

    /// Tests of which one is true for numbers, booleans and null.
    private mutating func isNoText(_ value: Operand) throws(FilterError) -> [SyntaxTree.Reference] {
        let isNumber = try add(.compare(.atMost, value.node, try literal(.double(.infinity))))
        return [isNumber, try isOne(of: [.bool(true), .bool(false), .null], value)]
    }
}
