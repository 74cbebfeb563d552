extension Value {
    /// Membership: of an element in a list, of a key in a map. Nil if this is neither.
    func holds(_ element: Value) -> Bool? {
        switch self {
        case .list(let elements):
            for other in elements where other.equals(element) { return true }
            return false
        case .map(let map): return map[element] != nil
        default: return nil
        }
    }

    /// The field of a map, or of the map in an optional.
    func selected(_ key: Value) throws(Failure) -> Value {
        switch self {
        case .map(let map):
            guard let value = map[key] else { throw .noSuchKey }
            return value
        case .optional(let optional):
            guard let value = optional.value else { return self }
            return try value.selectedOptionally(key)
        default: throw .noSuchOverload
        }
    }

    /// The field as an optional: absent if there is no such key.
    func selectedOptionally(_ key: Value) throws(Failure) -> Value {
        switch self {
        case .map(let map): return .optional(map[key].map(OptionalValue.of) ?? .none)
        case .optional(let optional):
            guard let value = optional.value else { return self }
            return try value.selectedOptionally(key)
        default: throw .noSuchOverload
        }
    }

    /// Whether `has()` finds the key.
    func hasKey(_ key: Value) throws(Failure) -> Bool {
        switch self {
        case .map(let map): return map[key] != nil
        case .optional(let optional):
            guard let value = optional.value else { return false }
            return try value.hasKey(key)
        default: throw .noSuchOverload
        }
    }

    /// The element of a list or the value under a key of a map.
    func element(at index: Value) throws(Failure) -> Value {
        switch self {
        case .list(let elements):
            guard index.asDouble != nil else { throw .noSuchOverload }
            guard let place = index.asInteger, place >= 0, place < elements.count else { throw .indexOutOfRange }
            return elements[Int(place)]
        case .map(let map):
            guard let value = map[index] else { throw .noSuchKey }
            return value
        case .optional(let optional):
            guard let value = optional.value else { return self }
            return try value.elementOptionally(at: index)
        default: throw .noSuchOverload
        }
    }

    /// The element as an optional: absent if there is none.
    func elementOptionally(at index: Value) throws(Failure) -> Value {
        switch self {
        case .list(let elements):
            guard index.asDouble != nil else { throw .noSuchOverload }
            guard let place = index.asInteger, place >= 0, place < elements.count else { return .optional(.none) }
            return .optional(.of(elements[Int(place)]))
        case .map(let map): return .optional(map[index].map(OptionalValue.of) ?? .none)
        case .optional(let optional):
            guard let value = optional.value else { return self }
            return try value.elementOptionally(at: index)
        default: throw .noSuchOverload
        }
    }
}
