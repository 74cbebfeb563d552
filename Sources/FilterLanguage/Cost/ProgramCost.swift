/// The estimated cost of a program: what one evaluation takes at most, were every branch taken and every loop run.
///
/// The unit is the test of a field against a constant, a few nanoseconds. Each instruction has a weight
/// (``Instruction/weight``); what stands in the loop of a macro counts as often as its list has elements, for nested loops
/// multiplied. A list written in the filter is counted, any other is taken for ``assumedElements``. The estimate bounds
/// nothing at run time, for which there is ``FilterEvaluator/stepLimit``; it refuses what is surely too dear.
enum ProgramCost {
    /// The elements that a list or map of an event is taken to have.
    static let assumedElements = 16

    /// The estimate for one evaluation; saturates instead of overflowing.
    static func estimate(_ parts: ProgramParts) -> Int {
        var total = 0
        for (place, factor) in factors(parts.code).enumerated() {
            total = sum(total, product(parts.code[place].weight, factor))
        }
        return total
    }

    /// How often each instruction is taken to be executed.
    static func factors(_ code: [Instruction]) -> [Int] {
        var factors: [Int] = []
        factors.reserveCapacity(code.count)
        var loops: [(end: Int, factor: Int)] = []
        var factor = 1
        for (place, instruction) in code.enumerated() {
            while let loop = loops.last, place >= loop.end {
                loops.removeLast()
                factor = loops.last?.factor ?? 1
            }
            if instruction.operation == .next {
                factor = product(factor, elements(code, loop: place))
                loops.append((instruction.target, factor))
            }
            factors.append(factor)
        }
        return factors
    }

    /// The elements of the list that the loop with its head at `place` walks over.
    private static func elements(_ code: [Instruction], loop place: Int) -> Int {
        guard place >= 2, code[place - 1].operation == .begin, code[place - 2].operation == .makeList else {
            return assumedElements
        }
        return max(1, Int(code[place - 2].count))
    }

    /// What is wrong with a cost beyond the limit, and the remedy; nil within.
    static func excess(_ cost: Int, _ limits: FilterLimits) -> String? {
        guard cost > limits.cost else { return nil }
        return "the estimated cost is \(cost == .max ? "beyond all bounds" : "\(cost)"), more than the limit 'cost' of "
            + "\(limits.cost); avoid macros within macros, or split the filter"
    }

    private static func sum(_ left: Int, _ right: Int) -> Int {
        let (result, overflows) = left.addingReportingOverflow(right)
        return overflows ? .max : result
    }

    private static func product(_ left: Int, _ right: Int) -> Int {
        let (result, overflows) = left.multipliedReportingOverflow(by: right)
        return overflows ? .max : result
    }
}
