extension Value {
    /// The order of two values, or nil where CEL has none: numbers by mathematical value, strings by code point, bytes,
    /// booleans, instants, durations.
    func compared(to other: Value) -> Comparison? {
        switch (self.strict, other.strict) {
        case (.int(let left), .int(let right)): Comparison(left, right)
        case (.double(let left), .double(let right)): Comparison(left, right)
        case (.uint(let left), .uint(let right)): Comparison(left, right)
        case (.int(let left), .double(let right)): Comparison(left, right)
        case (.double(let left), .int(let right)): Comparison(right, left).flipped
        case (.int(let left), .uint(let right)): Comparison(left, right)
        case (.uint(let left), .int(let right)): Comparison(right, left).flipped
        case (.uint(let left), .double(let right)): Comparison(left, right)
        case (.double(let left), .uint(let right)): Comparison(right, left).flipped
        case (.string(let left), .string(let right)): Comparison(left, right)
        case (.bytes(let left), .bytes(let right)): Comparison(left, right)
        case (.bool(let left), .bool(let right)): Comparison(left ? 1 as Int64 : 0, right ? 1 as Int64 : 0)
        case (.timestamp(let left), .timestamp(let right)): left.compared(to: right)
        case (.duration(let left), .duration(let right)): Comparison(left, right)
        default: nil
        }
    }

    /// Equality of CEL: values of different types are unequal, numbers are equal by mathematical value, NaN equals
    /// nothing, lists and maps are equal element by element. Cost: linear in the smaller value.
    public func equals(_ other: Value) -> Bool {
        switch (self, other) {
        case (.null, .null): return true
        case (.type(let left), .type(let right)): return left == right
        case (.list(let left), .list(let right)):
            guard left.count == right.count else { return false }
            for place in 0..<left.count where !left[place].equals(right[place]) { return false }
            return true
        case (.map(let left), .map(let right)):
            guard left.count == right.count else { return false }
            for place in 0..<left.count {
                guard let value = right[left.keys[place]], left.values[place].equals(value) else { return false }
            }
            return true
        case (.optional(let left), .optional(let right)):
            guard let left = left.value, let right = right.value else { return left.value == nil && right.value == nil }
            return left.equals(right)
        default:
            return compared(to: other) == .equal
        }
    }
}
