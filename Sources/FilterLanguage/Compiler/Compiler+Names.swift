internal import FieldExtraction

extension Compiler {
    /// A chain of names that starts at a name: `a.b.c`, `event["a b"].c`.
    struct Chain {
        var root: String
        var isAbsolute: Bool
        var keys: [String]
        /// Whether some step is `.?`.
        var isOptional: Bool
    }

    /// The chain a node is, or nil. With `indices`, constant string indices count as steps.
    func chain(_ node: SyntaxTree.Reference, indices: Bool) -> Chain? {
        var keys: [String] = []
        var isOptional = false
        var node = node
        while true {
            switch tree[node].kind {
            case .select(let operand, let key, let optional):
                keys.append(key)
                isOptional = isOptional || optional
                node = operand
            case .index(let operand, let index, let optional):
                guard indices, case .literal(.string(let key)) = tree[index].kind else { return nil }
                keys.append(key)
                isOptional = isOptional || optional
                node = operand
            case .identifier(let name, let absolute):
                return Chain(root: name, isAbsolute: absolute, keys: keys.reversed(), isOptional: isOptional)
            default: return nil
            }
        }
    }

    /// The field of a filter that a node reads, or nil if it is no static chain from `event` or `meta`.
    func fieldPath(
        _ node: SyntaxTree.Reference, key: String? = nil
    ) throws(FilterError) -> (path: FieldPath, isOptional: Bool)? {
        guard isFilter, var chain = chain(node, indices: true) else { return nil }
        if let key { chain.keys.append(key) }
        guard chain.isAbsolute || local(chain.root) == nil else { return nil }
        switch chain.root {
        case "event": return (FieldPath(root: .event, chain.keys), chain.isOptional)
        case "meta":
            let names = Scope.metadata
            let known = "meta has " + names.map { "meta." + $0 }.joined(separator: ", ")
            guard let name = chain.keys.first else {
                throw error(.unknownIdentifier, "'meta' is no value of its own; \(known)", at: node)
            }
            guard names.contains(name), chain.keys.count == 1 else {
                let nearest = Spelling.nearest(to: name, among: names)
                let hint = nearest.map { "did you mean 'meta.\($0)'?" } ?? known
                throw error(
                    .unknownIdentifier, "no such field 'meta.\(chain.keys.joined(separator: "."))'; \(hint)", at: node)
            }
            return (FieldPath(root: .meta, chain.keys), chain.isOptional)
        default: return nil
        }
    }

    /// The plain field of a filter, read without `.?`.
    func plainField(_ node: SyntaxTree.Reference) throws(FilterError) -> FieldPath? {
        guard let field = try fieldPath(node), !field.isOptional else { return nil }
        return field.path
    }

    /// What a chain of names stands for in an expression with declared variables: the variable of the longest prefix, in
    /// the container first, and the number of steps that remain to be selected.
    func variable(_ chain: Chain) -> (index: Int, remaining: Int)? {
        guard case .expression(let variables, let container) = scope else { return nil }
        var prefixes = [""]
        if !chain.isAbsolute, !container.isEmpty {
            var parts = container.split(separator: ".")
            prefixes = []
            while !parts.isEmpty {
                prefixes.append(parts.joined(separator: ".") + ".")
                parts.removeLast()
            }
            prefixes.append("")
        }
        for remaining in 0...chain.keys.count {
            let name = ([chain.root] + chain.keys.dropLast(remaining)).joined(separator: ".")
            for prefix in prefixes {
                if let index = variables.firstIndex(of: prefix + name) { return (index, remaining) }
            }
        }
        return nil
    }

    /// The error for a name that nothing declares.
    func unknown(_ name: String, at node: SyntaxTree.Reference) -> FilterError {
        let message = "no such variable '\(name)'; "
        if let root = Spelling.nearest(to: name, among: ["event", "meta"]), name.count > 3 {
            return error(.unknownIdentifier, message + "did you mean '\(root)'?", at: node)
        }
        return error(.unknownIdentifier, message + "did you mean 'event.\(name)'?", at: node)
    }

    /// The value a node has whatever the event, or nil.
    func constantValue(_ node: SyntaxTree.Reference) throws(FilterError) -> Value? {
        switch tree[node].kind {
        case .literal(let value): return value
        case .negate(let operand):
            guard let value = try constantValue(operand) else { return nil }
            do { return try value.negated() } catch { return nil }
        case .arithmetic(let operation, let left, let right):
            guard let left = try constantValue(left), let right = try constantValue(right) else { return nil }
            do { return try operation.apply(left, right) } catch { return nil }
        case .call(let name, nil, let arguments):
            guard let function = Function.named(name), arguments.count == 1, function.rawValue >= Function.int.rawValue,
                function.rawValue <= Function.duration.rawValue, function != .dyn,
                let argument = try constantValue(arguments[0])
            else { return nil }
            return try converted(argument, by: function, at: arguments[0])
        default: return nil
        }
    }

    private func converted(
        _ value: Value, by function: Function, at node: SyntaxTree.Reference
    ) throws(FilterError) -> Value? {
        do {
            return try Conversion.convert(value, to: function)
        } catch {
            guard isFilter else { return nil }
            let example =
                switch function {
                case .timestamp: "; write timestamp('2026-01-31T12:00:00Z')"
                case .duration: "; write duration('1h30m')"
                default: ""
                }
            throw self.error(.typeMismatch, "\(function)() cannot convert this constant\(example)", at: node)
        }
    }
}
