internal import FilterLanguage

/// An access predicate: what the index looks up to find a filter, and tests nothing else before it fires.
enum Access {
    /// A slot equals one of the constants.
    case equality(Int, [KeyConstant])
    /// Two slots equal one of their constants each; the first slot has the smaller number.
    case pair(Int, [KeyConstant], Int, [KeyConstant])
    /// A slot begins with a text.
    case prefix(Int, [UInt8])
    /// A slot holds a text as an element.
    case element(Int, [UInt8])
    /// A slot lies between two numbers, both included.
    case range(Int, low: Double, high: Double)
    /// A slot is an array.
    case array(Int)
    /// A slot is there.
    case present(Int)
    /// A slot is not there.
    case absent(Int)

    /// The words of `foretail filter explain`.
    func description(_ name: (Int) -> String) -> String {
        switch self {
        case .equality(let slot, let keys):
            keys.count == 1 ? "equality of \(name(slot))" : "membership of \(name(slot)), \(keys.count) keys"
        case .pair(let first, let keys, let second, let others):
            "equality of \(name(first)) and \(name(second)) together, \(keys.count * others.count) key(s)"
        case .prefix(let slot, let text): "prefix of \(name(slot)), \(text.count) bytes"
        case .element(let slot, _): "element of \(name(slot))"
        case .range(let slot, _, _): "range of \(name(slot))"
        case .array(let slot): "array in \(name(slot))"
        case .present(let slot): "presence of \(name(slot))"
        case .absent(let slot): "absence of \(name(slot))"
        }
    }
}

extension Access {
    init(_ lookup: IndexLookup, slot: Int) {
        self =
            switch lookup {
            case .equality(let keys): .equality(slot, keys)
            case .prefix(let text): .prefix(slot, text)
            case .element(let text): .element(slot, text)
            case .range(let low, let high): .range(slot, low: low, high: high)
            case .array: .array(slot)
            case .present: .present(slot)
            case .absent: .absent(slot)
            }
    }
}
