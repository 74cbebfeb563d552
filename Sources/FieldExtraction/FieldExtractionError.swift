/// What went wrong with an input as a whole: its kind, and a sentence that names the thing, the place and the next step.
///
///     CSV header, column 7: the name "id" stands twice; rename one of the two
public struct FieldExtractionError: Error, Equatable, Sendable, CustomStringConvertible {
    /// The kind of error.
    public struct Code: Hashable, Sendable, CustomStringConvertible {
        private enum Kind: String { case badJSON, badHeader }
        private let kind: Kind

        /// Text that is not one JSON value.
        public static let badJSON = Code(kind: .badJSON)
        /// A first line that cannot name the columns of a CSV file.
        public static let badHeader = Code(kind: .badHeader)

        /// The name of the code.
        public var description: String { kind.rawValue }
    }

    /// The kind of error.
    public var code: Code
    /// The sentence for a person.
    public var message: String

    /// Creates an error.
    public init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    /// The sentence for a person.
    public var description: String { message }
}
