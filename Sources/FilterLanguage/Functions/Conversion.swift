/// The conversions between types: `int(x)`, `string(x)`, `timestamp(x)` and their like.
enum Conversion {
    static func convert(_ value: Value, to function: Function) throws(Failure) -> Value {
        let value = function == .dyn ? value : value.strict
        switch function {
        case .dyn: return value
        case .type: return .type(value.type)
        case .int: return .int(try int(value))
        case .uint: return .uint(try uint(value))
        case .double: return .double(try double(value))
        case .string: return .string(try string(value))
        case .bool: return .bool(try bool(value))
        case .bytes:
            switch value {
            case .bytes: return value
            case .string(let text): return .bytes(Array(text.utf8))
            default: throw .noSuchOverload
            }
        case .timestamp: return .timestamp(try timestamp(value))
        case .duration:
            switch value {
            case .duration: return value
            case .string(let text):
                guard let nanoseconds = DurationText.parse(text) else { throw .invalidArgument }
                return .duration(nanoseconds)
            default: throw .noSuchOverload
            }
        default: throw .unknownFunction
        }
    }

    private static func int(_ value: Value) throws(Failure) -> Int64 {
        switch value {
        case .int(let value): return value
        case .uint(let value):
            guard let result = Int64(exactly: value) else { throw .outOfRange }
            return result
        case .double(let value):
            guard value > -0x1p63, value < 0x1p63 else { throw .outOfRange }
            return Int64(value)
        case .string(let text):
            guard let result = Int64(text) else { throw .invalidArgument }
            return result
        case .timestamp(let instant): return instant.seconds
        default: throw .noSuchOverload
        }
    }

    private static func uint(_ value: Value) throws(Failure) -> UInt64 {
        switch value {
        case .uint(let value): return value
        case .int(let value):
            guard let result = UInt64(exactly: value) else { throw .outOfRange }
            return result
        case .double(let value):
            guard value >= 0, value < 0x1p64 else { throw .outOfRange }
            return UInt64(value)
        case .string(let text):
            // The initializer takes "-0".
            guard !text.utf8.starts(with: "-".utf8), let result = UInt64(text) else { throw .invalidArgument }
            return result
        default: throw .noSuchOverload
        }
    }

    private static func double(_ value: Value) throws(Failure) -> Double {
        if let number = value.asDouble { return number }
        guard case .string(let text) = value else { throw .noSuchOverload }
        guard let number = Double(text) else { throw .invalidArgument }
        return number
    }

    private static func bool(_ value: Value) throws(Failure) -> Bool {
        switch value {
        case .bool(let value): return value
        case .string(let text):
            switch text {
            case "1", "t", "T", "true", "TRUE", "True": return true
            case "0", "f", "F", "false", "FALSE", "False": return false
            default: throw .invalidArgument
            }
        default: throw .noSuchOverload
        }
    }

    private static func timestamp(_ value: Value) throws(Failure) -> Instant {
        switch value {
        case .timestamp(let instant): return instant
        case .int(let seconds):
            guard let instant = Instant(seconds: seconds) else { throw .outOfRange }
            return instant
        case .string(let text):
            guard let instant = InstantText.parse(text) else { throw .invalidArgument }
            return instant
        default: throw .noSuchOverload
        }
    }

    static func string(_ value: Value) throws(Failure) -> String {
        switch value.strict {
        case .string(let value): return value
        case .int(let value): return String(value)
        case .uint(let value): return String(value)
        case .double(let value): return text(of: value)
        case .bool(let value): return value ? "true" : "false"
        case .bytes(let bytes):
            guard let text = String(validating: bytes, as: UTF8.self) else { throw .invalidArgument }
            return text
        case .timestamp(let instant): return InstantText.format(instant)
        case .duration(let nanoseconds): return DurationText.format(nanoseconds)
        case .type(let type): return type.description
        default: throw .noSuchOverload
        }
    }

    /// A double as text: the shortest digits that read back exactly, whole numbers without fraction.
    static func text(of value: Double) -> String {
        if value == value.rounded(), abs(value) < 1e15 {
            return value == 0 && value.sign == .minus ? "-0" : "\(Int64(value))"
        }
        if value.isNaN { return "NaN" }
        if value.isInfinite { return value < 0 ? "-Infinity" : "Infinity" }
        return value.description
    }
}
