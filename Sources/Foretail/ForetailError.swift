/// What went wrong in the core, for programs (`code`) and for people (`message`: the thing, the place, the next step).
public struct ForetailError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The kinds of failure.
    public struct Code: Hashable, Sendable {
        private let name: String
        private init(_ name: String) { self.name = name }

        /// No tail request has the given id.
        public static let unknownRequest = Code("unknownRequest")
        /// The filter does not compile.
        public static let badFilter = Code("badFilter")
        /// A setting is outside its range.
        public static let badSetting = Code("badSetting")
        /// No event of the key was seen that the request reaches, or its models have left.
        public static let unknownKey = Code("unknownKey")
        /// The time asked about lies beyond the furthest step.
        public static let tooFarAhead = Code("tooFarAhead")
        /// Nothing is predicted of a key: it is too young, or silent.
        public static let notPredicted = Code("notPredicted")
        /// A named limit is reached.
        public static let limit = Code("limit")
        /// An input cannot be read.
        public static let source = Code("source")
        /// An output cannot be written.
        public static let destination = Code("destination")
        /// A snapshot is foreign, damaged, or of another version, layout or configuration.
        public static let snapshot = Code("snapshot")
        /// The log cannot store or read.
        public static let log = Code("log")
    }

    /// The kind of failure.
    public var code: Code
    /// A sentence naming the thing, the place and the remedy.
    public var message: String

    /// Creates an error.
    public init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    /// The message.
    public var description: String { message }
}
