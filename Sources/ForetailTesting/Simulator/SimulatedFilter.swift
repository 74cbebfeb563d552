/// A filter that the simulator can evaluate without CEL.
indirect enum SimulatedFilter: Sendable, Hashable {
    case all
    /// `event.v > 12.5`
    case above(String, Double)
    /// `event.c == "x"`
    case equals(String, String)
    /// `meta.key == "k1"`
    case keyIs(String)
    /// `has(event.c)`
    case present(String)
    case not(SimulatedFilter)
    case both(SimulatedFilter, SimulatedFilter)
    case either(SimulatedFilter, SimulatedFilter)

    /// The CEL source; nil matches everything.
    var source: String? {
        self == .all ? nil : expression
    }

    private var expression: String {
        switch self {
        case .all: "true"
        case .above(let field, let bound): "event.\(field) > \(bound)"
        case .equals(let field, let text): "event.\(field) == \"\(text)\""
        case .keyIs(let key): "meta.key == \"\(key)\""
        case .present(let field): "has(event.\(field))"
        case .not(let inner): "!(\(inner.expression))"
        case .both(let left, let right): "(\(left.expression)) && (\(right.expression))"
        case .either(let left, let right): "(\(left.expression)) || (\(right.expression))"
        }
    }

    /// Whether an event satisfies the filter; one that cannot be decided does not.
    func matches(_ event: SimulatedEvent, key: String) -> Bool { truth(event, key: key) == true }

    /// Three-valued truth: nil where a field is missing or of the wrong type.
    private func truth(_ event: SimulatedEvent, key: String) -> Bool? {
        switch self {
        case .all: return true
        case .above(let field, let bound):
            guard case .number(let value) = event.fields[field] else { return nil }
            return value > bound
        case .equals(let field, let text):
            guard let value = event.fields[field] else { return nil }
            return value == .text(text)
        case .keyIs(let name): return key == name
        case .present(let field): return event.fields[field] != nil
        case .not(let inner): return inner.truth(event, key: key).map { !$0 }
        case .both(let left, let right):
            let (first, second) = (left.truth(event, key: key), right.truth(event, key: key))
            if first == false || second == false { return false }
            return first == nil || second == nil ? nil : true
        case .either(let left, let right):
            let (first, second) = (left.truth(event, key: key), right.truth(event, key: key))
            if first == true || second == true { return true }
            return first == nil || second == nil ? nil : false
        }
    }
}
