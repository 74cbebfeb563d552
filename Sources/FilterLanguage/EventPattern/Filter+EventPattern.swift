extension Filter {
    /// Compiles an event pattern in the manner of Amazon EventBridge.
    ///
    ///     let filter = try Filter(pattern: #"{"level":["error"],"latency_ms":[{"numeric":[">",100]}]}"#)
    ///     filter.fields                    // event.level, event.latency_ms
    ///
    /// All fields must match, each by one entry of its list: a value, or `{"prefix": …}`, `{"suffix": …}`,
    /// `{"equals-ignore-case": …}`, `{"wildcard": …}`, `{"numeric": …}`, `{"exists": …}`, `{"anything-but": …}`; objects
    /// nest, `$or` takes alternatives, and an array in the event matches if an element does. The outcome is a match or
    /// none, never a failure; so it is for a missing field, and for an event whose arrays take more than
    /// ``FilterEvaluator/stepLimit`` steps. Throws what is wrong, with the field and the remedy:
    /// `pattern, at latency_ms: no such matcher "numerc"; did you mean "numeric"?`.
    public init(pattern: String, limits: FilterLimits = .init()) throws(FilterError) {
        let parsed = try EventPatternReader.read(pattern, limits: limits)
        let (tree, root) = try EventPatternTranslator.translate(parsed, limits: limits)
        var expressionLimits = limits
        // The texts have been measured; written as an expression, a character takes up to four.
        expressionLimits.patternBytes = min(limits.patternBytes, FilterLimits.largestSource) * 4 + 16
        var compiler = Compiler(source: [], limits: expressionLimits, tree: tree, scope: .filter, zones: .empty)
        do throws(FilterError) {
            _ = try compiler.filter(root)
        } catch {
            throw FilterError(error.code, error.message, field: "")
        }
        compiler.parts.turnFailureIntoFalse()
        let cost = ProgramCost.estimate(compiler.parts)
        if let excess = ProgramCost.excess(cost, limits) { throw FilterError(.limitExceeded, excess, field: "") }
        self.init(pattern: pattern, fields: compiler.fields, estimatedCost: cost, program: Program(compiler.parts))
    }
}

extension ProgramParts {
    /// Lets a finished program return false where it would return a failure.
    fileprivate mutating func turnFailureIntoFalse() {
        let last = code.count - 1
        precondition(
            last >= 0 && code[last].operation == .returnTruth, "a filter's program ends by returning its truth")
        code[last] = Instruction(operation: .jumpOnFailure, operand: UInt64(last + 2))
        code.append(Instruction(operation: .returnTruth))
        code.append(Instruction(operation: .setTruth, index: 0))
        code.append(Instruction(operation: .returnTruth))
        for _ in 0..<3 {
            offsets.append(0)
            handlerNumbers.append(0)
        }
    }
}
