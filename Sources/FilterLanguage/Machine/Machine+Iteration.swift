extension Machine {
    /// Executes the instructions of macros.
    mutating func iterate(_ instruction: Instruction) throws(Failure) -> Bool {
        switch instruction.operation {
        case .begin: try begin(Macro.Kind(rawValue: instruction.detail)!)
        case .next:
            let current = scratch.iterations.count - 1
            let position = scratch.iterations[current].place
            guard position < scratch.iterations[current].elements.count else {
                place = instruction.target
                return true
            }
            scratch.steps += 1
            if scratch.steps > FilterEvaluator.stepLimit { throw .tooManySteps }
            scratch.iterations[current].place = position + 1
            bind(current, position, Int(instruction.index), isPair: instruction.count > 1)
        case .allStep, .existsStep: return decide(instruction)
        case .existsOneStep:
            if truth.isFailure { return raiseTruth() }
            if truth == .isTrue { scratch.iterations[scratch.iterations.count - 1].count += 1 }
            place = Int(instruction.index)
            return true
        case .skipUnlessTrue:
            if truth.isFailure { return raiseTruth() }
            if truth == .isFalse {
                place = instruction.target
                return true
            }
        case .collect: scratch.iterations[scratch.iterations.count - 1].collected.append(pop())
        case .collectElement:
            let current = scratch.iterations.count - 1
            let element = scratch.iterations[current].elements[scratch.iterations[current].place - 1]
            scratch.iterations[current].collected.append(element)
        case .collectEntry:
            let current = scratch.iterations.count - 1
            let position = scratch.iterations[current].place - 1
            let isMap = scratch.iterations[current].isMap
            let key = isMap ? scratch.iterations[current].elements[position] : .int(Int64(position))
            guard scratch.iterations[current].collectedMap.insert(key, pop()) else { throw .invalidKey }
        case .collectMapEntry:
            guard case .map(let map) = pop() else { throw .noSuchOverload }
            let current = scratch.iterations.count - 1
            for (key, value) in zip(map.keys, map.values) {
                guard scratch.iterations[current].collectedMap.insert(key, value) else { throw .invalidKey }
            }
        case .endTruth:
            let iteration = scratch.iterations.removeLast()
            let isCount = instruction.detail == Macro.Kind.existsOne.rawValue
            truth = isCount ? Truth(iteration.count == 1) : Truth(bits: iteration.truth)
        case .endValue:
            let iteration = scratch.iterations.removeLast()
            let kind = Macro.Kind(rawValue: instruction.detail)
            let isMap = kind == .transformMap || kind == .transformMapEntry
            push(isMap ? .map(iteration.collectedMap) : .list(iteration.collected))
        default: throw .invalidArgument
        }
        place += 1
        return true
    }

    private mutating func begin(_ kind: Macro.Kind) throws(Failure) {
        let truth: UInt32 = kind == .all ? 1 : 0
        if scratch.iterations.isEmpty { scratch.steps = 0 }
        switch pop() {
        case .list(let elements):
            scratch.iterations.append(Iteration(elements: elements, values: [], isMap: false, truth: truth))
        case .map(let map):
            scratch.iterations.append(Iteration(elements: map.keys, values: map.values, isMap: true, truth: truth))
        default: throw .noSuchOverload
        }
    }

    /// Gives the variables their values: one is the element or the key; two are index and element, or key and value.
    private mutating func bind(_ current: Int, _ position: Int, _ local: Int, isPair: Bool) {
        let element = scratch.iterations[current].elements[position]
        guard isPair else { return store(element, local) }
        if scratch.iterations[current].isMap {
            store(element, local)
            store(scratch.iterations[current].values[position], local + 1)
        } else {
            store(.int(Int64(position)), local)
            store(element, local + 1)
        }
    }

    /// `all` ends at the first false, `exists` at the first true; failures count only if nothing decides.
    private mutating func decide(_ instruction: Instruction) -> Bool {
        let current = scratch.iterations.count - 1
        let deciding: UInt32 = instruction.operation == .allStep ? 0 : 1
        place = Int(instruction.index)
        if truth.bits == deciding {
            scratch.iterations[current].truth = deciding
            place = instruction.target
        } else if truth.isFailure {
            scratch.iterations[current].truth = truth.bits
        }
        return true
    }
}
