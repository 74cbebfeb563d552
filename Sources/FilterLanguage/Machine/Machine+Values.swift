internal import FieldExtraction

extension Machine {
    /// Executes an instruction on values and moves on. False at the end of the program.
    mutating func execute(_ instruction: Instruction) throws(Failure) -> Bool {
        let index = Int(instruction.index)
        switch instruction.operation {
        case .pushConstant: push(program.constants[index])
        case .pushField:
            let slot = unsafe row[index]
            guard let value = Value(slot) else { throw slot.kind == .missing ? .missingField : .noSuchOverload }
            push(value)
        case .pushOptionalField: push(.optional(Value(unsafe row[index]).map(OptionalValue.of) ?? .none))
        case .pushLocal: push(scratch.locals[index])
        case .storeLocal: store(pop(), index)
        case .pushVariable:
            guard index < scratch.variables.count, let value = scratch.variables[index] else { throw .unknownVariable }
            push(value)
        case .fail: throw Failure(rawValue: instruction.detail) ?? .invalidArgument
        case .pushTruth:
            if truth.isFailure { return raiseTruth() }
            push(.bool(truth == .isTrue))
        case .popTruth:
            guard case .bool(let value) = pop() else {
                truth = Truth(.notBoolean, at: place)
                break
            }
            truth = Truth(value)
        case .jumpUnlessTrue:
            if truth.isFailure { return raiseTruth() }
            if truth == .isFalse {
                place = instruction.target
                return true
            }
        case .arithmetic:
            let right = pop()
            let left = pop()
            push(try Arithmetic(rawValue: instruction.detail)!.apply(left, right))
        case .negate: push(try pop().negated())
        case .compare:
            let right = pop()
            let left = pop()
            truth = Truth(try compare(left, right, Comparison(rawValue: instruction.detail)))
        case .isIn:
            let container = pop()
            guard let isMember = container.holds(pop()) else { throw .noSuchOverload }
            truth = Truth(isMember)
        case .isInSet: truth = Truth(program.sets[index].contains(pop()))
        case .matchesConstant:
            guard case .string(let text) = pop() else { throw .noSuchOverload }
            truth = Truth(program.patterns[index].matches(text))
        case .call: try call(instruction)
        case .callInZone:
            let function = Function(rawValue: instruction.detail)!
            push(try CalendarField.read(function, pop(), in: program.zones[index]))
        case .returnValue:
            truth = .isTrue
            return false
        default: return try executeMore(instruction)
        }
        place += 1
        return true
    }

    /// Executes what builds and takes apart containers and optionals.
    private mutating func executeMore(_ instruction: Instruction) throws(Failure) -> Bool {
        let index = Int(instruction.index)
        switch instruction.operation {
        case .select: push(try pop().selected(program.constants[index]))
        case .selectOptional: push(try pop().selectedOptionally(program.constants[index]))
        case .hasKey: truth = Truth(try pop().hasKey(program.constants[index]))
        case .at, .atOptional:
            let key = pop()
            let container = pop()
            push(
                instruction.operation == .at ? try container.element(at: key) : try container.elementOptionally(at: key)
            )
        case .makeList: push(try list(Int(instruction.count), optional: index))
        case .makeMap: push(try map(Int(instruction.count), optional: index))
        case .wrapOptional: push(.optional(.of(pop())))
        case .requireOptional:
            let value = pop()
            guard case .optional = value else { throw .noSuchOverload }
            push(value)
        case .unwrapOptional:
            guard case .optional(let optional) = pop() else { throw .noSuchOverload }
            guard let value = optional.value else {
                push(.optional(.none))
                place = instruction.target
                return true
            }
            store(value, index)
        default: return try iterate(instruction)
        }
        place += 1
        return true
    }

    mutating func store(_ value: Value, _ index: Int) {
        while scratch.locals.count <= index { scratch.locals.append(.null) }
        scratch.locals[index] = value
    }

    private func compare(_ left: Value, _ right: Value, _ mask: Comparison) throws(Failure) -> Bool {
        if mask == .equal { return left.equals(right) }
        if mask == .notEqual { return !left.equals(right) }
        guard let comparison = left.compared(to: right) else { throw .noSuchOverload }
        return !mask.isDisjoint(with: comparison)
    }

    private mutating func call(_ instruction: Instruction) throws(Failure) {
        let count = Int(instruction.count)
        let function = Function(rawValue: instruction.detail)!
        let first = unsafe scratch.values + (values - count)
        let result =
            function.isCalendarField && count == 2
            ? try unsafe calendarField(function, first[0], zone: first[1])
            : try function.call(unsafe Arguments(first: first, count: count))
        for _ in 0..<count { _ = pop() }
        push(result)
    }

    /// Reads a field of an instant in a zone that an event names.
    private func calendarField(_ function: Function, _ instant: Value, zone name: Value) throws(Failure) -> Value {
        guard case .string(let name) = name else { throw .noSuchOverload }
        guard let zone = scratch.zones.zone(named: name, in: program.database) else { throw .invalidArgument }
        return try CalendarField.read(function, instant, in: zone)
    }

    private func isOptional(_ place: Int, _ index: Int) -> Bool {
        guard index >= 0, case .list(let places) = program.constants[index] else { return false }
        for case .int(let other) in places where other == Int64(place) { return true }
        return false
    }

    private mutating func list(_ count: Int, optional: Int) throws(Failure) -> Value {
        var elements: [Value] = []
        elements.reserveCapacity(count)
        for place in 0..<count {
            let value = unsafe scratch.values[values - count + place]
            if isOptional(place, optional) {
                guard case .optional(let optional) = value else { throw .noSuchOverload }
                if let value = optional.value { elements.append(value) }
            } else {
                elements.append(value)
            }
        }
        for _ in 0..<count { _ = pop() }
        return .list(elements)
    }

    private mutating func map(_ count: Int, optional: Int) throws(Failure) -> Value {
        var map = ValueMap()
        for place in 0..<count {
            let key = unsafe (scratch.values[values - 2 * count + 2 * place]).strict
            var value = unsafe scratch.values[values - 2 * count + 2 * place + 1]
            if isOptional(place, optional) {
                guard case .optional(let optional) = value else { throw .noSuchOverload }
                guard let present = optional.value else { continue }
                value = present
            }
            guard map.insert(key, value) else { throw .invalidKey }
        }
        for _ in 0..<(2 * count) { _ = pop() }
        return .map(map)
    }
}
