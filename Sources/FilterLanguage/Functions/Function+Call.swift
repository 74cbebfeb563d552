extension Function {
    /// Calls the function on its arguments, a receiver first. The number of arguments has been checked.
    func call(_ arguments: Arguments) throws(Failure) -> Value {
        switch self {
        case .optionalNone: return .optional(.none)
        case .greatest, .least: return try Mathematics.extreme(self, arguments)
        default: break
        }
        let first = arguments[0]
        switch self {
        case .size: return .int(Int64(try first.size()))
        case .startsWith, .endsWith, .contains:
            guard case .string(let text) = first, case .string(let part) = arguments[1] else {
                throw .noSuchOverload
            }
            return .bool(Text.test(self, text, part))
        case .matches:
            guard case .string(let text) = first, case .string(let pattern) = arguments[1] else {
                throw .noSuchOverload
            }
            return .bool(try Text.matches(text, pattern))
        case .int, .uint, .double, .string, .bytes, .bool, .dyn, .type, .timestamp, .duration:
            return try Conversion.convert(first, to: self)
        case .getFullYear, .getMonth, .getDate, .getDayOfMonth, .getDayOfWeek, .getDayOfYear, .getHours, .getMinutes,
            .getSeconds, .getMilliseconds:
            // With a zone, the machine reads it.
            return try CalendarField.read(self, first, in: nil)
        case .lowerAscii, .upperAscii, .trim, .charAt, .indexOf, .lastIndexOf, .join, .split, .substring, .replace,
            .reverse, .quote:
            return try Text.call(self, first, arguments)
        case .format:
            guard case .string(let text) = first, case .list(let values) = arguments[1] else {
                throw .noSuchOverload
            }
            return .string(try TextFormat.format(text, values))
        case .optionalOf: return .optional(.of(first))
        case .optionalOfNonZero: return .optional(first.isZero ? .none : .of(first))
        case .hasValue, .value, .or, .orValue:
            guard case .optional(let optional) = first else { throw .noSuchOverload }
            return try optional.call(self, arguments)
        default: return try Mathematics.call(self, first, arguments)
        }
    }
}

extension OptionalValue {
    func call(_ function: Function, _ arguments: Arguments) throws(Failure) -> Value {
        switch function {
        case .hasValue: return .bool(value != nil)
        case .value:
            guard let value else { throw .absentOptional }
            return value
        case .or:
            guard case .optional = arguments[1] else { throw .noSuchOverload }
            return value != nil ? .optional(self) : arguments[1]
        default: return value ?? arguments[1]
        }
    }
}

extension Value {
    /// The number of code points, bytes, elements or entries.
    func size() throws(Failure) -> Int {
        switch self {
        case .string(let text): text.unicodeScalars.count
        case .bytes(let bytes): bytes.count
        case .list(let elements): elements.count
        case .map(let map): map.count
        default: throw .noSuchOverload
        }
    }

    /// Whether this is the zero value of its type, which `optional.ofNonZeroValue` takes for absent.
    var isZero: Bool {
        switch self.strict {
        case .null: true
        case .bool(let value): !value
        case .int(let value), .duration(let value): value == 0
        case .uint(let value): value == 0
        case .double(let value): value == 0
        case .string(let value): value.isEmpty
        case .bytes(let value): value.isEmpty
        case .list(let value): value.isEmpty
        case .map(let value): value.count == 0
        case .timestamp(let value): value.seconds == 0 && value.nanoseconds == 0
        case .optional(let value): value.value == nil
        case .type, .number: false
        }
    }
}
