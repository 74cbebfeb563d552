/// What is said where a build lacks a package trait: what was asked for, the trait, and how to build with it.
enum MissingTrait {
    /// - Parameter asked: What the user wrote: an address, or an option with its value.
    static func nats(_ asked: String) -> String { message(asked, "NATS") }

    /// - Parameter asked: What the user wrote.
    static func kafka(_ asked: String) -> String { message(asked, "Kafka") }

    private static func message(_ asked: String, _ trait: String) -> String {
        """
        \(withoutCredentials(asked)): this build has no \(trait); the package trait '\(trait)' adds it: Scripts/setup \(trait), then \
        swift build -c release --traits default,\(trait)
        """
    }

    /// A text without what stands before the last `@` of the addresses in it.
    private static func withoutCredentials(_ text: String) -> String {
        guard let start = text.firstRange(of: "://")?.upperBound, let at = text[start...].lastIndex(of: "@") else {
            return text
        }
        return String(text[..<start] + text[text.index(after: at)...])
    }
}
