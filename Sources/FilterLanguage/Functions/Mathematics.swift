/// The functions of the `math` namespace.
///
/// Source: the math extension of cel-go.
enum Mathematics {
    static func extreme(_ function: Function, _ arguments: Arguments) throws(Failure) -> Value {
        if arguments.count == 1, case .list(let elements) = arguments[0] {
            return try extreme(function, elements)
        }
        var values: [Value] = []
        for place in 0..<arguments.count { values.append(arguments[place]) }
        return try extreme(function, values)
    }

    private static func extreme(_ function: Function, _ values: [Value]) throws(Failure) -> Value {
        guard var best = values.first else { throw .invalidArgument }
        guard best.asDouble != nil else { throw .noSuchOverload }
        for value in values.dropFirst() {
            guard value.asDouble != nil, let comparison = value.compared(to: best) else { throw .noSuchOverload }
            if comparison == (function == .greatest ? .greater : .less) { best = value }
        }
        return best
    }

    static func call(
        _ function: Function, _ first: Value, _ arguments: Arguments
    ) throws(Failure) -> Value {
        switch function {
        case .ceil, .floor, .round, .trunc, .isNaN, .isInf, .isFinite:
            let isEventNumber = if case .number = first { true } else { false }
            guard let value = isEventNumber ? first.asDouble : try double(first) else { throw .noSuchOverload }
            return rounded(function, value)
        case .sqrt:
            guard let value = first.asDouble else { throw .noSuchOverload }
            return .double(value.squareRoot())
        case .abs, .sign: return try magnitude(function, first.strict)
        default: return try bits(function, first.strict, arguments)
        }
    }

    private static func double(_ value: Value) throws(Failure) -> Double? {
        guard case .double(let value) = value else { throw .noSuchOverload }
        return value
    }

    private static func rounded(_ function: Function, _ value: Double) -> Value {
        switch function {
        case .ceil: .double(value.rounded(.up))
        case .floor: .double(value.rounded(.down))
        case .round: .double(value.rounded(.toNearestOrAwayFromZero))
        case .trunc: .double(value.rounded(.towardZero))
        case .isNaN: .bool(value.isNaN)
        case .isInf: .bool(value.isInfinite)
        default: .bool(value.isFinite)
        }
    }

    private static func magnitude(_ function: Function, _ value: Value) throws(Failure) -> Value {
        switch value {
        case .int(let value):
            if function == .sign { return .int(value.signum()) }
            guard value != .min else { throw .overflow }
            return .int(abs(value))
        case .uint(let value): return .uint(function == .sign ? (value == 0 ? 0 : 1) : value)
        case .double(let value):
            if function == .abs { return .double(abs(value)) }
            return .double(value > 0 ? 1 : value < 0 ? -1 : value)
        default: throw .noSuchOverload
        }
    }

    private static func bits(
        _ function: Function, _ first: Value, _ arguments: Arguments
    ) throws(Failure) -> Value {
        if function == .bitNot {
            switch first {
            case .int(let value): return .int(~value)
            case .uint(let value): return .uint(~value)
            default: throw .noSuchOverload
            }
        }
        let second = arguments[1].strict
        if function == .bitShiftLeft || function == .bitShiftRight {
            guard case .int(let count) = second else { throw .noSuchOverload }
            guard count >= 0 else { throw .invalidArgument }
            let isLeft = function == .bitShiftLeft
            switch first {
            case .int(let value):
                let pattern = UInt64(bitPattern: value)
                return .int(Int64(bitPattern: count > 63 ? 0 : isLeft ? pattern << count : pattern >> count))
            case .uint(let value): return .uint(count > 63 ? 0 : isLeft ? value << count : value >> count)
            default: throw .noSuchOverload
            }
        }
        switch (first, second) {
        case (.int(let left), .int(let right)):
            let pattern = combined(function, UInt64(bitPattern: left), UInt64(bitPattern: right))
            return .int(Int64(bitPattern: pattern))
        case (.uint(let left), .uint(let right)): return .uint(combined(function, left, right))
        default: throw .noSuchOverload
        }
    }

    private static func combined(_ function: Function, _ left: UInt64, _ right: UInt64) -> UInt64 {
        switch function {
        case .bitAnd: left & right
        case .bitOr: left | right
        default: left ^ right
        }
    }
}
