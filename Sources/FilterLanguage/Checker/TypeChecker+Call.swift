internal import FieldExtraction

extension TypeChecker {
    /// The values a call may give; arguments of which none fits make it fail.
    mutating func call(
        _ name: String, _ target: SyntaxTree.Reference?, _ arguments: [SyntaxTree.Reference],
        _ node: SyntaxTree.Reference
    ) -> PossibleValues {
        var name = name
        var target = target
        if let receiver = target, let chain = names.chain(receiver, indices: false), chain.keys.isEmpty,
            Function.named(chain.root + "." + name) != nil, names.local(chain.root) == nil
        {
            name = chain.root + "." + name
            target = nil
        }
        guard let function = Function.named(name) else { return .anything }
        let all = (target.map { [$0] } ?? []) + arguments
        if function == .orValue, let receiver = target, let found = try? names.fieldPath(receiver), found.isOptional {
            return knowledge(of: found.path).values.union(value(arguments[0]))
        }
        let types = function.parameterKinds
        var values: [PossibleValues] = []
        for (place, argument) in all.enumerated() {
            var value = value(argument)
            if let kinds = types.isEmpty ? nil : types[min(place, types.count - 1)] {
                value = taken(value, kinds, "\(function.signature.name)()", argument, node)
            }
            if value.isEmpty { return .none }
            values.append(value)
        }
        return result(of: function, values)
    }

    private func result(of function: Function, _ values: [PossibleValues]) -> PossibleValues {
        switch function {
        case .dyn: return values[0]
        case .type:
            var result = PossibleValues(.type)
            result.types = values[0].typeBits
            return result
        case .int, .uint, .double, .string, .bytes, .timestamp, .duration:
            // Lists and maps are never constants, so that what is converted here is short.
            if let constant = values[0].constant {
                return folded { () throws(Failure) in try Conversion.convert(constant, to: function) }
            }
            return PossibleValues(function.resultKinds)
        case .size: return PossibleValues(.int, .counts)
        case .reverse: return PossibleValues(values[0].kinds)
        default: return PossibleValues(function.resultKinds)
        }
    }

    /// The values of an operator.
    mutating func arithmetic(
        _ operation: Arithmetic, _ left: SyntaxTree.Reference, _ right: SyntaxTree.Reference,
        _ node: SyntaxTree.Reference
    ) -> PossibleValues {
        let (first, second) = (value(left), value(right))
        if first.isEmpty || second.isEmpty { return .none }
        if let one = first.constant, let other = second.constant, one.asDouble != nil, other.asDouble != nil {
            return folded { () throws(Failure) in try operation.apply(one, other) }
        }
        let kinds = operation.resultKinds(first.kinds, second.kinds)
        if kinds.isEmpty {
            let message =
                "\(subject(left, first)) and \(subject(right, second)), which '\(operation.symbol)' does not take "
                + "together; convert one of them, such as with string(…) or double(…)"
            note(Problem(offset: tree[node].offset, message: message, field: field(left) ?? field(right)))
        }
        return PossibleValues(kinds)
    }

    /// The values of an operand that are of some kinds. Notes the problem if there are none, though the operand has values.
    mutating func taken(
        _ values: PossibleValues, _ kinds: PossibleValues.Kinds, _ user: String, _ operand: SyntaxTree.Reference,
        _ node: SyntaxTree.Reference
    ) -> PossibleValues {
        let fitting = values.only(kinds)
        guard fitting.isEmpty, !values.isEmpty else { return fitting }
        var remedy = "test or convert it first"
        if let path = field(operand) {
            remedy =
                if kinds.contains(.text), !values.kinds.isDisjoint(with: [.numbers, .bool]) {
                    "write string(\(path))"
                } else if !kinds.isDisjoint(with: .numbers), values.kinds.contains(.text) {
                    "write double(\(path))"
                } else if kinds.contains(.timestamp), !values.kinds.isDisjoint(with: [.text, .number]) {
                    "write timestamp(\(path))"
                } else if kinds.contains(.text), values.kinds.contains(.list) {
                    "test its elements with \(path).exists(x, …)"
                } else {
                    "name another field, or correct the schema"
                }
        }
        // What also fits but is no kind of an event's field is left out of the sentence.
        let named = kinds.intersection([.json, .timestamp, .duration])
        let wanted = named.isEmpty ? "something else" : named.phrase
        note(
            Problem(
                offset: tree[node].offset,
                message: "\(subject(operand, values)), and \(user) takes \(wanted); \(remedy)", field: field(operand)))
        return fitting
    }
}

extension Arithmetic {
    /// The kinds of result for operands of some kinds; none if no two of them fit.
    func resultKinds(_ left: PossibleValues.Kinds, _ right: PossibleValues.Kinds) -> PossibleValues.Kinds {
        var result: PossibleValues.Kinds = []
        for kind in [PossibleValues.Kinds.int, .uint, .double] where left.contains(kind) && right.contains(kind) {
            result.formUnion(kind)
        }
        let meetsNumber = left.contains(.number) && !right.isDisjoint(with: .numbers)
        if meetsNumber || (right.contains(.number) && !left.isDisjoint(with: .numbers)) {
            result.formUnion([.number, .uint])
        }
        if self == .add {
            for kind in [PossibleValues.Kinds.text, .bytes, .list] where left.contains(kind) && right.contains(kind) {
                result.formUnion(kind)
            }
            if left.contains(.duration), right.contains(.timestamp) { result.formUnion(.timestamp) }
        }
        if self == .add || self == .subtract {
            if left.contains(.timestamp), right.contains(.duration) { result.formUnion(.timestamp) }
            if left.contains(.duration), right.contains(.duration) { result.formUnion(.duration) }
        }
        if self == .subtract, left.contains(.timestamp), right.contains(.timestamp) { result.formUnion(.duration) }
        return result
    }
}

extension Function {
    /// The kinds that each parameter takes, a receiver first; the last stands for all further ones. Empty for any.
    var parameterKinds: [PossibleValues.Kinds] {
        let integer: PossibleValues.Kinds = [.int, .number]
        let bits: PossibleValues.Kinds = [.int, .uint, .number]
        switch self {
        case .size: return [[.text, .bytes, .list, .map]]
        case .startsWith, .endsWith, .contains, .matches, .lowerAscii, .upperAscii, .trim, .quote: return [.text]
        case .int: return [[.numbers, .text, .timestamp]]
        case .uint, .double: return [[.numbers, .text]]
        case .string: return [[.text, .numbers, .bool, .bytes, .timestamp, .duration, .type]]
        case .bytes: return [[.text, .bytes]]
        case .bool: return [[.text, .bool]]
        case .timestamp: return [[.text, .int, .number, .timestamp]]
        case .duration: return [[.text, .duration]]
        case .getFullYear, .getMonth, .getDate, .getDayOfMonth, .getDayOfWeek, .getDayOfYear, .getHours, .getMinutes,
            .getSeconds, .getMilliseconds:
            return [[.timestamp, .duration], .text]
        case .charAt, .substring: return [.text, integer]
        case .indexOf, .lastIndexOf, .split: return [.text, .text, integer]
        case .replace: return [.text, .text, .text, integer]
        case .join: return [.list, .text]
        case .reverse: return [[.text, .list]]
        case .format: return [.text, .list]
        case .greatest, .least: return [[.numbers, .list]]
        case .ceil, .floor, .round, .trunc, .isNaN, .isInf, .isFinite: return [[.double, .number]]
        case .abs, .sign, .sqrt: return [.numbers]
        case .bitNot, .bitAnd, .bitOr, .bitXor: return [bits]
        case .bitShiftLeft, .bitShiftRight: return [bits, integer]
        case .hasValue, .value, .or: return [.optional]
        case .orValue: return [.optional, .all]
        case .dyn, .type, .optionalOf, .optionalNone, .optionalOfNonZero: return []
        }
    }

    /// The kinds of result; all where it depends.
    var resultKinds: PossibleValues.Kinds {
        switch self {
        case .greatest, .least, .abs, .sign: return .numbers
        case .bitNot, .bitAnd, .bitOr, .bitXor, .bitShiftLeft, .bitShiftRight: return [.int, .uint]
        default: break
        }
        switch resultType {
        case .bool: return .bool
        case .int: return .int
        case .uint: return .uint
        case .double: return .double
        case .string: return .text
        case .bytes: return .bytes
        case .type: return .type
        case .timestamp: return .timestamp
        case .duration: return .duration
        case .list: return .list
        case .optional: return .optional
        default: return .all
        }
    }
}
