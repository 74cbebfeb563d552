public import FieldExtraction

/// How a filter is evaluated: its flat program, the fields it reads and what it is estimated to cost.
///
///     print(try Filter("event.level == 'error' && event.latency_ms > 100").explanation)
///
///     program
///       0  fieldAgainstText     event.level == 'error'
///       1  andFirst             -> 4
///       2  fieldAgainstInteger  event.latency_ms > 100
///       3  andLast
///       4  returnTruth
///     fields     event.level, event.latency_ms
///     cost       5
public struct FilterExplanation: Hashable, Sendable, CustomStringConvertible {
    /// One instruction of the program.
    public struct Line: Hashable, Sendable {
        /// The instruction's place, from 0; jumps name it.
        public var number: Int
        /// What the instruction does.
        public var operation: String
        /// What it works on: a field with its path, a constant, the target of a jump; empty if that is the stack alone.
        public var operands: String
        /// What all executions of it in one evaluation are estimated to cost.
        public var estimatedCost: Int
    }

    /// The filter as it was written.
    public var source: String
    /// The program, in order.
    public var program: [Line]
    /// The fields it reads.
    public var fields: [FieldPath]
    /// The estimate for one evaluation, in tests of a field against a constant.
    public var estimatedCost: Int
    /// How an index of many filters finds it: one sentence per alternative, of which any may fire. Empty where none was asked.
    public var accessPredicates: [String] = []

    /// The program and what belongs to it, one item a line.
    public var description: String {
        let numberWidth = "\(max(0, program.count - 1))".count
        let operationWidth = program.map(\.operation.count).max() ?? 0
        var text = "program\n"
        for line in program {
            let number = "\(line.number)"
            text += "  " + String(repeating: " ", count: numberWidth - number.count) + number + "  " + line.operation
            if !line.operands.isEmpty {
                text += String(repeating: " ", count: operationWidth - line.operation.count) + "  " + line.operands
            }
            text += "\n"
        }
        for (number, access) in accessPredicates.enumerated() {
            text += (number == 0 ? "access     " : "           ") + access + "\n"
        }
        text += "fields     " + (fields.isEmpty ? "none" : fields.map(\.description).joined(separator: ", ")) + "\n"
        return text + "cost       \(estimatedCost)\n"
    }
}

extension Filter {
    /// How the filter is evaluated, for people. Cost: linear in the program, with a string per instruction.
    public var explanation: FilterExplanation {
        let writer = InstructionWriter(program: program, fields: fields, source: source)
        let code = writer.code
        let factors = ProgramCost.factors(code)
        var lines: [FilterExplanation.Line] = []
        for (place, instruction) in code.enumerated() {
            let (cost, overflows) = instruction.weight.multipliedReportingOverflow(by: factors[place])
            lines.append(
                FilterExplanation.Line(
                    number: place, operation: "\(instruction.operation)", operands: writer.operands(of: place),
                    estimatedCost: overflows ? .max : cost))
        }
        return FilterExplanation(source: source, program: lines, fields: fields, estimatedCost: estimatedCost)
    }
}
