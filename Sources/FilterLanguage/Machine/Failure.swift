/// Why an evaluation has no value. One byte, so that failing costs no more than succeeding.
public enum Failure: UInt8, Error, Hashable, Sendable {
    /// A field that the event does not have.
    case missingField = 2
    /// An operator or function met a value of a type it does not take.
    case noSuchOverload
    /// `&&`, `||`, `!`, `?:` or the filter itself met something that is not a boolean.
    case notBoolean
    /// A key that the map does not have.
    case noSuchKey
    /// An index outside the list or string.
    case indexOutOfRange
    /// An integer result beyond 64 bits.
    case overflow
    /// Integer division by zero.
    case divisionByZero
    /// A conversion whose result does not fit.
    case outOfRange
    /// A text that cannot be converted, or an argument that makes no sense.
    case invalidArgument
    /// A name without a value.
    case unknownVariable
    /// A function that does not exist.
    case unknownFunction
    /// A map key that occurs twice or has a type that cannot be one.
    case invalidKey
    /// `value()` of an absent optional.
    case absentOptional
    /// More steps in macros than ``FilterEvaluator/stepLimit``.
    case tooManySteps
    /// A string, list or bytes longer than ``FilterEvaluator/sizeLimit``.
    case tooLarge

    /// What happened, as the middle of a sentence.
    var explanation: String {
        switch self {
        case .missingField: "the event has no such field"
        case .noSuchOverload: "the values have types that do not fit together"
        case .notBoolean: "a boolean is needed here"
        case .noSuchKey: "there is no such key"
        case .indexOutOfRange: "the index is out of range"
        case .overflow: "the integer result does not fit 64 bits"
        case .divisionByZero: "division by zero"
        case .outOfRange: "the result is out of range"
        case .invalidArgument: "the argument cannot be converted"
        case .unknownVariable: "the variable has no value"
        case .unknownFunction: "there is no such function"
        case .invalidKey: "a map key is repeated or is no bool, int, uint or string"
        case .absentOptional: "the optional has no value"
        case .tooLarge: "the result is too long"
        case .tooManySteps: "the macros take too many steps on this event"
        }
    }

    /// What to do about it.
    var remedy: String {
        switch self {
        case .missingField, .noSuchKey: "guard it with has(…) &&"
        case .noSuchOverload:
            "compare numbers with numbers and strings with strings, or convert with double(…) or string(…)"
        case .notBoolean: "compare the value with something"
        case .indexOutOfRange: "test size(…) first"
        case .overflow: "calculate in double(…)"
        case .divisionByZero: "test the divisor first, or divide in double(…)"
        case .outOfRange, .invalidArgument: "test the value before it is converted"
        case .unknownVariable, .unknownFunction: "correct the name"
        case .invalidKey: "give every key once"
        case .absentOptional: "use orValue(…)"
        case .tooLarge: "build something shorter"
        case .tooManySteps: "filter on a smaller list, or avoid macros within macros"
        }
    }
}
