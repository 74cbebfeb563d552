/// A rule that the manager's actions broke, in a sentence.
struct SimulationViolation: Error {
    var message: String

    init(_ message: String) { self.message = message }
}
