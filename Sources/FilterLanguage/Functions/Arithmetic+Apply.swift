extension Arithmetic {
    /// Applies the operator. Integers overflow into a failure, never wrap; instants and durations add and subtract;
    /// strings, bytes and lists concatenate.
    func apply(_ left: Value, _ right: Value) throws(Failure) -> Value {
        switch (left, right) {
        case (.int(let left), .int(let right)): return .int(try integers(left, right))
        case (.double(let left), .double(let right)): return .double(try doubles(left, right))
        case (.uint(let left), .uint(let right)): return .uint(try unsigned(left, right))
        case (.number, _), (_, .number): return try adapted(left, right)
        default: break
        }
        switch (self, left, right) {
        case (.add, .string(let left), .string(let right)):
            guard left.utf8.count + right.utf8.count <= FilterEvaluator.sizeLimit else { throw .tooLarge }
            return .string(left + right)
        case (.add, .bytes(let left), .bytes(let right)):
            guard left.count + right.count <= FilterEvaluator.sizeLimit else { throw .tooLarge }
            return .bytes(left + right)
        case (.add, .list(let left), .list(let right)):
            guard left.count + right.count <= FilterEvaluator.sizeLimit else { throw .tooLarge }
            return .list(left + right)
        case (.add, .timestamp(let instant), .duration(let delta)),
            (.add, .duration(let delta), .timestamp(let instant)):
            guard let sum = instant.adding(nanoseconds: delta) else { throw .outOfRange }
            return .timestamp(sum)
        case (.subtract, .timestamp(let instant), .duration(let delta)):
            guard delta != .min, let sum = instant.adding(nanoseconds: -delta) else { throw .outOfRange }
            return .timestamp(sum)
        case (.subtract, .timestamp(let left), .timestamp(let right)):
            guard let difference = left.nanoseconds(since: right) else { throw .outOfRange }
            return .duration(difference)
        case (.add, .duration(let left), .duration(let right)),
            (.subtract, .duration(let left), .duration(let right)):
            return .duration(try integers(left, right))
        default: throw .noSuchOverload
        }
    }

    /// One side at least is a number of an event: it takes the other side's type, or both become double.
    private func adapted(_ left: Value, _ right: Value) throws(Failure) -> Value {
        switch (left.strict, right.strict) {
        case (.int(let left), .int(let right)): return .number(.integer(try integers(left, right)))
        case (.uint(let left), .int(let right)) where right >= 0: return .uint(try unsigned(left, UInt64(right)))
        case (.int(let left), .uint(let right)) where left >= 0: return .uint(try unsigned(UInt64(left), right))
        case (let left, let right):
            guard let left = left.asDouble, let right = right.asDouble else { throw .noSuchOverload }
            if self == .remainder {
                guard let left = Int64(exactly: left), let right = Int64(exactly: right) else { throw .noSuchOverload }
                return .number(.integer(try integers(left, right)))
            }
            return .number(.double(try doubles(left, right)))
        }
    }

    private func integers(_ left: Int64, _ right: Int64) throws(Failure) -> Int64 {
        let (result, overflow) =
            switch self {
            case .add: left.addingReportingOverflow(right)
            case .subtract: left.subtractingReportingOverflow(right)
            case .multiply: left.multipliedReportingOverflow(by: right)
            case .divide: left.dividedReportingOverflow(by: right)
            case .remainder: left.remainderReportingOverflow(dividingBy: right)
            }
        guard !overflow else { throw right == 0 && isDivision ? .divisionByZero : .overflow }
        return result
    }

    private func unsigned(_ left: UInt64, _ right: UInt64) throws(Failure) -> UInt64 {
        let (result, overflow) =
            switch self {
            case .add: left.addingReportingOverflow(right)
            case .subtract: left.subtractingReportingOverflow(right)
            case .multiply: left.multipliedReportingOverflow(by: right)
            case .divide: left.dividedReportingOverflow(by: right)
            case .remainder: left.remainderReportingOverflow(dividingBy: right)
            }
        guard !overflow else { throw right == 0 && isDivision ? .divisionByZero : .overflow }
        return result
    }

    private var isDivision: Bool { self == .divide || self == .remainder }

    private func doubles(_ left: Double, _ right: Double) throws(Failure) -> Double {
        switch self {
        case .add: left + right
        case .subtract: left - right
        case .multiply: left * right
        case .divide: left / right
        case .remainder: throw .noSuchOverload
        }
    }
}

extension Value {
    /// The value of any number as a double; nil for all else.
    var asDouble: Double? {
        switch self {
        case .int(let value), .number(.integer(let value)): Double(value)
        case .uint(let value): Double(value)
        case .double(let value), .number(.double(let value)): value
        default: nil
        }
    }

    /// The value as a whole number, whichever numeric type holds it; nil for fractions and all else.
    var asInteger: Int64? {
        switch self {
        case .int(let value), .number(.integer(let value)): value
        case .uint(let value): Int64(exactly: value)
        case .double(let value), .number(.double(let value)): Int64(exactly: value)
        default: nil
        }
    }

    /// The number with its sign changed. CEL negates numbers only, no durations.
    func negated() throws(Failure) -> Value {
        switch self {
        case .int(let value):
            guard value != .min else { throw .overflow }
            return .int(-value)
        case .double(let value): return .double(-value)
        case .number(.integer(let value)):
            guard value != .min else { throw .overflow }
            return .number(.integer(-value))
        case .number(.double(let value)): return .number(.double(-value))
        default: throw .noSuchOverload
        }
    }
}
