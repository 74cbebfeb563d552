/// What is wrong with a filter: the thing, the place and the next step.
///
///     do { try Filter("event.name.startWith('a')") } catch { print(error) }
///     // filter, column 12: no such function 'startWith'; did you mean 'startsWith'?
public struct FilterError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The class of an error; new ones may be added.
    public struct Code: Hashable, Sendable, CustomStringConvertible {
        /// The code's name.
        public let description: String

        /// The text is not CEL.
        public static let syntax = Code(description: "syntax")
        /// A name that nothing declares.
        public static let unknownIdentifier = Code(description: "unknownIdentifier")
        /// A call of a function that does not exist.
        public static let unknownFunction = Code(description: "unknownFunction")
        /// A call with too few or too many arguments.
        public static let wrongArgumentCount = Code(description: "wrongArgumentCount")
        /// Operands whose types can never fit, or a filter that is not a boolean.
        public static let typeMismatch = Code(description: "typeMismatch")
        /// One of ``FilterLimits`` is exceeded.
        public static let limitExceeded = Code(description: "limitExceeded")
        /// Part of CEL that foretail leaves out.
        public static let unsupported = Code(description: "unsupported")
        /// The text of an ``EventSchema`` that is wrong.
        public static let schema = Code(description: "schema")
        /// A filter that no event of its stream's schema can match.
        public static let neverMatches = Code(description: "neverMatches")
        /// An expression that was evaluated and gave an error.
        public static let evaluation = Code(description: "evaluation")
    }

    /// The class of the error.
    public var code: Code
    /// What is wrong and what to do, in one sentence without a full stop.
    public var message: String
    /// The line of the source, from 1.
    public var line: Int
    /// The column in that line, from 1, in Unicode scalars.
    public var column: Int
    /// Of an event pattern: the dotted path of the field at fault, or empty if it is the pattern as a whole; nil for CEL.
    public var field: String?

    /// Creates an error at a place.
    public init(_ code: Code, _ message: String, line: Int = 1, column: Int) {
        self.code = code
        self.message = message
        self.line = line
        self.column = column
    }

    /// Creates an error about a field of an event pattern; an empty path stands for the pattern as a whole.
    public init(_ code: Code, _ message: String, field: String) {
        self.init(code, message, column: 1)
        self.field = field
    }

    /// Creates an error at a byte offset of `source`.
    init(_ code: Code, _ message: String, at offset: Int, in source: [UInt8]) {
        var line = 1
        var column = 1
        for byte in source.prefix(max(0, offset)) {
            if byte == 0x0A {
                line += 1
                column = 1
            } else if byte & 0xC0 != 0x80 {
                column += 1
            }
        }
        self.init(code, message, line: line, column: column)
    }

    /// The sentence a person sees: `filter, column 12: no such function 'startWith'; did you mean 'startsWith'?`, of an
    /// event pattern `pattern, at latency_ms: …`.
    public var description: String {
        if let field { return field.isEmpty ? "pattern: \(message)" : "pattern, at \(field): \(message)" }
        let thing = code == .schema ? "schema" : "filter"
        let place = line == 1 ? "column \(column)" : "line \(line), column \(column)"
        return "\(thing), \(place): \(message)"
    }
}
