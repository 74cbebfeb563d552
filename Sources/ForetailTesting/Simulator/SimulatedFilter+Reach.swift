extension SimulatedFilter {
    /// What can be compared with a text and belongs to the key.
    private enum Subject: Hashable {
        case key
        case field(String)
    }

    /// Whether events of a key can match, as far as a filter's comparisons with the key tell: what lies outside is not learned.
    func reaches(_ key: String, fields: [String]) -> Bool {
        guard !fields.isEmpty else { return true }
        if let keys = texts(of: .key, wanted: true) { return keys.contains(key) }
        var keys: [String] = []
        for (place, field) in fields.enumerated() {
            guard let texts = texts(of: .field(field), wanted: true) else { return true }
            keys = place == 0 ? Array(texts) : keys.flatMap { key in texts.map { key + "," + $0 } }
        }
        return keys.contains(key)
    }

    /// The texts of which the subject is one wherever the filter is true (or false, if that is wanted); nil: any.
    private func texts(of subject: Subject, wanted: Bool) -> Set<String>? {
        switch self {
        case .all: return wanted ? nil : []
        case .above, .present: return nil
        case .equals(let field, let text): return wanted && subject == .field(field) ? [text] : nil
        case .keyIs(let key): return wanted && subject == .key ? [key] : nil
        case .not(let inner): return inner.texts(of: subject, wanted: !wanted)
        case .both(let left, let right), .either(let left, let right):
            let (first, second) = (left.texts(of: subject, wanted: wanted), right.texts(of: subject, wanted: wanted))
            let isBoth = if case .both = self { true } else { false }
            guard isBoth != wanted else {
                // Both hold: what either says goes.
                guard let first else { return second }
                return second.map { first.intersection($0) } ?? first
            }
            guard let first, let second else { return nil }
            return first.union(second)
        }
    }
}
