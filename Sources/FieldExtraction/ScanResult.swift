/// The outcome of scanning one event: valid, or what is wrong and where.
///
///     let result = scanner.scan(line, into: row)
///     if !result.isValid { report("line \(number): \(result)") }
///     // line 12: column 14: a comma or the closing brace is missing; …
///
/// Plain data without references, so that a bad event costs no allocation; the sentence is made when asked for.
public struct ScanResult: Equatable, Sendable, CustomStringConvertible {
    /// What was found.
    public enum Code: UInt8, Sendable {
        /// The event is valid and the row is filled.
        case valid
        /// There is nothing but white space.
        case empty
        /// The text ends inside a value.
        case endsEarly
        /// A byte that cannot begin a value.
        case noValue
        /// A member of an object does not begin with a quoted key.
        case noKey
        /// A key is not followed by a colon.
        case noColon
        /// A value in an object is followed by neither comma nor brace.
        case noCommaInObject
        /// A value in an array is followed by neither comma nor bracket.
        case noCommaInArray
        /// Something follows the value.
        case trailingBytes
        /// A word that is not `true`, `false` or `null`.
        case badLiteral
        /// A number that JSON does not allow, such as `007`, `+5`, `.5` or `NaN`.
        case badNumber
        /// An escape that JSON does not know.
        case badEscape
        /// Bytes in a string that are not UTF-8.
        case badUTF8
        /// A control character in a string.
        case controlCharacter
        /// More nesting than ``ScanLimits/depth``.
        case tooDeep
        /// More members or columns than ``ScanLimits/fields``.
        case tooManyFields
        /// More bytes than ``ScanLimits/line``.
        case tooLong
        /// A CSV row with fewer fields than the header.
        case tooFewColumns
        /// A CSV row with more fields than the header.
        case tooManyColumns
        /// A quote inside an unquoted CSV field, or bytes after a closing quote.
        case strayQuote
        /// A quoted CSV field that does not end.
        case unterminatedQuote
        /// A zero byte in CSV.
        case zeroByte
    }

    /// Whether a limit was exceeded, rather than the grammar.
    public var isLimit: Bool { code == .tooDeep || code == .tooManyFields || code == .tooLong }

    /// What was found.
    public var code: Code
    /// The byte, counted from 0, where it was found; 0 for a valid event.
    public var offset: Int
    /// The number of CSV columns that ceased to be numeric with this row; 0 for JSON.
    public var kindChanges: Int

    /// Creates a result.
    @inlinable
    public init(_ code: Code, at offset: Int = 0, kindChanges: Int = 0) {
        self.code = code
        self.offset = offset
        self.kindChanges = kindChanges
    }

    /// The result of a valid event.
    @inlinable public static var valid: ScanResult { ScanResult(.valid) }

    /// Whether the event is valid and its row filled.
    @inlinable public var isValid: Bool { code == .valid }

    /// What is wrong, at which column (in bytes, counted from 1), and the remedy.
    public var description: String {
        code == .valid ? "valid" : "column \(offset + 1): \(problem); \(remedy)"
    }

    private var problem: String {
        switch code {
        case .valid: "valid"
        case .empty: "the line is empty"
        case .endsEarly: "the JSON text ends inside a value"
        case .noValue: "no JSON value begins here"
        case .noKey: "a key in double quotes is missing"
        case .noColon: "the colon after the key is missing"
        case .noCommaInObject: "a comma or the closing brace is missing"
        case .noCommaInArray: "a comma or the closing bracket is missing"
        case .trailingBytes: "more text follows the JSON value"
        case .badLiteral: "this word is not true, false or null"
        case .badNumber: "this number is not a JSON number"
        case .badEscape: "no such escape in a JSON string"
        case .badUTF8: "these bytes are not UTF-8"
        case .controlCharacter: "a control character stands unescaped in a string"
        case .tooDeep: "objects and arrays are nested too deep"
        case .tooManyFields: "the event has too many fields"
        case .tooLong: "the event is too long"
        case .tooFewColumns: "the row has fewer fields than the header"
        case .tooManyColumns: "the row has more fields than the header"
        case .strayQuote: "a quote stands inside a field"
        case .unterminatedQuote: "the quote that begins here is not closed"
        case .zeroByte: "a zero byte stands in the text"
        }
    }

    private var remedy: String {
        switch code {
        case .valid, .empty: "skip it"
        case .endsEarly: "write each event complete on one line"
        case .noValue, .badLiteral: "quote it if it is text"
        case .noKey: "write keys as \"key\", and no comma before a closing brace"
        case .noColon: "write members as \"key\": value"
        case .noCommaInObject, .noCommaInArray: "separate values by a single comma and close what was opened"
        case .trailingBytes: "write one event per line"
        case .badNumber: "write it as 7, 0.5 or 1e-5, or quote it if it is text"
        case .badEscape:
            "write a backslash as \\\\, other characters as themselves or as \\u and four hexadecimal digits"
        case .badUTF8: "convert the input to UTF-8"
        case .controlCharacter: "write it as an escape such as \\n or \\u0000"
        case .tooDeep: "flatten the event or raise the limit `depth`"
        case .tooManyFields: "split the event or raise the limit `fields`"
        case .tooLong: "split the event or raise the limit `line`"
        case .tooFewColumns, .tooManyColumns:
            "write as many fields as the header, and quote fields that hold the delimiter"
        case .strayQuote: "quote the whole field and double the quotes inside it"
        case .unterminatedQuote: "close it, and double the quotes inside the field"
        case .zeroByte: "convert the input to UTF-8 text"
        }
    }
}
