internal import FieldExtraction

/// Writes what the instructions of a filter's program work on, for people.
struct InstructionWriter {
    let program: Program
    let fields: [FieldPath]
    let source: String

    /// The most characters of a constant or a piece of source that are shown.
    private static let shownCharacters = 60
    /// The most values of a set that are shown.
    private static let shownValues = 8

    /// The program's instructions.
    var code: [Instruction] {
        var result: [Instruction] = []
        for place in 0..<program.count { result.append(unsafe program.code[place]) }
        return result
    }

    /// What the instruction at `place` works on; empty if that is the stack or the truth alone.
    func operands(of place: Int) -> String {
        let instruction = unsafe program.code[place]
        if instruction.operation.readsField { return fieldTest(instruction, at: place) }
        let index = Int(instruction.index)
        switch instruction.operation {
        case .setTruth: return index == 1 ? "true" : "false"
        case .andFirst, .andNext, .orFirst, .orNext, .jump, .jumpOnFailure, .jumpIfFalse, .jumpUnlessTrue,
            .skipUnlessTrue, .unwrapOptional:
            return "-> \(instruction.target)"
        case .pushConstant: return constant(index)
        case .select, .selectOptional, .hasKey: return "." + key(index)
        case .pushLocal, .storeLocal: return "variable \(index)"
        case .pushVariable: return "name \(index)"
        case .fail: return Failure(rawValue: instruction.detail)?.explanation ?? ""
        case .arithmetic: return Arithmetic(rawValue: instruction.detail)?.symbol ?? ""
        case .compare: return symbol(instruction)
        case .isInSet: return "in " + set(index)
        case .matchesConstant: return excerpt(at: place)
        case .call, .callInZone:
            let name = Function(rawValue: instruction.detail)?.signature.name ?? "function"
            return instruction.operation == .call ? "\(name), \(instruction.count) values" : excerpt(at: place)
        case .makeList: return "\(instruction.count) values"
        case .makeMap: return "\(instruction.count) entries"
        case .begin, .endTruth, .endValue: return Macro.Kind(rawValue: instruction.detail).map { "\($0)" } ?? ""
        case .next:
            let variables = instruction.count > 1 ? "variables \(index) and \(index + 1)" : "variable \(index)"
            return "\(variables), at the end -> \(instruction.target)"
        case .allStep, .existsStep: return "decided -> \(instruction.target), else -> \(index)"
        case .existsOneStep: return "-> \(index)"
        default: return ""
        }
    }

    private func fieldTest(_ instruction: Instruction, at place: Int) -> String {
        let path = fields[Int(instruction.index)].description
        switch instruction.operation {
        case .fieldIsNull: return "\(path) \(symbol(instruction)) null"
        case .fieldIsKind:
            let type = FieldSlot.Kind(rawValue: UInt8(instruction.operand)).flatMap(ValueType.init)
            return "type(\(path)) \(symbol(instruction)) \(type.map { "\($0)" } ?? "")"
        case .fieldAgainstInteger:
            return "\(path) \(symbol(instruction)) \(Int64(bitPattern: instruction.operand))"
        case .fieldAgainstDouble: return "\(path) \(symbol(instruction)) \(Double(bitPattern: instruction.operand))"
        case .fieldAgainstBool: return "\(path) \(symbol(instruction)) \(instruction.operand == 1)"
        case .fieldAgainstText: return "\(path) \(symbol(instruction)) \(text(instruction))"
        case .fieldStartsWith: return "\(path).startsWith(\(text(instruction)))"
        case .fieldEndsWith: return "\(path).endsWith(\(text(instruction)))"
        case .fieldContains: return "\(path).contains(\(text(instruction)))"
        case .fieldHoldsText: return "\(text(instruction)) in \(path)"
        case .fieldInSet: return "\(path) in " + set(instruction.target)
        case .fieldMatches: return path + "." + excerpt(at: place)
        case .fieldExists: return "has(\(path))"
        default: return path
        }
    }

    private func symbol(_ instruction: Instruction) -> String {
        switch Comparison(rawValue: instruction.detail) {
        case .equal: "=="
        case .notEqual: "!="
        case .less: "<"
        case .atMost: "<="
        case .greater: ">"
        default: ">="
        }
    }

    /// The constant text of an instruction, quoted.
    private func text(_ instruction: Instruction) -> String {
        let start = unsafe UnsafePointer(program.text) + Int(instruction.operand >> 32)
        let bytes = unsafe UnsafeBufferPointer(start: start, count: Int(instruction.operand & 0xFFFF_FFFF))
        return quoted(unsafe String(decoding: bytes, as: UTF8.self))
    }

    private func quoted(_ text: String) -> String {
        var result = "'"
        for scalar in text.unicodeScalars.prefix(InstructionWriter.shownCharacters) {
            switch scalar {
            case "'", "\\": result += "\\\(scalar)"
            case "\n": result += "\\n"
            case "\t": result += "\\t"
            default: result += scalar.value < 0x20 ? "\u{FFFD}" : String(scalar)
            }
        }
        return result + (text.unicodeScalars.count > InstructionWriter.shownCharacters ? "…'" : "'")
    }

    private func key(_ index: Int) -> String {
        guard case .string(let key) = program.constants[index] else { return "" }
        return key
    }

    private func constant(_ index: Int) -> String {
        switch program.constants[index] {
        case .null: return "null"
        case .bool(let value): return "\(value)"
        case .int(let value): return "\(value)"
        case .uint(let value): return "\(value)u"
        case .double(let value): return "\(value)"
        case .string(let value): return quoted(value)
        case .type(let type): return "\(type)"
        case .timestamp(let value):
            return "timestamp of \(value.seconds) seconds"
        case .duration(let value): return "duration of \(value) nanoseconds"
        case let other: return "a \(other.type)"
        }
    }

    /// The first values of a constant set: texts in order, then numbers.
    private func set(_ index: Int) -> String {
        let table = program.sets[index].table
        var texts: [String] = []
        for place in unsafe 0..<table.entries.count {
            let entry = unsafe table.entries[place]
            guard entry.length != .max else { continue }
            let start = unsafe UnsafePointer(table.bytes) + Int(entry.offset)
            let bytes = unsafe UnsafeBufferPointer(start: start, count: Int(entry.length))
            texts.append(quoted(unsafe String(decoding: bytes, as: UTF8.self)))
        }
        var values = texts.sorted()
        for place in unsafe 0..<table.numbers.count {
            let number = unsafe table.numbers[place]
            values.append(Int64(exactly: number).map { "\($0)" } ?? "\(number)")
        }
        if table.hasTrue { values.append("true") }
        if table.hasFalse { values.append("false") }
        if table.hasNull { values.append("null") }
        let shown = values.prefix(InstructionWriter.shownValues).joined(separator: ", ")
        let hidden = values.count - InstructionWriter.shownValues
        return hidden > 0 ? "[\(shown) and \(hidden) more]" : "[\(shown)]"
    }

    /// The source from where the instruction comes, as an automaton does not keep its expression.
    private func excerpt(at place: Int) -> String {
        let offset = Int(program.offsets[place])
        guard offset > 0, offset < source.utf8.count else { return "matches(an expression)" }
        var line = String(decoding: Array(source.utf8)[offset...], as: UTF8.self)
        if let end = line.firstIndex(of: "\n") { line = String(line[..<end]) }
        var depth = 0
        for place in line.indices {
            if line[place] == "(" { depth += 1 }
            if line[place] == ")" { depth -= 1 }
            if line[place] == ")", depth == 0 {
                line = String(line[...place])
                break
            }
        }
        return line.count > InstructionWriter.shownCharacters
            ? line.prefix(InstructionWriter.shownCharacters) + "…" : line
    }
}
