/// Why a cache could not answer.
public struct AnticipatingCacheError: Error, Sendable, Equatable, CustomStringConvertible {
    /// The kinds of reasons.
    public struct Code: Sendable, Equatable {
        private let number: Int
        /// The load took longer than a value may be old.
        public static let tooSlow = Code(number: 0)
        /// The key was invalidated during each of several loads.
        public static let invalidated = Code(number: 1)
    }

    /// The kind of reason.
    public var code: Code
    /// What happened, and what can be done.
    public var description: String

    init(_ code: Code, _ description: String) {
        self.code = code
        self.description = description
    }
}
